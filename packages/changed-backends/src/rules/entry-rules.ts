import type { MatrixEntry } from "@fanfold-internal/matrix/matrix-file";
import type { ConcretePattern } from "../glob/pattern.ts";
import type { Inferred, WideInput } from "../infer/build-inputs.ts";
import { type Inputs, rulesOf } from "./input-rule.ts";
import type { InputRule } from "./match-rules.ts";

/** What an entry's build reads; undefined: it has no Dockerfile, as far as anyone knows. */
export type InferredInputs = (entry: MatrixEntry, list: string) => Inferred | undefined;

/** What holds of an entry's inputs: its rules, and what was inferred beyond them. */
export interface EntryRules {
  readonly rules: readonly InputRule[];
  /** Set where the whole repository counts, because a Dockerfile reads what git does not track. */
  readonly repository: WideInput | undefined;
}

/** The id of rules that stand in no config: a Dockerfile says them. */
export const INFERRED = "inferred";

/**
 * The rules of one entry: those of the config and its own, and what its Dockerfile reads. What the Dockerfile names
 * always counts. That it reads everything counts only where no rule is there for this entry: that is what rules are for.
 */
export function entryRules(
  entry: MatrixEntry,
  list: string,
  {
    inputs,
    inferred,
    byValue = [],
  }: { inputs: Inputs; inferred: InferredInputs | undefined; byValue?: readonly ConcretePattern[] },
): EntryRules {
  const written = rulesOf(entry, list, inputs);
  const found = inputs.infer ? inferred?.(entry, list) : undefined;
  // Of what is built from any file, those that count by value are none.
  const wide = (rule: InputRule): InputRule => ({ ...rule, except: byValue });
  if (found === undefined) {
    return { rules: written.map((rule) => (rule.id === "context" ? wide(rule) : rule)), repository: undefined };
  }
  // The default rules guess what is now known.
  const rules = inputs.unwritten ? written.filter(({ narrow, id }) => narrow === true || !isDefault(id)) : [...written];
  const told = rules.some(({ narrow }) => narrow === true);
  const exact = found.exact.map(
    ({ label, pattern, named }): InputRule => ({ id: INFERRED, paths: [pattern], except: [], named, inferred: label }),
  );
  const repository = told ? undefined : found.repository;
  const more = [told ? undefined : found.context, repository].flatMap((input) =>
    input === undefined ? [] : [wide({ id: INFERRED, paths: [input.pattern], except: [], inferred: input.label })],
  );
  return { rules: [...rules, ...exact, ...more], repository };
}

function isDefault(id: string): boolean {
  return id === "context" || id.startsWith("inputs[");
}
