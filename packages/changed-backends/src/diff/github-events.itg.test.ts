import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { changedPaths } from "../base/diff.ts";
import { openCheckout } from "../git/checkout.ts";
import { answerOf, GitHubWorld, numberedFiles } from "../testing/github-world.ts";
import { findChanges } from "./ladder.ts";

let world: GitHubWorld;
beforeEach(async () => {
  world = await GitHubWorld.start();
});
afterEach(() => world[Symbol.asyncDispose]());

const pull = (base: string, head: string) => ({ kind: "pull-request", number: 7, branch: "main", base, head }) as const;

/** A pull request of so many files, from a branch that main has left behind by one commit. */
async function openPull(count: number): Promise<{ fork: string; base: string; head: string }> {
  const { repository, standIn } = world;
  const fork = await repository.commit({ files: { "a.txt": "a\n" } });
  const head = await repository.commit({ branch: "topic", parent: fork, files: numberedFiles(count, "n") });
  const base = await repository.commit({ files: { "main-only.txt": "m\n" } });
  standIn.setPullRequest({ number: 7, base: { ref: "main", sha: base }, head: { ref: "topic", sha: head } });
  return { fork, base, head };
}

async function pushTo(number: number, base: string, files: Record<string, string>): Promise<void> {
  const head = await world.repository.commit({ branch: "topic", files });
  world.standIn.setPullRequest({ number, base: { ref: "main", sha: base }, head: { ref: "topic", sha: head } });
}

describe("a pull request", () => {
  test("fewer than 300 files: one call, from the merge base", async () => {
    const { fork, base, head } = await openPull(2);
    const changes = await world.find(pull(base, head));
    expect(answerOf(changes)).toEqual({
      precision: "exact",
      source: "compare",
      reason: null,
      calls: 1,
      files: 2,
      base: fork,
    });
  });

  test("a re-run after newer pushes answers for the event's head", async () => {
    const { base, head } = await openPull(2);
    await pushTo(7, base, { "later.txt": "l\n" });
    expect(changedPaths((await world.find(pull(base, head))).diff.files)).toEqual(["n/00000.txt", "n/00001.txt"]);
  });

  test("300 and more: its files, in pages of a hundred", async () => {
    const { fork, base, head } = await openPull(305);
    const changes = await world.find(pull(base, head));
    expect(answerOf(changes)).toEqual({
      precision: "exact",
      source: "pull-files",
      reason: "truncated",
      calls: 7,
      files: 305,
      base: fork,
    });
    expect(world.routes()).toEqual(["compare", "pull", ...Array<string>(4).fill("pull-files"), "pull"]);
  });

  test("300 and more, and a re-run after newer pushes: the trees from the merge base", async () => {
    const { fork, base, head } = await openPull(305);
    await pushTo(7, base, { "later.txt": "l\n" });
    const changes = await world.find(pull(base, head));
    expect(answerOf(changes)).toEqual({
      precision: "exact",
      source: "trees",
      reason: "moved",
      calls: 4,
      files: 305,
      base: fork,
    });
    expect(changedPaths(changes.diff.files)).not.toContain("main-only.txt");
  });

  test("300 and more, and a push while the files are listed: the trees", async () => {
    const { base, head } = await openPull(305);
    const github = world.github();
    const changes = await world.find(pull(base, head), {
      github: {
        ...github,
        async pullRequestFiles(number) {
          await pushTo(7, base, { "later.txt": "l\n" });
          return github.pullRequestFiles(number);
        },
      },
    });
    expect(answerOf(changes)).toMatchObject({ precision: "exact", source: "trees", reason: "moved", files: 305 });
  });

  test("300 and more, and it goes to another branch now: the trees", async () => {
    const { base, head } = await openPull(305);
    world.standIn.setPullRequest({
      number: 7,
      base: { ref: "release", sha: head },
      head: { ref: "topic", sha: head },
    });
    expect(answerOf(await world.find(pull(base, head)))).toMatchObject({
      source: "trees",
      reason: "moved",
      files: 305,
    });
  });

  test("3,000 and more: the trees from the merge base, without listing anything", async () => {
    const { fork, base, head } = await openPull(3_000);
    const changes = await world.find(pull(base, head));
    expect(answerOf(changes)).toEqual({
      precision: "exact",
      source: "trees",
      reason: "truncated",
      calls: 4,
      files: 3_000,
      base: fork,
    });
    expect(world.routes()).toEqual(["compare", "pull", "tree", "tree"]);
  });

  test.each([
    [305, "pull-files", "truncated"],
    [3_000, "trees", "truncated"],
  ] as const)("GitHub has not counted yet, and lists %d: %s", async (count, source, reason) => {
    const { base, head } = await openPull(count);
    const github = world.github();
    const changes = await world.find(pull(base, head), {
      github: {
        ...github,
        async pullRequest(number) {
          const answer = await github.pullRequest(number);
          return answer.kind === "answer" ? { kind: "answer", value: { ...answer.value, changedFiles: 0 } } : answer;
        },
      },
    });
    expect(answerOf(changes)).toMatchObject({ precision: "exact", source, reason, files: count });
  });

  test("fewer rows than GitHub counts, as when a proxy drops the links: the trees", async () => {
    const { base, head } = await openPull(305);
    const github = world.github();
    const changes = await world.find(pull(base, head), {
      github: {
        ...github,
        async pullRequestFiles(number) {
          const answer = await github.pullRequestFiles(number);
          return answer.kind === "answer" ? { kind: "answer", value: answer.value.slice(0, 100) } : answer;
        },
      },
    });
    expect(answerOf(changes)).toMatchObject({ source: "trees", reason: "missing-fields", files: 305 });
  });

  test("the token may not read pull requests: the trees", async () => {
    const { base, head } = await openPull(305);
    world.standIn.fail({ route: "pull", times: "always", with: { kind: "not-accessible" } });
    expect(answerOf(await world.find(pull(base, head)))).toMatchObject({
      source: "trees",
      reason: "forbidden",
      calls: 4,
    });
  });

  test("the comparison is too large for GitHub: its files; without them, git's merge base", async () => {
    const { fork, base, head } = await openPull(3);
    world.standIn.fail({ route: "compare", times: "always", with: { kind: "status", status: 422 } });
    expect(answerOf(await world.find(pull(base, head)))).toMatchObject({
      source: "pull-files",
      reason: "unprocessable",
      files: 3,
      base: null,
    });
    world.standIn.fail({ route: "pull-files", times: "always", with: { kind: "status", status: 422 } });
    const checkout = world.repository.path;
    const changes = await world.find(pull(base, head), { checkout });
    expect(answerOf(changes)).toMatchObject({ source: "git", reason: "unprocessable", files: 3, base: fork });
    await changes.close();
    expect(answerOf(await world.find(pull(base, head)))).toMatchObject({
      precision: "unknown",
      reason: "unprocessable",
    });
  });
});

