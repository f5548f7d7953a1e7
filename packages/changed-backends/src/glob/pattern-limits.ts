/** Characters in a pattern: with `MAX_ALTERNATIVES` of them, brace-expansion stays far from its own, silent limits. */
export const MAX_LENGTH = 2048;

/** What braces may expand to. */
export const MAX_ALTERNATIVES = 1000;

const MAX_WILDCARDS = 6;
const MAX_SINGLES = 12;
const MAX_SEGMENT = 255;
const MAX_GLOBSTARS = 8;
const MAX_DEMANDING = 20;

export interface Complexity {
  readonly message: string;
  readonly fix: string;
  readonly offset: number;
}

/**
 * What makes a pattern too complex to be matched in bounded time, or nothing. Allowed are
 *
 * - in a path segment with wildcards: 6 of them (runs of `*`, and groups such as `+(…)`), 12 single characters (`?`,
 *   `[…]`), 255 characters in all, and `!(…)` at its start only,
 * - in an alternative of what braces expand to: 8 segments `**`,
 * - in all alternatives together: 20 demanding segments, which hold a group, or a `*` and another wildcard.
 *
 * Why: minimatch 11 follows all ways through a segment at once, so that its time grows with the length of the path
 * times the number of ways, not exponentially. Several wildcards multiply the ways, and a `!(…)` anywhere but at the
 * start is tried from every place it could begin at; patterns with nested ones take seconds. Within these bounds a
 * random search found no pattern without braces that takes over some tens of milliseconds on a path of 4,096
 * characters, compiling it included; braces may multiply that by the 20 demanding segments.
 *
 * @param source the pattern as written
 * @param alternatives its braces expanded; placeholders in any form that holds no wildcard
 */
export function complexityFlaw(source: string, alternatives: readonly string[]): Complexity | undefined {
  let demanding = 0;
  for (const alternative of alternatives) {
    const segments = alternative.split("/");
    if (segments.filter((segment) => segment === "**").length > MAX_GLOBSTARS) {
      return { message: `more than ${MAX_GLOBSTARS} segments **`, fix: "use fewer", offset: offsetOf(source, "**") };
    }
    for (const segment of segments) {
      const form = formOf(segment);
      const flaw = segmentFlaw(form);
      if (flaw !== undefined) return { ...flaw, offset: offsetOf(source, segment) };
      if (isDemanding(form)) demanding++;
    }
  }
  if (demanding <= MAX_DEMANDING) return undefined;
  const message = `braces that expand to ${demanding} segments with several wildcards (at most ${MAX_DEMANDING})`;
  return { message, fix: "split the pattern, or use fewer wildcards", offset: offsetOf(source, "{") };
}

interface SegmentForm {
  readonly length: number;
  readonly stars: number;
  readonly groups: number;
  readonly singles: number;
  readonly innerNegation: boolean;
}

// What stands inside a [class] counts as if it stood outside: too much is safe, too little is not.
function formOf(segment: string): SegmentForm {
  const live = segment.replace(/\\[\s\S]/g, "_");
  return {
    length: segment.length,
    stars: count(live, /\*+(?!\()/g),
    groups: count(live, /[?*+@!]\(/g),
    singles: count(live, /\?(?!\()|\[/g),
    innerNegation: live.includes("!(", 1),
  };
}

function segmentFlaw(form: SegmentForm): Omit<Complexity, "offset"> | undefined {
  const wildcards = form.stars + form.groups;
  if (wildcards > MAX_WILDCARDS) {
    return { message: `more than ${MAX_WILDCARDS} wildcards in one path segment`, fix: "use fewer" };
  }
  if (form.singles > MAX_SINGLES) {
    return { message: `more than ${MAX_SINGLES} of ? and [class] in one path segment`, fix: "use * instead" };
  }
  if (form.innerNegation) {
    return { message: "!(…) inside a path segment", fix: 'start the segment with it, or use "except"' };
  }
  if (wildcards > 0 && form.length > MAX_SEGMENT) {
    const message = `a path segment of ${form.length} characters with wildcards (at most ${MAX_SEGMENT})`;
    return { message, fix: "list alternatives in braces instead" };
  }
  return undefined;
}

function isDemanding({ stars, groups, singles }: SegmentForm): boolean {
  return groups > 0 || (stars > 0 && stars + singles > 1);
}

function count(text: string, what: RegExp): number {
  return text.match(what)?.length ?? 0;
}

function offsetOf(source: string, part: string): number {
  return Math.max(0, source.indexOf(part));
}
