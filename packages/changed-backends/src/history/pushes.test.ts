import { describe, expect, test } from "vitest";
import type { HistoryLog } from "../git/history-log.ts";
import { countRewritten, groupPushes, type PushRecord } from "./pushes.ts";

/** Commits `c1` to `c6` of a branch, and `x1` on `c2`, which was pushed and taken away again. */
function logOf(cut: readonly string[] = []): HistoryLog {
  const parents: readonly (readonly [string, string | null])[] = [
    ["c6", "c5"],
    ["c5", "c4"],
    ["c4", "c3"],
    ["c3", "c2"],
    ["c2", "c1"],
    ["c1", null],
    ["x1", "c2"],
  ];
  const commits = parents.map(([sha, parent], index) => {
    const time = `2026-01-0${7 - index}T00:00:00+00:00`;
    return [
      sha,
      { sha, parent: cut.includes(sha) ? null : parent, tree: `t${sha}`, time, subject: `of ${sha}` },
    ] as const;
  });
  return { head: "c6", commits: new Map(commits), cut: new Set(cut) };
}

const record = (before: string | null, after: string, time: string | null = null): PushRecord => ({
  before,
  after,
  time,
});

function grouped(records: readonly PushRecord[], range = { last: 99 }, log = logOf()) {
  const { pushes, recorded, ends } = groupPushes(log, records, range);
  const said = pushes.map(
    ({ before, sha, commits, rewritten }) => `${before}..${sha} ${commits}${rewritten ? "!" : ""}`,
  );
  return { pushes: said, recorded, ends: ends === null ? null : `${ends.kind} ${ends.sha}` };
}

describe("pushes", () => {
  test("nobody has recorded any: each commit is one", () => {
    expect(grouped([], { last: 2 })).toEqual({ pushes: ["c5..c6 1", "c4..c5 1"], recorded: 0, ends: null });
    expect(grouped([]).pushes).toHaveLength(6);
    expect(grouped([]).ends).toBe("root c1");
  });

  test("as recorded, and commits where nobody has", () => {
    const pushes = ["c4..c6 2", "c3..c4 1", "c1..c3 2", "null..c1 1"];
    expect(grouped([record("c1", "c3"), record("c4", "c6")])).toEqual({ pushes, recorded: 2, ends: "root c1" });
  });

  test("the branch was made by a push", () => {
    expect(grouped([record(null, "c4")])).toEqual({
      pushes: ["c5..c6 1", "c4..c5 1", "null..c4 4"],
      recorded: 1,
      ends: "root c4",
    });
  });

  test("a push that takes commits away leads on to what they stood on", () => {
    expect(grouped([record("c2", "x1"), record("x1", "c6")]).pushes).toEqual([
      "x1..c6 0!",
      "c2..x1 1",
      "c1..c2 1",
      "null..c1 1",
    ]);
  });

  test("of two pushes to one commit the later one comes first, and none twice", () => {
    const records = [record("c4", "c6"), record("c6", "c5"), record("c5", "c6")];
    expect(grouped(records).pushes.slice(0, 4)).toEqual(["c5..c6 1", "c6..c5 0!", "c4..c6 2", "c3..c4 1"]);
  });

  test("what the clone lacks ends it", () => {
    expect(grouped([record("gone", "c6")])).toEqual({ pushes: ["gone..c6 0!"], recorded: 1, ends: "missing gone" });
    expect(grouped([], { last: 99 }, logOf(["c4"]))).toEqual({
      pushes: ["c5..c6 1", "c4..c5 1"],
      recorded: 0,
      ends: "shallow c4",
    });
  });

  test("from a day on, by the time of the push where that is known", () => {
    const since = Date.parse("2026-01-05T00:00:00Z");
    expect(groupPushes(logOf(), [], { last: 99, since }).pushes.map(({ sha }) => sha)).toEqual(["c6", "c5", "c4"]);
    const late = groupPushes(logOf(), [record("c1", "c3", "2026-02-01T00:00:00Z")], { last: 99, since });
    expect(late.pushes.map(({ sha }) => sha)).toEqual(["c6", "c5", "c4", "c3"]);
    expect(groupPushes(logOf(), [], { last: 99, since: Date.parse("2027-01-01") }).pushes).toEqual([]);
  });
});

test("whether commits went away is counted where first parents do not say it", async () => {
  const { pushes } = groupPushes(logOf(), [record("x1", "c6")], { last: 1 });
  expect(await countRewritten(pushes, async () => ({ gone: 1, added: 4 }))).toMatchObject([
    { commits: 4, rewritten: true },
  ]);
  expect(await countRewritten(pushes, async () => ({ gone: 0, added: 4 }))).toMatchObject([
    { commits: 4, rewritten: false },
  ]);
  expect(await countRewritten(pushes, async () => undefined)).toEqual(pushes);
});
