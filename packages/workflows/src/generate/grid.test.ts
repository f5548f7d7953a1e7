import { describe, expect, test, vi } from "vitest";
import { findings } from "./testing/github-validator.ts";
import { errorsOf, generateSample, type Sample, sampleMatrix } from "./testing/sample-project.ts";

// Three linters, one of them WebAssembly that has to be compiled first.
vi.setConfig({ testTimeout: 60_000 });

const REPOSITORIES = "images: [quay.io/example/backends, docker.io/example/backends]\n";
const IMAGES = `${REPOSITORIES}workflow: { branches: [main] }\n`;

const EVERYTHING = `${REPOSITORIES}
workflow:
  branches: [main, "release/**"]
  tags: ["v*"]
  cron: "0 6 * * 0"
  max-parallel: 8
  timeout-minutes: 300
  retention-days: 3
  need-disk: 60GB
  registries:
    - { host: quay.io, username: QUAY_USERNAME, password: QUAY_PASSWORD, anchor: true }
    - { host: ghcr.io, username: GITHUB_ACTOR, password: GITHUB_TOKEN }
  lists:
    includeDarwin:
      uses: ./.github/workflows/darwin.yml
      with: { backend: "{backend}", suffix: "{tag-suffix}", go: "1.25", quick: true, lang: "{lang}-{backend}", record: "{artifact-name}" }
`;

const DARWIN = `name: darwin
on:
  workflow_call:
    inputs:
      backend: { type: string, required: true }
      suffix: { type: string, required: true }
      go: { type: string, required: true }
      quick: { type: boolean, required: true }
      lang: { type: string, required: false }
      record: { type: string, required: true }
    secrets:
      QUAY_USERNAME: { required: false }
permissions:
  contents: read
jobs:
  build:
    runs-on: macos-15
    permissions:
      contents: read
      id-token: write
    steps:
      - run: echo ok
`;

const family = (config: string, matrix: string): Sample => ({
  ".github/fanfold.yml": config,
  ".github/backend-matrix.yml": matrix,
});

const options: readonly (readonly [string, Sample])[] = [
  [
    "every option",
    {
      ...family(EVERYTHING, sampleMatrix({ singles: 2, pairs: 2, unsplit: 1, darwin: 3 })),
      ".github/workflows/darwin.yml": DARWIN,
    },
  ],
  [
    "every option, merge: matrix",
    {
      ...family(`${EVERYTHING}  merge: matrix\n`, sampleMatrix({ singles: 2, pairs: 2, unsplit: 1, darwin: 3 })),
      ".github/workflows/darwin.yml": DARWIN,
    },
  ],
  [
    "a repository for each image, and versions in one",
    family(
      'images: ["quay.io/example/{image}"]\ngroup-by: [version]\nmetadata: { tags: ["type=raw,value={version}"] }\nworkflow: { branches: [main], merge: matrix }\n',
      JSON.stringify({
        include: ["3.12", "3.13"].flatMap((version) =>
          ["amd64", "arm64"].map((arch) => ({
            backend: "python",
            version,
            platforms: `linux/${arch}`,
            "platform-tag": arch,
          })),
        ),
      }),
    ),
  ],
  [
    "two families",
    {
      ...family(IMAGES, sampleMatrix({ pairs: 1 })),
      ".github/fanfold.server.yml": `${REPOSITORIES}matrix: ci/server.yml\nworkflow: { name: server, branches: [main], merge: matrix }\n`,
      "ci/server.yml": sampleMatrix({ pairs: 2, singles: 1 }),
    },
  ],
];

// Two entries a pair, and at most 950 in a family.
const sizes = [0, 1, 255, 256, 257, 475].flatMap((count) =>
  (["batch", "matrix"] as const).flatMap((merge) =>
    (["singles", "pairs", "unsplit"] as const).map((kind) => ({ count, merge, kind })),
  ),
);

const refusals = new Map([
  ["257 pairs matrix", ["merge matrix of include: 257 of 256 jobs"]],
  ["475 pairs matrix", ["merge matrix of include: 475 of 256 jobs"]],
]);

describe("generated files pass GitHub's parser and validator, and actionlint", () => {
  test.each(options)("%s", async (_, sample) => {
    const generation = await generateSample(sample);
    expect(errorsOf(generation)).toEqual([]);
    const calleeFiles = [{ path: ".github/workflows/darwin.yml", text: DARWIN, configFile: undefined }];
    expect(await findings([...generation.files, ...calleeFiles])).toEqual([]);
  });

  test.each(sizes)("$count $kind, merge: $merge", async ({ count, merge, kind }) => {
    const generation = await generateSample(
      family(`${REPOSITORIES}workflow: { branches: [main], merge: ${merge} }\n`, sampleMatrix({ [kind]: count })),
    );
    const refused = refusals.get(`${count} ${kind} ${merge}`) ?? [];
    const messages = errorsOf(generation).map(({ message }) => message);
    expect(messages.map((message) => message.replace(/ \(\d+ %\)$/, ""))).toEqual(refused);
    expect(await findings(generation.files)).toEqual([]);
  });
});

test("the linters see what is wrong", async () => {
  const { files } = await generateSample(family(IMAGES, sampleMatrix({ pairs: 1 })));
  const broken = files.map((file) => ({
    ...file,
    text: file.text.replace("needs: [plan]", "needs: [nobody]"),
  }));
  expect((await findings(broken)).join("\n")).toMatch(/nobody/);
});
