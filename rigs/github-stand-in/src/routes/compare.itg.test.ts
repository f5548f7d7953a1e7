import { describe, expect, it } from "vitest";
import { git } from "../git/git.ts";
import { numberedFiles, ScratchStandIn } from "../scratch-stand-in.ts";

/** main: base, then left; topic: base, then right. */
async function diverged() {
  const world = await ScratchStandIn.start();
  const base = await world.repository.commit({
    files: { "a/one.txt": "a long enough line\n", b: "1\n", c: "of its own\n" },
  });
  const left = await world.repository.commit({ files: { b: "2\n" } });
  const right = await world.repository.commit({
    branch: "feature/x",
    parent: base,
    renames: { "a/one.txt": "z/two.txt" },
    files: { c: null, d: "1\n2\n" },
  });
  return { world, base, left, right };
}

describe("GET compare", () => {
  it("is ahead, with files from the merge base to the head", async () => {
    const { world, base, right } = await diverged();
    await using _ = world;
    expect(await world.json(`compare/${base}...${right}`)).toMatchObject({
      status: "ahead",
      ahead_by: 1,
      behind_by: 0,
      total_commits: 1,
      base_commit: { sha: base },
      merge_base_commit: { sha: base },
      commits: [{ sha: right, parents: [{ sha: base }] }],
      files: [
        { filename: "c", status: "removed", deletions: 1 },
        {
          filename: "d",
          status: "added",
          additions: 2,
          changes: 2,
          contents_url: `${world.standIn.apiUrl}/repos/octo/images/contents/d?ref=${right}`,
        },
        { filename: "z/two.txt", status: "renamed", previous_filename: "a/one.txt", changes: 0 },
      ],
    });
  });

  it("is diverged, and hides what only the base has changed", async () => {
    const { world, base, left, right } = await diverged();
    await using _ = world;
    const forth = await world.json(`compare/${left}...feature%2Fx`);
    expect(forth).toMatchObject({ status: "diverged", ahead_by: 1, behind_by: 1, merge_base_commit: { sha: base } });
    expect(forth).toHaveProperty("files.length", 3);
    const back = await world.json(`compare/octo:feature/x...main`);
    expect(back).toMatchObject({ status: "diverged", base_commit: { sha: right }, files: [{ filename: "b" }] });
  });

  it("is behind or identical without a file", async () => {
    const { world, base, left } = await diverged();
    await using _ = world;
    const empty = { files: [], commits: [], total_commits: 0 };
    expect(await world.json(`compare/${left}...${base}`)).toMatchObject({ ...empty, status: "behind", behind_by: 1 });
    expect(await world.json(`compare/${left}...main`)).toMatchObject({ ...empty, status: "identical", behind_by: 0 });
  });

  it("tells histories with nothing in common from commits it does not know", async () => {
    const { world } = await diverged();
    await using _ = world;
    const orphan = await world.repository.commit({ branch: "alone", parent: null, files: { x: "1" } });
    const unrelated = await world.fetch(`compare/main...${orphan}`);
    expect(unrelated.status).toBe(404);
    expect(await unrelated.json()).toMatchObject({ message: `No common ancestor between main and ${orphan}.` });
    for (const basehead of [`main...${"0".repeat(40)}`, "main...nowhere", "main..alone", "main...HEAD~1", "main"]) {
      const unknown = await world.fetch(`compare/${basehead}`);
      expect([basehead, unknown.status]).toEqual([basehead, 404]);
      expect(await unknown.json()).toMatchObject({ message: "Not Found" });
    }
  });

  it.each([
    [299, 299],
    [300, 300],
    [301, 300],
  ])("shows of %i files %i", async (count, shown) => {
    await using world = await ScratchStandIn.start();
    const base = await world.repository.commit({ files: { "README.md": "1" } });
    const head = await world.repository.commit({ files: numberedFiles(count, "f") });
    expect(await world.json(`compare/${base}...${head}`)).toHaveProperty("files.length", shown);
    expect(await world.json(`compare/${base}...${head}?per_page=1`)).toHaveProperty("files.length", shown);
  });

  it("pages commits oldest first, with files on the first page alone", async () => {
    await using world = await ScratchStandIn.start();
    const base = await world.repository.commit({ files: { n: "base" } });
    const shas: string[] = [];
    for (let n = 0; n < 3; n += 1) shas.push(await world.repository.commit({ files: { n: String(n) } }));
    const path = `compare/${base}...main`;
    expect(await world.json(path)).toMatchObject({ commits: shas.map((sha) => ({ sha })) });
    const first = await world.fetch(`${path}?per_page=2`);
    expect(first.headers.get("link")).toContain('rel="next"');
    expect(await first.json()).toMatchObject({
      commits: [{ sha: shas[0] }, { sha: shas[1] }],
      files: [{ filename: "n" }],
    });
    const second = await world.json(`${path}?per_page=2&page=2`);
    expect(second).toMatchObject({ total_commits: 3, commits: [{ sha: shas[2] }] });
    expect(second).not.toHaveProperty("files");
  });

  it("lists the latest 250 commits when not asked for pages", async () => {
    await using world = await ScratchStandIn.start();
    const base = await world.repository.commit({ files: { n: "base" } });
    // One stream instead of 252 commits one by one.
    const stream = Array.from({ length: 252 }, (_, n) => {
      const from = n === 0 ? `from ${base}\n` : "";
      return `commit refs/heads/main\ncommitter A <a@example.invalid> ${1_800_000_000 + n} +0000\ndata 1\nm\n${from}\n`;
    });
    await git(world.repository.path, ["fast-import", "--quiet"], { input: stream.join("") });
    const compared = await world.json(`compare/${base}...main`);
    const head = await world.repository.sha("main");
    expect(compared).toMatchObject({ total_commits: 252, status: "ahead" });
    expect(compared).toHaveProperty("commits.length", 250);
    expect(compared).toHaveProperty(["commits", 249, "sha"], head);
  });

  it("sends paths of any bytes, and calls a change of type `changed`", async () => {
    await using world = await ScratchStandIn.start();
    const odd = 'a\nb\t"c"\\::set-output name=x::y';
    const base = await world.repository.commit({ files: { link: "text" } });
    const head = await world.repository.commit({
      files: [
        [odd, "1"],
        [Buffer.from([0x66, 0xff, 0x67]), "2"],
        ["link", { mode: "120000", content: "target" }],
        ["image.bin", Buffer.from([0, 1, 2])],
      ],
    });
    expect(await world.json(`compare/${base}...${head}`)).toMatchObject({
      files: [
        { filename: odd, status: "added" },
        { filename: "f\ufffdg", status: "added" },
        { filename: "image.bin", additions: 0, changes: 0 },
        { filename: "link", status: "changed" },
      ],
    });
  });
});
