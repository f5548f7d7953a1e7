import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { changedPaths } from "../base/diff.ts";
import { answerOf, GitHubWorld, numberedFiles } from "../testing/github-world.ts";

let world: GitHubWorld;
beforeEach(async () => {
  world = await GitHubWorld.start();
});
afterEach(() => world[Symbol.asyncDispose]());

const commits = (base: string, head: string) => ({ kind: "commits", base, head }) as const;

async function pushOf(count: number): Promise<{ base: string; head: string }> {
  const base = await world.repository.commit({ files: { "a.txt": "a\n", "gone.txt": "g\n" } });
  const head = await world.repository.commit({ files: { ...numberedFiles(count - 1, "n"), "gone.txt": null } });
  return { base, head };
}

describe("a push", () => {
  test("299 files: exact, by one call", async () => {
    const { base, head } = await pushOf(299);
    const changes = await world.find(commits(base, head));
    expect(answerOf(changes)).toEqual({
      precision: "exact",
      source: "compare",
      reason: null,
      calls: 1,
      files: 299,
      base,
    });
    expect(world.routes()).toEqual(["compare"]);
    expect(changes.attempts).toEqual([]);
    expect(changes.head).toBe(head);
    expect(changes.diff.files).toContainEqual({ path: "gone.txt", previousPath: null, status: "removed" });
    expect(changes.diff.files).toContainEqual({ path: "n/00000.txt", previousPath: null, status: "added" });
  });

  test("300 files: exact, by the two trees", async () => {
    const { base, head } = await pushOf(300);
    const changes = await world.find(commits(base, head));
    expect(answerOf(changes)).toEqual({
      precision: "exact",
      source: "trees",
      reason: "truncated",
      calls: 3,
      files: 300,
      base,
    });
    expect(world.routes()).toEqual(["compare", "tree", "tree"]);
    expect(changes.diff.files).toContainEqual({ path: "gone.txt", previousPath: null, status: "removed" });
    expect(changes.diff.files).not.toContainEqual(expect.objectContaining({ path: "a.txt" }));
  });

  test("without commits between: exact and empty", async () => {
    const { head } = await pushOf(3);
    const changes = await world.find(commits(head, head));
    expect(answerOf(changes)).toMatchObject({ precision: "exact", source: "compare", calls: 1, files: 0 });
  });

  test("a rename counts with both its paths, and a copy with the new one", async () => {
    const text = Array.from({ length: 40 }, (_, line) => `line ${line}`).join("\n");
    const base = await world.repository.commit({ files: { "backend/a/run.py": text } });
    const head = await world.repository.commit({ renames: { "backend/a/run.py": "backend/b/run.py" } });
    const { diff } = await world.find(commits(base, head));
    expect(diff.files).toEqual([{ path: "backend/b/run.py", previousPath: "backend/a/run.py", status: "renamed" }]);
    expect(changedPaths(diff.files)).toEqual(["backend/b/run.py", "backend/a/run.py"]);
    world.standIn.fail({ route: "compare", times: 1, with: { kind: "file-status", status: "copied" } });
    expect((await world.find(commits(base, head))).diff.files).toEqual([
      { path: "backend/b/run.py", previousPath: null, status: "added" },
    ]);
  });

  test.each([
    ["unchanged", "modified"],
    ["constructor", "modified"],
    ["changed", "changed"],
  ])("the status %s, known or not, counts as %s", async (status, expected) => {
    const { base, head } = await pushOf(3);
    world.standIn.fail({ route: "compare", times: 1, with: { kind: "file-status", status } });
    const { diff } = await world.find(commits(base, head));
    expect(diff.files.map((file) => file.status)).toEqual([expected, expected, expected]);
  });
});

describe("trees", () => {
  test("truncated, and no checkout: anything may have changed", async () => {
    await world[Symbol.asyncDispose]();
    world = await GitHubWorld.start({ limits: { treeEntries: 200 } });
    const { base, head } = await pushOf(300);
    const changes = await world.find(commits(base, head));
    // The base's tree is small enough.
    expect(answerOf(changes)).toEqual({
      precision: "unknown",
      source: "none",
      reason: "truncated",
      calls: 3,
      files: 0,
      base,
    });
    expect(changes.attempts).toEqual(["compare: 300 files and more", "trees: truncated"]);
  });

  test("truncated already at the base: the head is not asked for", async () => {
    await world[Symbol.asyncDispose]();
    world = await GitHubWorld.start({ limits: { treeEntries: 1 } });
    const { base, head } = await pushOf(300);
    expect(answerOf(await world.find(commits(base, head)))).toMatchObject({ reason: "truncated", calls: 2 });
  });

  test("truncated, and a checkout: git, exact", async () => {
    await world[Symbol.asyncDispose]();
    world = await GitHubWorld.start({ limits: { treeEntries: 200 } });
    const { base, head } = await pushOf(300);
    const changes = await world.find(commits(base, head), { checkout: world.repository.path });
    expect(answerOf(changes)).toEqual({
      precision: "exact",
      source: "git",
      reason: "truncated",
      calls: 3,
      files: 300,
      base,
    });
    await changes.close();
  });

  test("a changed mode, a link, a submodule and two names that are one as text", async () => {
    const bytes = (last: number): Uint8Array => Buffer.from([0x78, 0x2f, last]);
    const base = await world.repository.commit({
      files: [
        ["tool.sh", "x\n"],
        ["link", { mode: "120000", content: "a" }],
        ["sub", { mode: "160000", object: "1".repeat(40) }],
        ["was-link", { mode: "120000", content: "a" }],
        [bytes(0xfe), "1\n"],
        [bytes(0xff), "2\n"],
      ],
    });
    const head = await world.repository.commit({
      files: [
        ["tool.sh", { mode: "100755", content: "x\n" }],
        ["link", { mode: "120000", content: "b" }],
        ["sub", { mode: "160000", object: "2".repeat(40) }],
        ["was-link", "a\n"],
        [bytes(0xfe), "3\n"],
      ],
    });
    world.standIn.fail({ route: "compare", times: 1, with: { kind: "status", status: 422 } });
    const { diff } = await world.find(commits(base, head));
    expect(diff).toMatchObject({ source: "trees", reason: "unprocessable" });
    expect(diff.files.map(({ path }) => path)).toEqual(["link", "sub", "tool.sh", "was-link", "x/\uFFFD"]);
    const changed = [{ path: "was-link", previousPath: null, status: "changed" }];
    expect(diff.files.filter(({ status }) => status === "changed")).toEqual(changed);
    const compared = await world.find(commits(base, head));
    expect(compared.diff.files.filter(({ status }) => status === "changed")).toEqual(changed);
  });
});

