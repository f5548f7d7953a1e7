import { execFileSync } from "node:child_process";
import { gitEnvironment } from "@fanfold-rigs/github-stand-in";
import { DOCKERFILES, ENTRIES, entry, FILES, inferenceSources, inferenceTexts, READ_BY_NAME } from "./dockerfiles.ts";

/** Images of two legs; all other entries are images of one. */
const PAIRS = 157;
/** Images that others are built from. */
const BASES = 4;
const REPOSITORY = "quay.io/octo/images";

const CONFIG = `images: [${REPOSITORY}]
workflow: { branches: [main] }
ignore: ["**/*.md"]
`;

/** A filter of the kind that people write by hand: an image is built from the folder of its backend. */
export const PREFIX_FILTER = `infer: false
inputs:
  - paths: ["backend/{lang}/{backend}/**"]
ignore: ["**/*.md"]
`;

interface Entry {
  readonly [key: string]: unknown;
  readonly args: Readonly<Record<string, string>>;
}

/** The matrix after some of its entries were changed: 457 entries, of 157 images with two legs and 143 with one. */
function matrix(versions: ReadonlyMap<number, number>): string {
  const include = Array.from({ length: ENTRIES }, (_, index): Entry => {
    const image = index < 2 * PAIRS ? index >> 1 : index - PAIRS;
    const plain = entry(image);
    const version = versions.get(index);
    const architecture = index % 2 === 0 ? "amd64" : "arm64";
    const base = image % 4 === 0 ? `${REPOSITORY}:main-base-${image % BASES}` : `base:${image % 3}`;
    return {
      ...plain,
      "tag-suffix": index < ENTRIES - BASES ? `-${image}` : `-base-${ENTRIES - 1 - index}`,
      lang: `lang-${(image % DOCKERFILES) % 12}`,
      platforms: index < ENTRIES - BASES ? `linux/${architecture}` : "linux/amd64,linux/arm64",
      ...(index < 2 * PAIRS ? { "platform-tag": architecture } : {}),
      ...(index < ENTRIES - BASES
        ? {}
        : { backend: `base-${ENTRIES - 1 - index}`, dockerfile: `base/Dockerfile.${ENTRIES - 1 - index}` }),
      args: {
        ...argumentsOf(plain["args"]),
        BASE_IMAGE: index < ENTRIES - BASES ? base : "ubuntu:24.04",
        ...(version === undefined ? {} : { VERSION: String(version) }),
      },
    };
  });
  return `${JSON.stringify({ include }, null, 1)}\n`;
}

function argumentsOf(value: unknown): Readonly<Record<string, string>> {
  return typeof value === "object" && value !== null ? { ...value } : {};
}

type Change = readonly [path: string, text: string];

/**
 * What a push does, by its number: mostly files of one backend; of a hundred, eight change what a language shares, four a script
 * that every fifth Dockerfile copies, two what all copy, six a Dockerfile, two a base, five the matrix, two the config, and
 * fourteen what no image is built from.
 */
function changesOf(push: number, versions: Map<number, number>): readonly Change[] {
  const part = (push * 37) % 100;
  const sources = inferenceSources();
  const text = `${push}\n`;
  if (part < 57) {
    const start = (push * 7919) % FILES;
    const changed = Array.from(
      { length: 1 + (push % 12) },
      (_, index): Change => [sources[(start + index * 300) % FILES] ?? "", text],
    );
    const folder = sources[start]?.replace(/\/part-.*$/, "") ?? "";
    return push % 3 === 0 ? [...changed, [`${folder}/new-${push}.py`, text]] : changed;
  }
  if (part < 65) return [[`backend/lang-${push % 12}/common/x.py`, text]];
  if (part < 69) return [[`.docker/install-${push % 5}.sh`, text]];
  if (part < 71) return [["backend/backend.proto", text]];
  if (part < 77) {
    const path = `backend/Dockerfile.${push % DOCKERFILES}`;
    return [[path, `# ${push}\n${inferenceTexts().get(path) ?? ""}`]];
  }
  if (part < 79) return [[`base/Dockerfile.${push % BASES}`, `FROM ubuntu:24.04\nCOPY base/files /\n# ${push}\n`]];
  if (part < 84) {
    versions.set((push * 31) % ENTRIES, push);
    return [[".github/backend-matrix.yml", matrix(versions)]];
  }
  if (part < 86) {
    const more = push % 200 < 100 ? "" : "build: { args: { RELEASE: new } }\n";
    return [[".github/fanfold.yml", `# ${push}\n${CONFIG}${more}`]];
  }
  return [
    [`docs/page-${push % 40}.md`, text],
    [push % 4 === 0 ? "scripts/release.sh" : `tests/case-${push % 50}.txt`, text],
  ];
}

/**
 * Makes a repository with the history of 457 entries of 60 Dockerfiles over 20,000 files, the same on every machine, in one run
 * of git. Beside it lies `prefix-filter.yml`, which git does not track.
 */
export function makeFanOutHistory(directory: string, pushes: number): void {
  const git = (args: readonly string[], input = ""): void => {
    execFileSync("git", args, { cwd: directory, env: gitEnvironment(), input, maxBuffer: 1 << 30 });
  };
  git(["init", "--quiet", "--template=", "--initial-branch=main", "."]);
  const versions = new Map<number, number>();
  const first: readonly Change[] = [
    [".github/backend-matrix.yml", matrix(versions)],
    [".github/fanfold.yml", CONFIG],
    ...inferenceTexts(),
    ...Array.from(
      { length: BASES },
      (_, index): Change => [`base/Dockerfile.${index}`, "FROM ubuntu:24.04\nCOPY base/files /\n"],
    ),
    ["base/files/etc", "1\n"],
    ...[...inferenceSources(), ...READ_BY_NAME].map((path): Change => [path, "1\n"]),
  ];
  const commits = [first, ...Array.from({ length: pushes }, (_, index) => changesOf(index + 1, versions))];
  git(["fast-import", "--quiet", "--done"], `${commits.map(commit).join("")}done\n`);
  git(["checkout", "--quiet", "--force", "main"]);
}

const START = Date.UTC(2026, 0, 1) / 1000;
const EACH = 7 * 60 * 60;

function commit(changes: readonly Change[], index: number): string {
  const who = `Bench <bench@example.invalid> ${START + EACH * index} +0000`;
  const files = changes.map(([path, text]) => `M 100644 inline ${path}\n${data(text)}`).join("");
  return `commit refs/heads/main\ncommitter ${who}\n${data(`push ${index}\n`)}${files}\n`;
}

function data(text: string): string {
  return `data ${Buffer.byteLength(text)}\n${text}\n`;
}
