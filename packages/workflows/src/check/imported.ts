import type { Diagnostic } from "@fanfold-internal/kit/process/diagnostic";
import { isFanfoldError } from "@fanfold-internal/kit/process/errors";
import { fewNames } from "@fanfold-internal/kit/text/words";
import { type BakedTargets, bakedTargets } from "../bake/baked-targets.ts";
import { type ImportMark, readImportMark } from "../bake/fingerprints.ts";
import type { CheckCode } from "../base/codes.ts";
import type { Family, FamilyHost, FileSource } from "../config/family.ts";

/**
 * Whether the bake files that a matrix file was imported from still say what they said. What somebody has changed in the
 * matrix file since is his own affair.
 */
export async function checkImported(
  { readInput, root }: FileSource,
  { matrix: { file }, baked }: Pick<Family, "matrix" | "baked">,
  host: FamilyHost,
): Promise<readonly Diagnostic<CheckCode>[]> {
  const mark = baked ? undefined : readImportMark(await readInput(file));
  if (mark === undefined) return [];
  const from = mark.spec.files.join(", ");
  const kind = mark.spec.files.every((path) => /\.ya?ml$/i.test(path)) ? "compose" : "bake";
  const there = await filesThere(mark, readInput);
  // Who has removed them has moved to data for good.
  if (!there) return [];
  try {
    const found = await bakedTargets({ ...mark.spec, variables: [] }, readInput, { host, root, runners: {} });
    const changes = changesOf(mark, found);
    if (changes.length === 0) return [];
    return [
      {
        code: "import-drifted",
        severity: "warning",
        message: `${from} says something else than when it was imported: ${changes.join("; ")}`,
        at: { file },
        fix: `carry it over; fanfold import ${kind} ${mark.spec.files.join(" ")} --dry-run shows what it would be now`,
      },
    ];
  } catch (error) {
    if (!isFanfoldError(error)) throw error;
    const [first] = error.diagnostics;
    return [
      {
        code: "import-unchecked",
        severity: "notice",
        message: `whether ${from} still says what was imported is not known: ${first?.message ?? error.message}`,
        at: first?.at ?? { file },
      },
    ];
  }
}

async function filesThere({ spec }: ImportMark, readInput: FileSource["readInput"]): Promise<boolean> {
  const read = await Promise.all(spec.files.map((path) => readInput(path).then(Boolean, () => false)));
  return read.every(Boolean);
}

function changesOf({ fingerprints }: ImportMark, { entries, fingerprintOf }: BakedTargets): readonly string[] {
  const now = new Set(entries.map(({ backend }) => String(backend)));
  const changed = [...fingerprints].flatMap(([name, print]) =>
    now.has(name) && fingerprintOf(name) !== print ? [name] : [],
  );
  const added = [...now].filter((name) => !fingerprints.has(name));
  const gone = [...fingerprints.keys()].filter((name) => !now.has(name));
  return [
    ["changed", changed],
    ["new", added],
    ["gone", gone],
  ].flatMap(([what, names]) => (names?.length ? [`${what}: ${fewNames([...names], 10)}`] : []));
}
