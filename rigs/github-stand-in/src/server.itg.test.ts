import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it } from "vitest";
import { ScratchStandIn } from "./scratch-stand-in.ts";
import { startGitHubStandIn } from "./server.ts";

it("answers for one repository alone, at both of GitHub's addresses, whatever the case", async () => {
  await using world = await ScratchStandIn.start();
  const sha = await world.repository.commit({ branch: "trunk", files: { a: "1" } });
  await world.repository.git("symbolic-ref", "HEAD", "refs/heads/trunk");
  expect(await (await fetch(`${world.standIn.apiUrl}/repos/OCTO/Images`)).json()).toMatchObject({
    full_name: "octo/images",
    default_branch: "trunk",
  });
  const enterprise = await (await fetch(`${world.standIn.url}/api/v3/repos/octo/images/commits/trunk`)).json();
  const url = `${world.standIn.url}/api/v3/repos/octo/images/commits/${sha}`;
  expect(enterprise).toMatchObject({ sha, url });
  for (const path of ["/repos/octo/other", "/repositories/2", "/repos/octo/images/issues", "/", "/x"]) {
    const response = await fetch(world.standIn.apiUrl + path);
    expect([path, response.status]).toEqual([path, 404]);
  }
  const posted = await fetch(`${world.standIn.apiUrl}/repos/octo/images`, { method: "POST", body: "{}" });
  expect(posted.status).toBe(404);
});

it("has GitHub's headers on every reply and counts what remains", async () => {
  await using world = await ScratchStandIn.start();
  const first = await world.fetch("commits/none");
  expect(Object.fromEntries(first.headers)).toMatchObject({
    "content-type": "application/json; charset=utf-8",
    "x-github-request-id": expect.stringMatching(/^[0-9A-F:]+$/),
    "x-ratelimit-limit": "60",
    "x-ratelimit-remaining": "59",
    "x-ratelimit-used": "1",
    "x-ratelimit-resource": "core",
    "x-ratelimit-reset": expect.stringMatching(/^\d{10}$/),
  });
  const authorized = await world.fetch("commits/none", { authorization: "Bearer any" });
  expect(authorized.headers.get("x-ratelimit-remaining")).toBe("999");
  const limit = await fetch(`${world.standIn.apiUrl}/rate_limit`);
  expect(await limit.json()).toMatchObject({ rate: { limit: 60, remaining: 59, used: 1 } });
});

it("takes the token it was given, and nobody or anybody without one", async () => {
  await using world = await ScratchStandIn.start({ token: "right" });
  await world.repository.commit({ files: { a: "1" } });
  const status = async (headers: Readonly<Record<string, string>>) =>
    (await world.fetch("commits/main", headers)).status;
  expect(await status({ authorization: "Bearer right" })).toBe(200);
  expect(await status({ authorization: "token right" })).toBe(200);
  expect(await status({})).toBe(200);
  expect(await status({ authorization: "Bearer wrong" })).toBe(401);
  await using strict = await startGitHubStandIn({
    ...{ repository: world.repository.path, owner: "octo", name: "images" },
    ...{ token: "right", anonymous: "refused" },
  });
  const refused = await fetch(`${strict.apiUrl}/repos/octo/images`);
  expect([refused.status, await refused.json()]).toMatchObject([401, { message: "Requires authentication" }]);
});

it("records every request, without what is secret", async () => {
  await using world = await ScratchStandIn.start();
  await world.repository.commit({ files: { a: "1" } });
  await world.fetch("compare/main...main?per_page=1", { authorization: "Bearer hush", cookie: "hush", accept: "x/y" });
  await world.fetch("contents/none");
  expect(world.standIn.requests).toMatchObject([
    {
      method: "GET",
      url: "/repos/octo/images/compare/main...main?per_page=1",
      headers: { accept: "x/y" },
      credentials: "accepted",
      route: "compare",
      status: 200,
    },
    { route: "contents", credentials: "none", status: 404 },
  ]);
  expect(JSON.stringify(world.standIn.requests)).not.toContain("hush");
});

it("ends what is under way when it is closed", async () => {
  const world = await ScratchStandIn.start();
  world.standIn.fail({ route: "repository", times: 1, with: { kind: "slow", milliseconds: 600_000 } });
  const slow = expect(fetch(`${world.standIn.apiUrl}/repos/octo/images`)).rejects.toThrow("fetch failed");
  await expect.poll(() => world.standIn.requests.length).toBe(1);
  await world[Symbol.asyncDispose]();
  await slow;
});

it("tells whoever closes it that it failed by itself, each time", async () => {
  const world = await ScratchStandIn.start();
  const sha = await world.repository.commit({ files: { a: "1" } });
  const side = { ref: "main", sha };
  world.standIn.setPullRequest({ number: 1, base: side, head: { ref: "gone", sha: "1".repeat(40) } });
  expect((await world.fetch("pulls/1")).status).toBe(500);
  await expect(world.standIn.close()).rejects.toMatchObject({ code: "request-failed" });
  await expect(world.standIn.close()).rejects.toMatchObject({ code: "request-failed" });
  await world.repository.remove();
});

it("serves the root of a repository, not a directory inside another one", async () => {
  await using world = await ScratchStandIn.start();
  const inside = await mkdtemp(join(world.repository.path, "inside-"));
  const outside = await mkdtemp(join(tmpdir(), "fanfold-no-repository-"));
  for (const repository of [inside, outside]) {
    const started = startGitHubStandIn({ repository, owner: "o", name: "n" });
    await expect(started).rejects.toMatchObject({ code: "not-a-repository" });
  }
  await rm(outside, { recursive: true });
});
