import type { MatrixEntry } from "@fanfold/changed-backends";

export const ENTRIES = 457;
export const DOCKERFILES = 60;
export const FILES = 20_000;

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

export function entry(index: number): MatrixEntry {
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

/** Dockerfiles and the ignore file, by their paths. */
export function inferenceTexts(): ReadonlyMap<string, string> {
  const texts = new Map([[".dockerignore", IGNORE]]);
  for (let index = 0; index < DOCKERFILES; index++) texts.set(`backend/Dockerfile.${index}`, dockerfile(index));
  return texts;
}

/** Files in folders that Dockerfiles read. */
export function inferenceSources(): readonly string[] {
  return Array.from(
    { length: FILES },
    (_, index) => `backend/lang-${index % 12}/backend-${index % 75}/part-${index % 40}/module-${index}.py`,
  );
}

/** Files that Dockerfiles name, and folders of theirs. */
export const READ_BY_NAME: readonly string[] = [
  ...[0, 1, 2, 3, 4].map((index) => `.docker/install-${index}.sh`),
  "backend/backend.proto",
  ...Array.from({ length: 12 }, (_, index) => `backend/lang-${index}/common/x.py`),
];
