import type { MatrixEntry } from "@fanfold/changed-backends";
import {
  asWritten,
  buildQuestion,
  compileInputs,
  Inference,
  RepositoryTree,
  select,
} from "@fanfold/changed-backends/internal";

export interface InferenceRow {
  readonly step: string;
  /** Milliseconds: the first run, and the median of all. */
  readonly first: number;
  readonly median: number;
}

const RUNS = 7;
const ENTRIES = 457;
const DOCKERFILES = 60;
const FILES = 20_000;
const CHANGED = 300;

const IGNORE = ".git\n.github\nmodels\n**/node_modules\n**/*.md\nbackend/**/tests\n!backend/**/tests/keep\n";

/** A stage of tools, a build of two languages and a small result, with arguments on the way: some 60 lines. */
function dockerfile(index: number): string {
  const packages = Array.from({ length: 30 }, (_, line) => `        package-${index}-${line} \\`).join("\n");
  return `ARG BASE_IMAGE=ubuntu:24.04
FROM \${BASE_IMAGE} AS builder
ARG BACKEND=lines
ARG BUILD_TYPE
ENV BUILD_TYPE=\${BUILD_TYPE} DEBIAN_FRONTEND=noninteractive
ARG CUDA_MAJOR_VERSION=12
RUN --mount=type=cache,target=/var/cache/apt apt-get update && apt-get install -y \\
${packages}
        ca-certificates && apt-get clean
COPY .docker/install-${index % 5}.sh /usr/local/bin/install.sh
COPY backend/lang-${index % 12}/\${BACKEND} /\${BACKEND}
COPY backend/backend.proto backend/lang-${index % 12}/common /common/
RUN <<EOF
cd /\${BACKEND}
make \${BUILD_TYPE:+"BUILD_TYPE=\${BUILD_TYPE}"}
EOF
FROM scratch
ARG BACKEND=lines
COPY --from=builder /\${BACKEND}/ /
`;
}

function entry(index: number): MatrixEntry {
  const language = index % DOCKERFILES;
  return {
    backend: `backend-${index % 75}`,
    "tag-suffix": `-${index}`,
    dockerfile: `backend/Dockerfile.${language}`,
    context: ".",
    platforms: index % 2 === 0 ? "linux/amd64" : "linux/arm64",
    args: {
      BACKEND: `backend-${index % 75}`,
      BUILD_TYPE: `type-${index % 7}`,
      BASE_IMAGE: `base:${index % 3}`,
      CUDA_MAJOR_VERSION: "13",
    },
  };
}

/** What inference from 60 Dockerfiles over 20,000 files costs 457 entries, and then a selection by 300 changed files. */
export function benchInference(): readonly InferenceRow[] {
  const entries = Array.from({ length: ENTRIES }, (_, index) => entry(index));
  const texts = new Map([[".dockerignore", IGNORE]]);
  for (let index = 0; index < DOCKERFILES; index++) texts.set(`backend/Dockerfile.${index}`, dockerfile(index));
  const files = Array.from(
    { length: FILES },
    (_, index) => `backend/lang-${index % 12}/backend-${index % 75}/part-${index % 40}/module-${index}.py`,
  );
  const named = [0, 1, 2, 3, 4].map((index) => `.docker/install-${index}.sh`);
  const shared = [
    "backend/backend.proto",
    ...Array.from({ length: 12 }, (_, index) => `backend/lang-${index}/common/x.py`),
  ];
  const paths = [...texts.keys(), ...files, ...named, ...shared].map((path) => ({ path, kind: "file" as const }));
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
