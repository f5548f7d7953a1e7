import { hasMagic } from "./path-glob.ts";

/** Characters in a pattern. */
export const MAX_LENGTH = 4096;

/** What braces may expand to. */
export const MAX_ALTERNATIVES = 1000;

// minimatch 11 follows all ways through a path segment at once, so its time grows with the product of the lengths of
// path and pattern, not exponentially; but negations (`!(…)`) and the choices several wildcards leave multiply it.
// With these bounds the worst pattern found takes a few milliseconds on a path of 4,096 characters (the test beside
// this file looks for it), and a library that backtracks stays usable as well.
const MAX_WILDCARDS = 6;
const MAX_GLOBSTARS = 8;
const MAX_GLOB_ALTERNATIVES = 100;
const MAX_GLOB_LENGTH = 1000;

export interface Complexity {
  readonly message: string;
  readonly fix: string;
  readonly offset: number;
}

/**
 * What makes a pattern too complex to be matched in bounded time, or nothing. The rule: in one segment at most 6
 * wildcards (runs of `*`, and the groups `?(…)`, `*(…)`, `+(…)`, `@(…)`, `!(…)`), in one alternative at most 8
 * segments `**`, and, over all alternatives that braces expand to, at most 100 with wildcards besides a final `**`,
 * with 1,000 characters together. Plain paths and `dir/**` cost nothing and are not counted.
 *
 * @param source the pattern as written
 * @param alternatives its braces expanded; placeholders in any form that holds no wildcard
 */
export function complexityFlaw(source: string, alternatives: readonly string[]): Complexity | undefined {
  const globs = alternatives.filter((alternative) => hasMagic(alternative.replace(/\/\*\*$/, "")));
  for (const glob of globs) {
    const segments = glob.split("/");
    const crowded = segments.find((segment) => wildcards(segment) > MAX_WILDCARDS);
    if (crowded !== undefined) {
      const message = `more than ${MAX_WILDCARDS} wildcards in one path segment`;
      return { message, fix: "use fewer", offset: offsetOf(source, crowded) };
    }
    if (segments.filter((segment) => segment === "**").length > MAX_GLOBSTARS) {
      return { message: `more than ${MAX_GLOBSTARS} segments **`, fix: "use fewer", offset: offsetOf(source, "**") };
    }
  }
  const length = globs.reduce((sum, glob) => sum + glob.length, 0);
  if (globs.length <= MAX_GLOB_ALTERNATIVES && length <= MAX_GLOB_LENGTH) return undefined;
  const message =
    `${globs.length} alternatives with wildcards, ${length} characters together ` +
    `(at most ${MAX_GLOB_ALTERNATIVES} and ${MAX_GLOB_LENGTH})`;
  return { message, fix: "split the pattern in two, or write dir/** instead", offset: offsetOf(source, "{") };
}

function wildcards(segment: string): number {
  const live = segment.replace(/\\[\s\S]/g, "");
  return live.match(/[?*+@!]\(|\*+(?!\()/g)?.length ?? 0;
}

function offsetOf(source: string, part: string): number {
  return Math.max(0, source.indexOf(part));
}
