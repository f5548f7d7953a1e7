import { afterAll, beforeAll, expect, it } from "vitest";
import { ScratchRepository } from "./git/scratch-repository.ts";
import { ScratchStandIn } from "./scratch-stand-in.ts";

const token = "s3cret";
let world: ScratchStandIn;
let dropped: string;

beforeAll(async () => {
  world = await ScratchStandIn.start({ token, anonymous: "refused" });
  const base = await world.repository.commit({ files: { a: "first", "dir/b": "1" } });
  dropped = await world.repository.commit({ files: { a: "dropped" } });
  await world.repository.branch("main", base);
  await world.repository.commit({ files: { a: "kept" } });
});

afterAll(async () => {
  await world[Symbol.asyncDispose]();
});

function header(password: string): readonly string[] {
  const basic = Buffer.from(`x-access-token:${password}`).toString("base64");
  return ["-c", `http.extraHeader=Authorization: Basic ${basic}`];
}

const shallow = ["fetch", "--quiet", "--depth=1", "--no-tags", "--filter=blob:none"];

it.each([2, 0])("gives a commit that no branch has, shallow and without blobs (protocol %i)", async (version) => {
  await using clone = await ScratchRepository.create();
  const protocol = ["-c", `protocol.version=${version}`];
  await clone.git(...header(token), ...protocol, ...shallow, world.standIn.gitUrl, dropped);
  expect(await clone.sha("FETCH_HEAD")).toBe(dropped);
  expect(await clone.git("rev-list", "--objects", "--missing=print", dropped)).toMatch(/^\?[0-9a-f]{40}$/m);
  expect(await clone.git("ls-tree", "-r", "--name-only", dropped)).toBe("a\ndir/b");
  await expect(clone.sha(`${dropped}~1`)).rejects.toMatchObject({ code: "git-failed" });
  const seen = world.standIn.requests.at(-1);
  expect(seen).toMatchObject({ method: "POST", route: "git", credentials: "accepted", status: 200 });
  expect(seen?.headers).not.toHaveProperty("authorization");
});

it("clones whole, without the suffix too", async () => {
  await using clone = await ScratchRepository.create();
  const url = world.standIn.gitUrl.replace(/\.git$/, "");
  await clone.git(...header(token), "fetch", "--quiet", url, "+refs/heads/*:refs/remotes/o/*");
  expect(await clone.git("show", "o/main:a")).toBe("kept");
});

it("asks for credentials and refuses wrong ones", async () => {
  await using clone = await ScratchRepository.create();
  await expect(clone.git(...shallow, world.standIn.gitUrl, dropped)).rejects.toThrow(/could not read Username/);
  await expect(clone.git(...header("wrong"), ...shallow, world.standIn.gitUrl, dropped)).rejects.toThrow();
  expect(world.standIn.requests.at(-1)).toMatchObject({ credentials: "wrong", status: 401 });
});

it("is read-only, and knows no other repository", async () => {
  await using clone = await ScratchRepository.create();
  await clone.commit({ files: { a: "pushed" } });
  const push = clone.git(...header(token), "push", "--force", world.standIn.gitUrl, "main:main");
  await expect(push).rejects.toThrow(/403/);
  expect(await world.repository.git("show", "main:a")).toBe("kept");
  const other = clone.git(...header(token), "fetch", `${world.standIn.url}/octo/other.git`, "main");
  await expect(other).rejects.toThrow(/not found/);
});

it("leaves the repository's own configuration alone", async () => {
  expect(await world.repository.git("config", "--local", "--list")).not.toContain("uploadpack");
});

it("fails on request", async () => {
  await using clone = await ScratchRepository.create();
  const fetchIt = () => clone.git(...header(token), ...shallow, world.standIn.gitUrl, dropped);
  world.standIn.fail({ route: "any-api", times: "always", with: { kind: "status", status: 500 } });
  world.standIn.fail({ route: "git", times: 1, with: { kind: "status", status: 503 } });
  world.standIn.fail({ route: "git", times: 1, with: { kind: "reset" } });
  await expect(fetchIt()).rejects.toThrow(/503/);
  await expect(fetchIt()).rejects.toThrow();
  expect(world.standIn.requests.at(-1)).toMatchObject({ status: null });
  await fetchIt();
  expect(await clone.sha("FETCH_HEAD")).toBe(dropped);
});
