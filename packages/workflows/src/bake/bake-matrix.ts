import type { SelectionInput } from "@fanfold/changed-backends";
import type { Diagnostic } from "@fanfold-internal/kit/process/diagnostic";
import { isFanfoldError } from "@fanfold-internal/kit/process/errors";
import type { MatrixFile, MatrixList } from "@fanfold-internal/matrix/matrix-file";
import { BUILT_LIST } from "../base/built-list.ts";
import { bakeEntries } from "./bake-entries.ts";
import type { BakeSpec } from "./bake-spec.ts";
import { type BakeGround, bakedTargets, DOT_ENV } from "./baked-targets.ts";
import { type BakeTexts, printBake } from "./print-bake.ts";
import { targetPlaces } from "./target-places.ts";

/** Bake files as a matrix. */
export interface BakeMatrix {
  /** Named after the first file. */
  readonly matrix: MatrixFile;
  readonly findings: readonly Diagnostic[];
  readonly source: MatrixSource;
}

type MatrixSource = NonNullable<SelectionInput["matrixSource"]>;

/** @throws as `bakedTargets` */
export async function readBakeMatrix(
  spec: BakeSpec,
  read: (path: string) => Promise<string>,
  ground: BakeGround,
): Promise<BakeMatrix> {
  const { entries, findings, paths, placeOf } = await bakedTargets(spec, read, ground);
  const place: MatrixFile["place"] = (_, index) => placeOf(String(entries[index]?.["backend"] ?? ""));
  return {
    matrix: { file: spec.files[0], lists: listsOf(entries), warnings: [], place },
    findings,
    source: {
      paths,
      async listsOf(others) {
        const there = [...others].flatMap(([path, text]) => (text === undefined ? [] : [[path, text] as const]));
        if (there.every(([path]) => path === DOT_ENV)) return { kind: "lists", lists: [] };
        return listsThere(spec, new Map(there), ground);
      },
    },
  };
}

/** The lists that other texts of the files would be. */
async function listsThere(
  spec: BakeSpec,
  texts: BakeTexts,
  { runners, ...printer }: BakeGround,
): Promise<Awaited<ReturnType<MatrixSource["listsOf"]>>> {
  try {
    const printed = await printBake(spec, texts, printer);
    const ground = { file: spec.files[0], placeOf: targetPlaces(texts, printed), runners };
    return { kind: "lists", lists: listsOf(bakeEntries(printed, ground).entries) };
  } catch (error) {
    if (!isFanfoldError(error)) throw error;
    return { kind: "unreadable", message: error.diagnostics[0]?.message ?? error.message };
  }
}

function listsOf(entries: MatrixList["entries"]): readonly MatrixList[] {
  return [{ name: BUILT_LIST, entries }];
}
