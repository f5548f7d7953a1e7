import type { ScratchFile } from "@fanfold-rigs/github-stand-in";
import fc from "fast-check";

/** Commits of a repository of three images, of which one stands on another, and of what may be written in it otherwise. */
export interface RandomFamily {
  /** Each file's text by its path; a link begins with `->`, a submodule with `@`, what may be run with `#!`. */
  readonly files: Readonly<Record<string, string>>;
  readonly base: readonly string[];
  readonly app: readonly string[];
  readonly own: readonly string[];
  readonly ignored: readonly string[];
  readonly rules: readonly string[];
  readonly keys: readonly string[];
  readonly fields: readonly string[];
  /** Steps of the workflow that builds, and of the one of the other list. */
  readonly steps: string;
  readonly pins: string;
  /** Entries are in another order, and written otherwise. */
  readonly shuffled: boolean;
}

const FOLDERS = ["a", "a/sub", "b", "lib", "docs", ".github/actions/prepare"];
const NAMES = ["x.txt", "y_test.go", "README.md", "run.sh", "ü.txt"];
const PATHS = [
  ...FOLDERS.flatMap((folder) => NAMES.map((name) => `${folder}/${name}`)),
  "x.txt",
  "link",
  "a/link",
  "vendor/mod",
  "sub",
];
const TEXTS = ["1", "2", "#!", "->lib", "->../lib/x.txt", "->a/sub", "->nowhere", "@1", "@2"];
const SOURCES = [
  "COPY . /",
  "COPY sub /",
  "COPY *.txt /",
  "COPY made /",
  "COPY link /",
  "COPY ${WHAT} /",
  "ADD x.txt lib/x.txt /",
  "COPY vendor/mod /",
  "RUN --mount=type=bind,source=lib,target=/l true",
  "COPY [!l]* /",
  "COPY a/../b /",
];
const IGNORED = ["**/*_test.go", "docs", "*.md", "!README.md", "sub", "vendor", "lib/*"];
const RULES = [
  '  - paths: ["lib/**"]',
  '  - paths: ["{backend}/**"]\n    except: ["**/*.md"]',
  '  - when: { backend: a }\n    paths: ["a/sub/*", "docs/x.txt"]',
  '  - when: { backend: [a, b] }\n    paths: ["vendor/mod/**", "link/**"]',
  '  - paths: ["**/*.sh"]\n    matrices: [includeDarwin]',
];
const CONFIG = ["infer: false", 'ignore: ["docs/**"]', 'ignore: ["**/*.md", "lib/**"]', "unmatched: run-all"];
const FIELDS = [
  "build: { args: { WHAT: sub } }",
  'build: { args: { WHAT: lib, V: "{{version}}" } }',
  'metadata: { labels: ["a={backend}"] }',
  "checkout",
  "entry",
  "target",
  "lists",
  "leg",
  "before",
];

const some = <T>(values: readonly T[], most: number): fc.Arbitrary<readonly T[]> =>
  fc.uniqueArray(fc.constantFrom(...values), { maxLength: most });

export const randomFamily: fc.Arbitrary<RandomFamily> = fc.record({
  files: fc
    .array(fc.tuple(fc.constantFrom(...PATHS), fc.constantFrom("1", "1", "1", ...TEXTS)), {
      minLength: 8,
      maxLength: 30,
      size: "max",
    })
    .map((pairs) => Object.fromEntries(pairs)),
  base: some(SOURCES, 2),
  app: some(SOURCES, 2),
  own: some(SOURCES, 2),
  ignored: some(IGNORED, 3),
  rules: fc.oneof({ weight: 2, arbitrary: fc.constant([]) }, some(RULES, 3)),
  keys: fc.oneof({ weight: 2, arbitrary: fc.constant([]) }, some(CONFIG, 2)),
  fields: some(FIELDS, 3),
  steps: fc.constantFrom("make", "make all"),
  pins: fc.constantFrom("a", "b"),
  shuffled: fc.boolean(),
});

/** One or a few things that are otherwise. */
export const randomChange: fc.Arbitrary<(family: RandomFamily) => RandomFamily> = fc
  .array(
    fc.oneof(
      {
        weight: 6,
        arbitrary: fc
          .tuple(fc.constantFrom(...PATHS), fc.constantFrom(...TEXTS))
          .map(([path, text]) => (family: RandomFamily) => ({ ...family, files: { ...family.files, [path]: text } })),
      },
      {
        weight: 3,
        arbitrary: fc.nat().map((number) => (family: RandomFamily) => {
          const paths = Object.keys(family.files);
          return {
            ...family,
            files: Object.fromEntries(
              Object.entries(family.files).filter(([path]) => path !== paths[number % paths.length]),
            ),
          };
        }),
      },
      ...(["base", "app", "own", "ignored", "rules", "keys", "fields", "steps", "pins", "shuffled"] as const).map(
        (part) => ({
          weight: 1,
          arbitrary: randomFamily.map((other) => (family: RandomFamily) => ({ ...family, [part]: other[part] })),
        }),
      ),
    ),
    { minLength: 1, maxLength: 3 },
  )
  .map((changes) => (family: RandomFamily) => changes.reduce((before, change) => change(before), family));

