import { createHash } from "node:crypto";
import type { MatrixEntry } from "@fanfold/changed-backends";
import {
  asWritten,
  buildQuestion,
  compileInputs,
  Inference,
  inputHashes,
  RepositoryTree,
} from "@fanfold/changed-backends/internal";
import { DOCKERFILES, ENTRIES, entry, inferenceSources, inferenceTexts, READ_BY_NAME } from "./input/dockerfiles.ts";

export interface KeysRow {
  readonly what: string;
  /** Milliseconds: the first run, and the median of all. */
  readonly first: number;
  readonly median: number;
  /** Different hashes among the entries'. */
  readonly different: number;
}

/** A commit: its files, and the texts of those that are read. */
interface Commit {
  readonly entries: readonly MatrixEntry[];
  readonly texts: ReadonlyMap<string, string>;
  readonly files: readonly string[];
}

const RUNS = 7;

/** What it costs to hash what 457 entries are built from, their Dockerfiles having been read. */
export function benchKeys(): readonly KeysRow[] {
  const entries = Array.from({ length: ENTRIES }, (_, index) => entry(index));
  const texts = inferenceTexts();
  const files = [...inferenceSources(), ...READ_BY_NAME];
  const ignore = ".dockerignore";
  const whole = [...texts].map(([path, text]) => [path, path === ignore ? text : `${text}COPY . /src\n`] as const);
  const ignores = [...texts.keys()].map((path) => [`${path}${ignore}`, `${texts.get(ignore)}other-${path}\n`] as const);
  return [
    row(`${ENTRIES} entries, each with sources of its own`, { entries, texts, files }),
    row("all of the context, one ignore file", { entries, texts: new Map(whole), files }),
    row(`all of the context, ${DOCKERFILES} ignore files`, { entries, texts: new Map([...whole, ...ignores]), files }),
  ];
}

function row(what: string, { entries, texts, files }: Commit): KeysRow {
  const paths = [...texts.keys(), ...files].map((path) => ({ path, kind: "file" as const }));
  const listed = paths.map((each) => ({
    ...each,
    mode: "100644",
    id: createHash("sha1").update(each.path).digest("hex"),
  }));
  const { inputs } = compileInputs({ inputs: [] }, { keys: new Set(), lists: ["include"] });
  const answers = (): ((each: MatrixEntry, list: string) => ReturnType<Inference["infer"]> | undefined) => {
    const inference = new Inference(new RepositoryTree(paths, texts));
    const known = new Map<MatrixEntry, ReturnType<Inference["infer"]> | undefined>();
    for (const each of entries) {
      const question = buildQuestion(each, "include", asWritten);
      known.set(each, question === undefined ? undefined : inference.infer(question));
    }
    return (each) => known.get(each);
  };
  let different = 0;
  const times = Array.from({ length: RUNS }, () => {
    // What was asked of an ignore file before would be known.
    const inferred = answers();
    const start = performance.now();
    const hashes = inputHashes({
      lists: [{ name: "include", entries }],
      inputs,
      inferred,
      matrixPath: "matrix.yml",
      paths: listed,
      byValue: [],
      silent: [],
    });
    different = new Set(hashes.get("include")).size;
    return performance.now() - start;
  });
  const sorted = times.toSorted((left, right) => left - right);
  return { what, first: times[0] ?? 0, median: sorted[RUNS >> 1] ?? 0, different };
}

export function printKeys(rows: readonly KeysRow[]): void {
  for (const { what, first, median, different } of rows) {
    console.log(
      `${what.padEnd(46)}  ${first.toFixed(1).padStart(8)} ms first  ${median.toFixed(1).padStart(8)} ms  ${different} different`,
    );
  }
}