describe("a pull request whose merge base does not show what it changes", () => {
  const both = async (base: string, head: string) => {
    const checkout = world.repository.path;
    const byGit = await findChanges(pull(base, head), {
      github: undefined,
      checkout: () => openCheckout(checkout, { env: process.env }),
      remote: { env: process.env, url: undefined, token: undefined, tokenHost: undefined },
    });
    byGit.close();
    return [answerOf(await world.find(pull(base, head))), answerOf(byGit)];
  };
  const moved = { precision: "unknown", source: "none", reason: "moved", files: 0 };

  test("its target has it already: everything", async () => {
    const { repository } = world;
    const fork = await repository.commit({ files: { "a.txt": "a\n" } });
    const head = await repository.commit({ branch: "topic", parent: fork, files: { "b.txt": "b\n" } });
    const merged = await repository.merge({ into: "main", from: "topic" });
    expect(await both(merged, head)).toMatchObject([moved, moved]);
    expect(await both(head, head)).toMatchObject([moved, moved]);
  });

  test("several merge bases: everything", async () => {
    const { repository } = world;
    const fork = await repository.commit({ files: { "m.txt": "1\n", "t.txt": "1\n" } });
    const main = await repository.commit({ files: { "m.txt": "2\n" } });
    const topic = await repository.commit({ branch: "topic", parent: fork, files: { "t.txt": "2\n" } });
    await repository.commit({ branch: "was-main", parent: main, files: {} });
    const base = await repository.merge({ into: "main", from: topic });
    await repository.merge({ into: "topic", from: main });
    const head = await repository.commit({ branch: "topic", files: { "m.txt": "1\n" } });
    expect(await both(base, head)).toMatchObject([moved, moved]);
  });

  test("updated from its target twice: one merge base, and exact", async () => {
    const { repository } = world;
    const fork = await repository.commit({ files: { "m.txt": "1\n" } });
    await repository.commit({ branch: "topic", parent: fork, files: { "t.txt": "1\n" } });
    for (const text of ["2\n", "3\n"]) {
      await repository.commit({ files: { "m.txt": text } });
      await repository.merge({ into: "topic", from: "main" });
    }
    const head = await repository.commit({ branch: "topic", files: { "t.txt": "2\n" } });
    const base = await repository.commit({ files: { "m.txt": "4\n" } });
    const exact = { precision: "exact", reason: null, files: 1 };
    expect(await both(base, head)).toMatchObject([
      { ...exact, source: "compare" },
      { ...exact, source: "git" },
    ]);
  });
});

