import { expect, it } from "vitest";
import { numberedFiles, ScratchStandIn } from "../scratch-stand-in.ts";

async function pullOf(count: number, options: Parameters<typeof ScratchStandIn.start>[0] = {}) {
  const world = await ScratchStandIn.start(options);
  const base = await world.repository.commit({ files: { "README.md": "1" } });
  const head = await world.repository.commit({ branch: "topic", parent: base, files: numberedFiles(count, "f") });
  const pull = { number: 7, base: { ref: "main", sha: base }, head: { ref: "topic", sha: head } };
  world.standIn.setPullRequest(pull);
  return { world, base, head, pull };
}

async function rows(response: Response): Promise<number> {
  const list: unknown = await response.json();
  return Array.isArray(list) ? list.length : -1;
}

it("answers for what was pushed last", async () => {
  const { world, base, head, pull } = await pullOf(2);
  await using _ = world;
  expect(await world.json("pulls/7")).toMatchObject({
    number: 7,
    base: { ref: "main", sha: base, repo: { full_name: "octo/images" } },
    head: { ref: "topic", sha: head },
    changed_files: 2,
    commits: 1,
  });
  const newer = await world.repository.commit({ branch: "topic", files: { extra: "1" } });
  world.standIn.setPullRequest({ ...pull, head: { ref: "topic", sha: newer } });
  expect(await world.json("pulls/7")).toMatchObject({ head: { sha: newer }, changed_files: 3, commits: 2 });
  expect(await world.json("pulls/7/files")).toMatchObject([
    { filename: "extra", contents_url: expect.stringContaining(`?ref=${newer}`) },
    {},
    {},
  ]);
});

it("compares with the merge base, not with the base's tip", async () => {
  const { world, pull } = await pullOf(1);
  await using _ = world;
  const tip = await world.repository.commit({ files: { "README.md": "2" } });
  world.standIn.setPullRequest({ ...pull, base: { ref: "main", sha: tip } });
  expect(await world.json("pulls/7/files")).toMatchObject([{ filename: "f/00000.txt", status: "added" }]);
});

it("pages: 30 rows, 100 at most, links as GitHub sends them, nothing beyond the end", async () => {
  const { world } = await pullOf(250);
  await using _ = world;
  const first = await world.fetch("pulls/7/files");
  expect(await rows(first)).toBe(30);
  const files = `${world.standIn.apiUrl}/repositories/1/pulls/7/files`;
  expect(first.headers.get("link")).toBe(`<${files}?page=2>; rel="next", <${files}?page=9>; rel="last"`);
  const last = await world.fetch("pulls/7/files?per_page=500&page=3");
  expect(await rows(last)).toBe(50);
  expect(last.headers.get("link")).toBe(
    `<${files}?per_page=500&page=2>; rel="prev", <${files}?per_page=500&page=1>; rel="first"`,
  );
  const beyond = await world.fetch("pulls/7/files?per_page=100&page=4");
  expect([beyond.status, await rows(beyond)]).toEqual([200, 0]);
  const followed = await fetch(`${files}?per_page=100&page=2`);
  expect(await rows(followed)).toBe(100);
});

it("stops at 3,000 rows without a word", async () => {
  const { world } = await pullOf(3_001);
  await using _ = world;
  const page30 = await world.fetch("pulls/7/files?per_page=100&page=30");
  expect(await rows(page30)).toBe(100);
  expect(page30.headers.get("link")).not.toContain('rel="next"');
  const page31 = await world.fetch("pulls/7/files?per_page=100&page=31");
  expect([page31.status, await rows(page31)]).toEqual([200, 0]);
  expect(await world.json("pulls/7")).toMatchObject({ changed_files: 3_001 });
});

it("stops earlier on request", async () => {
  const { world } = await pullOf(6, { limits: { pullFiles: 5 } });
  await using _ = world;
  expect(await rows(await world.fetch("pulls/7/files"))).toBe(5);
});

it("does not know other numbers", async () => {
  const { world } = await pullOf(1);
  await using _ = world;
  for (const path of ["pulls/8", "pulls/8/files", "pulls/x"]) expect((await world.fetch(path)).status).toBe(404);
});
