import { expect, it } from "vitest";
import { numberedFiles, ScratchStandIn } from "../scratch-stand-in.ts";

it("answers for a branch, a tag and a SHA with the commit, its files and its sums", async () => {
  await using world = await ScratchStandIn.start();
  const parent = await world.repository.commit({ files: { a: "1\n2\n" }, message: "First" });
  const sha = await world.repository.commit({ branch: "feature/x", parent, files: { a: "1\n3\n" }, message: "Second" });
  await world.repository.tag("v1", sha);
  for (const ref of [sha, "feature/x", "feature%2Fx", "v1", sha.slice(0, 8)]) {
    expect(await world.json(`commits/${ref}`)).toMatchObject({
      sha,
      commit: { message: "Second", author: { name: "Scratch", date: "2024-01-01T00:02:00Z" } },
      parents: [{ sha: parent }],
      stats: { total: 2, additions: 1, deletions: 1 },
      files: [{ filename: "a", status: "modified", changes: 2 }],
    });
  }
  expect(await world.json(`commits/${parent}`)).toMatchObject({ parents: [], files: [{ status: "added" }] });
  expect(await world.json(`git/commits/${sha}`)).toMatchObject({ sha, message: "Second", parents: [{ sha: parent }] });
});

it("pages the files of a large commit by 300", async () => {
  await using world = await ScratchStandIn.start();
  await world.repository.commit({ files: numberedFiles(301, "f") });
  const first = await world.fetch("commits/main");
  expect(first.headers.get("link")).toContain('page=2>; rel="next"');
  expect(await first.json()).toHaveProperty("files.length", 300);
  expect(await world.json("commits/main?page=2")).toHaveProperty("files.length", 1);
});

it("does not know other commits", async () => {
  await using world = await ScratchStandIn.start();
  await world.repository.commit({ files: { a: "1" } });
  const gone = "0".repeat(40);
  const response = await world.fetch(`commits/${gone}`);
  expect([response.status, await response.json()]).toMatchObject([
    422,
    { message: `No commit found for SHA: ${gone}` },
  ]);
  expect((await world.fetch(`git/commits/${gone}`)).status).toBe(404);
  expect((await world.fetch("git/commits/main")).status).toBe(404);
});