describe("a merge group", () => {
  const group = (head: string, branch = "main") => ({ kind: "merge-group", branch, head }) as const;

  test("a queue of two: the second entry has the first one's changes too", async () => {
    const { repository } = world;
    const target = await repository.commit({ branch: "release/1.x", files: { "a.txt": "a\n" } });
    const queue = "gh-readonly-queue/release/1.x";
    const first = await repository.commit({ branch: `${queue}/pr-1`, parent: target, files: { "one.txt": "1\n" } });
    const second = await repository.commit({ branch: `${queue}/pr-2`, parent: first, files: { "two.txt": "2\n" } });
    const changes = await world.find(group(second, "release/1.x"));
    expect(answerOf(changes)).toEqual({
      precision: "exact",
      source: "compare",
      reason: null,
      calls: 1,
      files: 2,
      base: target,
    });
    expect(changedPaths(changes.diff.files)).toEqual(["one.txt", "two.txt"]);
  });

  test("300 files and more: the trees from the merge base", async () => {
    const fork = await world.repository.commit({ files: { "a.txt": "a\n" } });
    const head = await world.repository.commit({ branch: "queue", parent: fork, files: numberedFiles(300, "n") });
    await world.repository.commit({ files: { "main-only.txt": "m\n" } });
    expect(answerOf(await world.find(group(head)))).toEqual({
      precision: "exact",
      source: "trees",
      reason: "truncated",
      calls: 3,
      files: 300,
      base: fork,
    });
  });

  test("that has landed, and is run again: everything, by the API and by git", async () => {
    const { repository } = world;
    const target = await repository.commit({ branch: "landing", files: { "a.txt": "a\n" } });
    const head = await repository.commit({ branch: "queue-landed", parent: target, files: { "b.txt": "b\n" } });
    const unknown = { precision: "unknown", source: "none", reason: "moved", files: 0 };
    await repository.branch("landing", head);
    expect(answerOf(await world.find(group(head, "landing")))).toMatchObject(unknown);
    const later = await repository.commit({ branch: "landing", parent: head, files: { "c.txt": "c\n" } });
    expect(answerOf(await world.find(group(head, "landing")))).toMatchObject(unknown);
    await repository.git("update-ref", "refs/remotes/origin/landing", later);
    world.standIn.fail({ route: "any-api", times: "always", with: { kind: "reset" } });
    const changes = await world.find(group(head, "landing"), { checkout: repository.path });
    expect(answerOf(changes)).toMatchObject({ precision: "unknown", source: "none" });
    await changes.close();
  });

  test("no merge base: the target's tip", async () => {
    const tip = await world.repository.commit({ branch: "a/b", files: { "a.txt": "a\n", "same.txt": "s\n" } });
    const head = await world.repository.commit({
      branch: "queue",
      parent: null,
      files: { "b.txt": "b\n", "same.txt": "s\n" },
    });
    const changes = await world.find(group(head, "a/b"));
    expect(answerOf(changes)).toEqual({
      precision: "exact",
      source: "trees",
      reason: "not-found",
      calls: 4,
      files: 2,
      base: tip,
    });
    expect(world.routes()).toEqual(["compare", "commit", "tree", "tree"]);
  });

  test("the API is gone: git, from the remote's branch", async () => {
    const fork = await world.repository.commit({ files: { "a.txt": "a\n" } });
    const head = await world.repository.commit({ branch: "queue", parent: fork, files: { "b.txt": "b\n" } });
    await world.repository.commit({ files: { "main-only.txt": "m\n" } });
    await world.repository.git("update-ref", "refs/remotes/origin/main", "main");
    world.standIn.fail({ route: "any-api", times: "always", with: { kind: "reset" } });
    const changes = await world.find(group(head), { checkout: world.repository.path });
    expect(answerOf(changes)).toMatchObject({ source: "git", reason: "network", files: 1, base: fork });
    await changes.close();
  });
});
