import type { SelectionInput } from "@fanfold/changed-backends";
import type { Diagnostic } from "@fanfold-internal/kit/process/diagnostic";
import { isFanfoldError, systemCodeOf } from "@fanfold-internal/kit/process/errors";
import type { MatrixFile, MatrixList } from "@fanfold-internal/matrix/matrix-file";
import { BUILT_LIST } from "../base/built-list.ts";
import { bakeEntries } from "./bake-entries.ts";
import type { BakeSpec } from "./bake-spec.ts";
import { type BakePrinter, type BakeTexts, printBake, printSteadyBake } from "./print-bake.ts";
import { targetPlaces } from "./target-places.ts";

/** Bake files as a matrix. */
export interface BakeMatrix {
  /** Named after the first file. */
  readonly matrix: MatrixFile;
  readonly findings: readonly Diagnostic[];
  /** All files that count. */
  readonly source: NonNullable<SelectionInput["matrixSource"]>;
}

// Compose files take values from it, where bake runs, and no others do.
export const DOT_ENV = ".env";

/**
 * Reads bake files and what they evaluate to. `read` gives the text of a file, as of whichever commit is built.
 * @throws WorkflowsError `unreadable-input`; what `read` throws
 */
export async function readBakeMatrix(
  spec: BakeSpec,
  read: (path: string) => Promise<string>,
  { runners, ...printer }: BakePrinter & { readonly runners: Readonly<Record<string, string>> },
): Promise<BakeMatrix> {
  const texts = new Map<string, string>();
  for (const file of spec.files) texts.set(file, await read(file));
  const files = new Map(texts);
  const compose = spec.files.some((path) => /\.ya?ml$/i.test(path));
  const dotEnv = compose ? await optional(read, DOT_ENV) : undefined;
  if (dotEnv !== undefined) texts.set(DOT_ENV, dotEnv);
  const [file] = spec.files;
  const printed = await printSteadyBake(spec, texts, printer, (target, found) => targetPlaces(files, found)(target));
  const placeOf = targetPlaces(files, printed);
  const { entries, findings } = bakeEntries(printed, { file, placeOf, runners });
  const place: MatrixFile["place"] = (_, index) => placeOf(String(entries[index]?.["backend"] ?? ""));
  const paths = [...spec.files, ...(compose ? [DOT_ENV] : [])];
  return {
    matrix: { file, lists: listsOf(entries), warnings: [], place },
    findings,
    source: {
      paths,
      async listsOf(others) {
        const there = [...others].flatMap(([path, text]) => (text === undefined ? [] : [[path, text] as const]));
        if (there.every(([path]) => path === DOT_ENV)) return { kind: "lists", lists: [] };
        return listsThere(new Map(there), { spec, runners, ...printer });
      },
    },
  };
}

/** The lists that other texts of the files would be. */
async function listsThere(
  texts: BakeTexts,
  { spec, runners, ...printer }: BakePrinter & Pick<BakeGround, "spec" | "runners">,
): Promise<Awaited<ReturnType<BakeMatrix["source"]["listsOf"]>>> {
  try {
    const printed = await printBake(spec, texts, printer);
    const ground = { file: spec.files[0], placeOf: targetPlaces(texts, printed), runners };
    return { kind: "lists", lists: listsOf(bakeEntries(printed, ground).entries) };
  } catch (error) {
    if (!isFanfoldError(error)) throw error;
    return { kind: "unreadable", message: error.diagnostics[0]?.message ?? error.message };
  }
}

interface BakeGround {
  readonly spec: BakeSpec;
  readonly runners: Readonly<Record<string, string>>;
}

function listsOf(entries: MatrixList["entries"]): readonly MatrixList[] {
  return [{ name: BUILT_LIST, entries }];
}

async function optional(read: (path: string) => Promise<string>, path: string): Promise<string | undefined> {
  try {
    return await read(path);
  } catch (error) {
    if (["ENOENT", "ENOTDIR"].includes(systemCodeOf(error) ?? "")) return undefined;
    throw error;
  }
}
