import type { MatrixList } from "@fanfold-internal/matrix/matrix-file";
import type { ChangeDiagnostic } from "../base/codes.ts";
import type { DiffSources } from "../diff/attempt.ts";
import { entryRules, type InferredInputs } from "../rules/entry-rules.ts";
import type { Inputs } from "../rules/input-rule.ts";
import { asWritten, type BuildOf } from "./build-question.ts";
import { inferredEntries } from "./inferred-inputs.ts";

/** Where the files of the commit that is built are read from. */
export interface BuiltCommit {
  readonly event: { readonly sha: string | null };
  readonly root: string;
  readonly sources: DiffSources;
}

/** What is built, and by which rules it is selected. */
export interface BuiltEntries {
  readonly matrix: { readonly lists: readonly MatrixList[] };
  readonly inputs: Inputs;
  /** How an entry is built; default: as it says itself. */
  readonly buildOf?: BuildOf;
}

/** What the entries' Dockerfiles read, at the commit that is built. */
export interface InferredRules {
  /** Undefined: the config turns it off. */
  readonly inferred: InferredInputs | undefined;
  readonly findings: readonly ChangeDiagnostic[];
}

/** `head`: the commit that is compared, where that is known. Outside an event it is what is built. */
export function commitOf({ event }: Pick<BuiltCommit, "event">, head: string | null): string {
  return event.sha !== null && !/^0+$/.test(event.sha) ? event.sha : (head ?? "HEAD");
}

/** `head`: as `commitOf` takes it. */
export async function inferInputs(
  request: BuiltCommit,
  { matrix, inputs, buildOf = asWritten }: BuiltEntries,
  head: string | null,
): Promise<InferredRules> {
  if (!inputs.infer) return { inferred: undefined, findings: [] };
  const { root, sources } = request;
  const place = { root, commit: commitOf(request, head), sources };
  const { inferred, unavailable } = await inferredEntries(place, matrix.lists, buildOf);
  const everything = matrix.lists.flatMap(({ name, entries }) =>
    entries.flatMap((entry) =>
      // Rules are made only where they decide it: few Dockerfiles read what git does not track.
      inferred(entry, name)?.repository === undefined
        ? []
        : (entryRules(entry, name, { inputs, inferred }).repository ?? []),
    ),
  );
  if (everything.length === 0) return { inferred, findings: [] };
  if (unavailable !== undefined) {
    const finding: ChangeDiagnostic = {
      code: "tree-unavailable",
      severity: "warning",
      message: `what Dockerfiles read is not known (${unavailable}): any file counts for them`,
      fix: "check the commit out, or write rules under inputs",
    };
    return { inferred, findings: [finding] };
  }
  const once = new Map(everything.map((input) => [input.label, input]));
  return {
    inferred,
    findings: [...once.values()].map(({ label, file, line }) => ({
      code: "untracked-source",
      severity: "warning",
      message: `${label.slice(placeOf(file, line).length)}: any file of the repository counts`,
      at: { file, ...(line === 0 ? {} : { line }) },
      fix: "write a rule with when for its entries, or give them paths",
    })),
  };
}

/** How the label begins, which the finding's own place says again. */
function placeOf(file: string, line: number): string {
  return line === 0 ? `${file}: ` : `${file}:${line} `;
}
