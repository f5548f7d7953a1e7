import type { MatrixEntry } from "@fanfold/changed-backends";
import {
  asWritten,
  buildQuestion,
  compileInputs,
  Inference,
  RepositoryTree,
  select,
} from "@fanfold/changed-backends/internal";
import {
  DOCKERFILES,
  ENTRIES,
  entry,
  FILES,
  inferenceSources,
  inferenceTexts,
  READ_BY_NAME,
} from "./input/dockerfiles.ts";

export interface InferenceRow {
  readonly step: string;
  /** Milliseconds: the first run, and the median of all. */
  readonly first: number;
  readonly median: number;
}

const RUNS = 7;
const CHANGED = 300;

/** What inference from 60 Dockerfiles over 20,000 files costs 457 entries, and then a selection by 300 changed files. */
export function benchInference(): readonly InferenceRow[] {
  const entries = Array.from({ length: ENTRIES }, (_, index) => entry(index));
  const texts = inferenceTexts();
  const files = inferenceSources();
  const paths = [...texts.keys(), ...files, ...READ_BY_NAME].map((path) => ({ path, kind: "file" as const }));
  const { inputs } = compileInputs({ inputs: [] }, { keys: new Set(), lists: ["include"] });
  const changed = files.filter((_, index) => index % Math.floor(FILES / CHANGED) === 0).slice(0, CHANGED);

  let tree = new RepositoryTree(paths, texts);
  let inference = new Inference(tree);
  const inferred = (each: MatrixEntry, list: string) => {
    const question = buildQuestion(each, list, asWritten);
    return question === undefined ? undefined : inference.infer(question);
  };
  const selected = () =>
    select({
      lists: [{ name: "include", entries }],
      inputs,
      inferred,
      files: changed.map((path) => ({ path, previousPath: null, status: "modified" })),
      matrix: { path: "matrix.yml", bases: [] },
    });
  const steps: readonly (readonly [string, () => void])[] = [
    [`a tree of ${FILES} files`, () => (tree = new RepositoryTree(paths, texts))],
    [
      `${ENTRIES} entries of ${DOCKERFILES} Dockerfiles inferred`,
      () => {
        inference = new Inference(tree);
        for (const each of entries) inferred(each, "include");
      },
    ],
    [`and selected by ${CHANGED} files`, () => void selected()],
  ];
  const rows = steps.map(([step, run]): InferenceRow => {
    const times = Array.from({ length: RUNS }, () => {
      const start = performance.now();
      run();
      return performance.now() - start;
    });
    const sorted = times.toSorted((left, right) => left - right);
    return { step, first: times[0] ?? 0, median: sorted[RUNS >> 1] ?? 0 };
  });
  const { causes } = selected();
  if (!causes.every(({ inferred: line }) => line !== undefined)) throw new Error("a cause without a line");
  if (causes.length === 0) throw new Error("the changed files select nothing");
  return rows;
}

export function printInference(rows: readonly InferenceRow[]): void {
  for (const { step, first, median } of rows) {
    console.log(`${step.padEnd(46)}  ${first.toFixed(1).padStart(8)} ms first  ${median.toFixed(1).padStart(8)} ms`);
  }
}
