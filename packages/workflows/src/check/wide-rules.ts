import type { Checkout } from "@fanfold/changed-backends/internal";
import { entryRules, RuleMatcher, recentChanges, rulesOf } from "@fanfold/changed-backends/internal";
import type { Diagnostic } from "@fanfold-internal/kit/process/diagnostic";
import { isFanfoldError } from "@fanfold-internal/kit/process/errors";
import type { Host } from "@fanfold-internal/kit/process/host";
import { countOf, fewNames } from "@fanfold-internal/kit/text/words";
import type { CheckCode } from "../base/codes.ts";
import type { Family } from "../config/family.ts";
import { filesRead, isExact, type Survey, type SurveyedBuild } from "./surveyed-builds.ts";

/** Paths that each of the last commits changed, the newest first. */
export type RecentCommits = readonly (readonly string[])[];

// Enough to see what a rule costs, in two runs of git.
const LAST = 100;

/** The last commits, as far as the clone has them; none where no rule of a family could be too wide. */
export async function recentCommits({ config }: Family, checkout: Checkout, host: Host): Promise<RecentCommits> {
  if (!(config.config.inputs ?? []).some(({ when }) => when !== undefined)) return [];
  try {
    return await recentChanges(checkout, host, LAST);
  } catch (error) {
    // What a rule costs is worth no error.
    if (isFanfoldError(error)) return [];
    throw error;
  }
}

/** Rules for some entries that name files which no build of those entries can read, as far as that is certain. */
export function checkWideRules(
  family: Family,
  { builds }: Pick<Survey, "builds">,
  { tracked, commits }: { readonly tracked: readonly string[]; readonly commits: RecentCommits },
): readonly Diagnostic<CheckCode>[] {
  const { config, ground } = family;
  const written = config.config.inputs ?? [];
  const readBy = written.length === 0 ? undefined : filesRead(builds, tracked);
  return written.flatMap(({ when }, position): readonly Diagnostic<CheckCode>[] => {
    if (when === undefined) return [];
    const id = `inputs[${position}]`;
    const applied = builds.flatMap((build) => {
      const rule = rulesOf(build.ref.entry, build.ref.list, ground.inputs).find((each) => each.id === id);
      return rule === undefined ? [] : [{ build, rule }];
    });
    // Of a whole context nobody knows what is read: that is what the rule is for.
    if (applied.length === 0 || !applied.every(({ build }) => isExact(build))) return [];
    const matcher = new RuleMatcher(
      applied.map(({ rule }) => [rule]),
      ground.inputs.ignore,
    );
    const read = applied.map(({ build }) => new Set(readBy?.get(build.inferred)?.map(({ path }) => path)));
    const unread = tracked.filter((path) => {
      const { hits } = matcher.match([path]);
      return hits.length > 0 && hits.every(({ entry }) => read[entry]?.has(path) !== true);
    });
    if (unread.length === 0) return [];
    const names = `no Dockerfile of its ${countOf(applied.length, "entry", "entries")} reads ${fewNames(unread)}, which it names`;
    const cost = costOf(id, family, builds, commits);
    return [
      {
        code: "rule-too-wide",
        severity: "notice",
        message: cost === undefined ? names : `${names}; ${cost}`,
        at: config.place(["inputs", position]),
        fix: "narrow its paths, or remove it: what a Dockerfile reads is an input without a rule",
      },
    ];
  });
}

/** What images the last commits selected by nothing but this rule; undefined: there is no history. */
function costOf(
  id: string,
  { ground, matrix, identity }: Family,
  builds: readonly SurveyedBuild[],
  commits: RecentCommits,
): string | undefined {
  if (commits.length === 0) return undefined;
  const rules = builds.map(
    ({ ref, inferred }) => entryRules(ref.entry, ref.list, { inputs: ground.inputs, inferred: () => inferred }).rules,
  );
  const matcher = new RuleMatcher(rules, ground.inputs.ignore);
  const images = builds.map(({ ref }) => `${ref.list} ${identity.identify(ref.entry).id}`);
  const selected = commits.map((paths) => {
    // What else it selects, and why, is told by its value.
    if (paths.includes(matrix.file)) return 0;
    const { hits } = matcher.match(paths);
    const by = (own: boolean): ReadonlySet<string> =>
      new Set(
        hits.flatMap(({ entry, rule }) => ((rules[entry]?.[rule]?.id === id) === own ? (images[entry] ?? []) : [])),
      );
    const others = by(false);
    return [...by(true)].filter((image) => !others.has(image)).length;
  });
  const by = selected.filter((count) => count > 0);
  const sum = by.reduce((all, count) => all + count, 0);
  const last = `the last ${countOf(commits.length, "commit")}`;
  if (sum === 0) return `${last} built nothing by it alone`;
  return `of ${last} ${by.length} built ${countOf(sum, "image")} by it alone`;
}
