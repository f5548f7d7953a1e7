import { braceExpand, Minimatch } from "minimatch";
import { complexityFlaw, MAX_ALTERNATIVES, MAX_LENGTH } from "../glob/pattern-limits.ts";

/** A condition on an entry: per key a glob, a list of globs (any), or null: the key is absent or empty. All keys must hold. */
export type EntryCondition = Readonly<Record<string, string | null | readonly (string | null)[]>>;

/** Says whether a value (null: the key is absent or empty) meets one of the choices. */
export type ValueMatcher = (value: string | null) => boolean;

type Choices = EntryCondition[string];

/** What no value can match, and what makes a glob on a value too complex, as `pattern-limits.ts` has it for paths. */
export function conditionFlaw(glob: string): { readonly message: string; readonly fix: string } | undefined {
  if (/^!(?!\()/.test(glob))
    return { message: "a leading !", fix: 'write the value under the other of "when" and "unless"' };
  if (glob.startsWith("./")) return { message: "a leading ./", fix: "remove it: values are compared without it" };
  if (glob.length > MAX_LENGTH) {
    return { message: `a glob of ${glob.length} characters`, fix: `use at most ${MAX_LENGTH}` };
  }
  const alternatives = braceExpand(glob, { braceExpandMax: MAX_ALTERNATIVES + 1 });
  if (alternatives.length > MAX_ALTERNATIVES) {
    return {
      message: `braces that expand to more than ${MAX_ALTERNATIVES} alternatives`,
      fix: "write fewer, or use *",
    };
  }
  return complexityFlaw(glob, alternatives);
}

export function valueMatcher(wanted: Choices): ValueMatcher {
  const choices = listed(wanted);
  const globs = choices
    .filter((choice) => choice !== null)
    .map((glob) => new Minimatch(glob, { dot: true, nocomment: true, nonegate: true, platform: "linux" }));
  const takesAbsent = choices.some((choice) => choice === null || choice === "");
  // Hundreds of entries share a handful of values.
  const seen = new Map<string, boolean>();
  return (value) => {
    if (value === null || value === "") return takesAbsent;
    let known = seen.get(value);
    if (known === undefined) {
      known = globs.some((glob) => glob.match(value));
      seen.set(value, known);
    }
    return known;
  };
}

export function listed(wanted: Choices): readonly (string | null)[] {
  return typeof wanted === "string" || wanted === null ? [wanted] : wanted;
}