const REPOSITORY = "ghcr.io/o/x";

/** The files of a commit. */
export function filesOf(family: RandomFamily): Readonly<Record<string, ScratchFile>> {
  const { base, app, own, ignored, steps, pins } = family;
  const made = Object.entries(family.files)
    // What is a file can hold none.
    .filter(([path]) => !Object.keys(family.files).some((other) => path.startsWith(`${other}/`)))
    .map(([path, text]): [string, ScratchFile] => [path, fileOf(text)]);
  const workflow = (name: string) =>
    `# ${pins}\non: workflow_call\njobs:\n  ${name}:\n    runs-on: x\n    steps:\n      - uses: actions/checkout@${pins} # ${pins}\n      - run: ${steps}\n`;
  return {
    ...Object.fromEntries(made),
    "base.Dockerfile": `FROM alpine\nARG WHAT\n${base.join("\n")}\n`,
    "app.Dockerfile": `FROM ${REPOSITORY}:main-base\nARG WHAT\n${app.join("\n")}\n`,
    "own.Dockerfile": `FROM alpine\nARG WHAT\n${own.join("\n")}\n`,
    ...(ignored.length === 0 ? {} : { ".dockerignore": `${ignored.join("\n")}\n` }),
    ".github/backend-matrix.yml": matrixOf(family),
    ".github/fanfold.yml": configOf(family),
    ".github/workflows/backend_build.yml": workflow("build"),
    ".github/workflows/backend.yml": workflow("plan"),
    ".github/workflows/darwin.yml": workflow("darwin"),
  };
}

function fileOf(text: string): ScratchFile {
  if (text.startsWith("->")) return { mode: "120000", content: text.slice(2) };
  if (text.startsWith("@")) return { mode: "160000", object: text.slice(1).repeat(40) };
  return text === "#!" ? { mode: "100755", content: "1" } : text;
}

function matrixOf({ fields, shuffled }: RandomFamily): string {
  const has = (field: string): boolean => fields.includes(field);
  const entry = (keys: Readonly<Record<string, string>>): string => {
    const pairs = Object.entries(keys).map(([key, value]) => `${key}: ${value}`);
    return shuffled ? `  - { ${pairs.toReversed().join(", ")} }\n` : `  - ${pairs.join("\n    ")}\n`;
  };
  const app = { backend: "a", "tag-suffix": "-app", dockerfile: "app.Dockerfile", context: '"."' };
  const include = [
    entry({
      backend: "b",
      "tag-suffix": "-base",
      dockerfile: "base.Dockerfile",
      context: '"."',
      ...(has("entry") ? { mine: "1" } : {}),
    }),
    entry({ ...app, platforms: "linux/amd64", "platform-tag": "amd64" }),
    ...(has("leg") ? [] : [entry({ ...app, platforms: "linux/arm64", "platform-tag": "arm64" })]),
    entry({ backend: "lib", "tag-suffix": "-own", dockerfile: "own.Dockerfile", context: has("target") ? "a" : '"."' }),
  ];
  const darwin = entry({ backend: "mac", "tag-suffix": "-mac", platforms: "darwin/arm64" });
  return `include:\n${(shuffled ? include.toReversed() : include).join("")}includeDarwin:\n${darwin}`;
}

function configOf({ fields, rules, keys }: RandomFamily): string {
  const has = (field: string): boolean => fields.includes(field);
  const once = (lines: readonly string[]): readonly string[] => [
    ...new Map(lines.map((line) => [line.replace(/:.*/s, ""), line])).values(),
  ];
  const workflow = [
    "branches: [main]",
    ...(has("checkout") ? ["checkout: { lfs: true }"] : []),
    ...(has("before") ? ["before: ./.github/actions/prepare"] : []),
    `lists: { includeDarwin: { uses: ./.github/workflows/darwin.yml${has("lists") ? ", with: { a: b }" : ""} } }`,
  ];
  return [
    `images: ["${REPOSITORY}"]`,
    ...once([...keys, ...fields.filter((field) => field.includes(": "))]),
    ...(rules.length === 0 ? [] : [`inputs:\n${rules.join("\n")}`]),
    `workflow: { ${workflow.join(", ")} }`,
    "",
  ].join("\n");
}
