import fc from "fast-check";
import { expect, test } from "vitest";
import type { CommitParents, CompareAnswer } from "../github/answers.ts";
import { isOnlyMergeBase } from "./merge-bases.ts";

/** A history: each commit has one or two parents among those before it. */
const histories = fc
  .array(fc.tuple(fc.nat(), fc.option(fc.nat(), { nil: undefined })), { minLength: 1, maxLength: 12 })
  .map((drawn) => [
    { sha: "c0", parents: [] },
    ...drawn.map(([first, second], index): CommitParents => {
      const pick = (number: number) => `c${number % (index + 1)}`;
      const parents = second === undefined ? [pick(first)] : [pick(first), pick(second)];
      return { sha: `c${index + 1}`, parents: [...new Set(parents)] };
    }),
  ]);

class History {
  readonly #commits: ReadonlyMap<string, readonly string[]>;

  constructor(commits: readonly CommitParents[]) {
    this.#commits = new Map(commits.map(({ sha, parents }) => [sha, parents]));
  }

  /** The commit and all that it descends from. */
  reach(sha: string): ReadonlySet<string> {
    const seen = new Set<string>();
    const open = [sha];
    for (let next = open.pop(); next !== undefined; next = open.pop()) {
      if (seen.has(next)) continue;
      seen.add(next);
      open.push(...(this.#commits.get(next) ?? []));
    }
    return seen;
  }

  mergeBases(left: string, right: string): readonly string[] {
    const other = this.reach(right);
    const common = [...this.reach(left)].filter((sha) => other.has(sha));
    return common.filter((sha) => !common.some((later) => later !== sha && this.reach(later).has(sha)));
  }

  /** As GitHub answers; which of several merge bases it names is its own choice. */
  compare(base: string, head: string, choice = 0): CompareAnswer {
    const [atBase, atHead] = [this.reach(base), this.reach(head)];
    const ahead = [...atHead].filter((sha) => !atBase.has(sha));
    const behind = [...atBase].filter((sha) => !atHead.has(sha));
    const bases = this.mergeBases(base, head);
    const commits = ahead.map((sha) => ({ sha, parents: this.#commits.get(sha) ?? [] }));
    const status =
      behind.length === 0 ? (ahead.length === 0 ? "identical" : "ahead") : ahead.length === 0 ? "behind" : "diverged";
    return { status, mergeBase: bases[choice % bases.length] ?? "", files: [], commits, totalCommits: commits.length };
  }
}

test("a merge base counts as the only one exactly when it is", async () => {
  await fc.assert(
    fc.asyncProperty(histories, fc.nat(), fc.nat(), fc.nat(), async (commits, left, right, choice) => {
      const history = new History(commits);
      const [base, head] = [`c${left % commits.length}`, `c${right % commits.length}`];
      const answer = history.compare(base, head, choice);
      const ask = {
        compare: async (one: string, two: string) => ({ kind: "answer", value: history.compare(one, two) }) as const,
      };
      const only = await isOnlyMergeBase(answer, ask);
      if (answer.status === "behind" || answer.status === "identical") return;
      const bases = history.mergeBases(base, head);
      // Undefined is allowed where too many commits would have to be asked about.
      if (only !== undefined) expect([only, bases]).toEqual([bases.length === 1, bases]);
    }),
    { numRuns: 500 },
  );
});

test("what GitHub does not list, or does not answer, is not known", async () => {
  const answer = { status: "diverged", mergeBase: "a", files: [], commits: [], totalCommits: 101 };
  const failing = { compare: async () => ({ kind: "failed", reason: "network", apiDown: true, message: "" }) as const };
  expect(await isOnlyMergeBase(answer, failing)).toBeUndefined();
  const merge = { ...answer, commits: [{ sha: "m", parents: ["a", "b"] }], totalCommits: 1 };
  expect(await isOnlyMergeBase(merge, failing)).toBeUndefined();
});