describe("a force-push", () => {
  test("back to an older commit: what the dropped commits had changed", async () => {
    const old = await world.repository.commit({ files: { "a.txt": "a\n" } });
    const dropped = await world.repository.commit({ files: { "backend/x/run.py": "x\n" } });
    const changes = await world.find(commits(dropped, old));
    expect(answerOf(changes)).toMatchObject({
      precision: "superset",
      source: "compare",
      reason: "force-pushed",
      calls: 2,
    });
    expect(changes.diff.files).toEqual([{ path: "backend/x/run.py", previousPath: null, status: "removed" }]);
  });

  test("diverged, with a rename in what was dropped: both sides, both names", async () => {
    const text = Array.from({ length: 40 }, (_, line) => `line ${line}`).join("\n");
    const fork = await world.repository.commit({ files: { "a/x.py": text, "a.txt": "a\n" } });
    const dropped = await world.repository.commit({ renames: { "a/x.py": "b/x.py" }, files: { "old.txt": "o\n" } });
    const head = await world.repository.commit({ parent: fork, files: { "new.txt": "n\n", "a.txt": null } });
    const changes = await world.find(commits(dropped, head));
    expect(answerOf(changes)).toMatchObject({
      precision: "superset",
      source: "compare",
      reason: "force-pushed",
      calls: 2,
      base: dropped,
    });
    expect(changes.diff.files.toSorted((a, b) => (a.path < b.path ? -1 : 1))).toEqual([
      { path: "a.txt", previousPath: null, status: "removed" },
      { path: "a/x.py", previousPath: "b/x.py", status: "renamed" },
      { path: "new.txt", previousPath: null, status: "added" },
      { path: "old.txt", previousPath: null, status: "removed" },
    ]);
  });

  test("300 files on the dropped side: the trees, exact", async () => {
    const fork = await world.repository.commit({ files: { "a.txt": "a\n" } });
    const dropped = await world.repository.commit({ files: numberedFiles(300, "n") });
    const head = await world.repository.commit({ parent: fork, files: { "b.txt": "b\n" } });
    expect(answerOf(await world.find(commits(dropped, head)))).toEqual({
      precision: "exact",
      source: "trees",
      reason: "truncated",
      calls: 4,
      files: 301,
      base: dropped,
    });
  });

  test("the comparison backwards fails: the trees", async () => {
    const fork = await world.repository.commit({ files: { "a.txt": "a\n" } });
    const dropped = await world.repository.commit({ files: { "b.txt": "b\n" } });
    world.standIn.fail({
      route: "compare",
      times: 1,
      with: { kind: "status", status: 422 },
      when: (url) => url.pathname.includes(`${fork}...`),
    });
    expect(answerOf(await world.find(commits(dropped, fork)))).toMatchObject({
      source: "trees",
      reason: "unprocessable",
      files: 1,
    });
  });

  test("criss-cross, two merge bases: compare's or the trees' answer has every file that differs", async () => {
    const { repository } = world;
    const root = await repository.commit({ files: { "a.txt": "0\n", "b.txt": "0\n" } });
    const a = await repository.commit({ branch: "a", parent: root, files: { "a.txt": "1\n" } });
    const b = await repository.commit({ branch: "b", parent: root, files: { "b.txt": "1\n" } });
    await repository.merge({ into: "a", from: b });
    await repository.merge({ into: "b", from: a });
    const left = await repository.commit({ branch: "a", files: { "left.txt": "l\n" } });
    const right = await repository.commit({ branch: "b", files: { "right.txt": "r\n", "a.txt": "2\n" } });
    expect((await repository.git("merge-base", "--all", left, right)).split("\n")).toHaveLength(2);
    const paths = changedPaths((await world.find(commits(left, right))).diff.files);
    for (const path of ["left.txt", "right.txt", "a.txt"]) expect(paths).toContain(path);
  });

  test("two merge bases, another one in each direction: the trees", async () => {
    const fork = await world.repository.commit({ files: { "a.txt": "a\n" } });
    const other = await world.repository.commit({ files: { "b.txt": "b\n" } });
    const dropped = await world.repository.commit({ files: { "c.txt": "c\n" } });
    const head = await world.repository.commit({ parent: fork, files: { "d.txt": "d\n" } });
    const github = world.github();
    const changes = await world.find(commits(dropped, head), {
      github: {
        ...github,
        compare: async (left, right) => {
          const answer = await github.compare(left, right);
          if (answer.kind === "failed" || left !== head) return answer;
          return { kind: "answer", value: { ...answer.value, mergeBase: other } };
        },
      },
    });
    expect(answerOf(changes)).toMatchObject({ precision: "exact", source: "trees", reason: "several-merge-bases" });
    expect(changedPaths(changes.diff.files)).toEqual(["b.txt", "c.txt", "d.txt"]);
  });
});
