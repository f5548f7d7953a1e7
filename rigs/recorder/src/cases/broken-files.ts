import type { Bed } from "../bed/bed.ts";
import type { Case } from "../bed/case.ts";
import { CONFIG, MATRIX, small } from "../bed/sample-families.ts";
import { SampleRepository } from "../bed/sample-repository.ts";

const leg = (more: string): string => `include:\n  - { backend: a, tag-suffix: "-a", ${more} }\n`;

const matrices: Readonly<Record<string, string>> = {
  empty: "",
  "no-list": "foo: bar\n",
  "list-of-texts": "include: [a, b]\n",
  "not-a-list": "include: { a: b }\n",
  "not-yaml": "include:\n  - { backend: a\n",
  tab: "include:\n\t- backend: a\n",
  "duplicate-key": leg("backend: b, platforms: linux/amd64"),
  proto: leg("__proto__: { x: 1 }, platforms: linux/amd64"),
  "alias-bomb": `a: &a [x, x, x, x, x, x, x, x, x]\nb: &b [*a, *a, *a, *a, *a, *a, *a, *a]\nc: &c [*b, *b, *b, *b, *b, *b, *b, *b]\nd: &d [*c, *c, *c, *c, *c, *c, *c, *c]\ne: &e [*d, *d, *d, *d, *d, *d, *d, *d]\ninclude: [*e, *e, *e, *e]\n`,
  "two-platforms-in-flow": leg("platforms: linux/amd64,linux/arm64"),
  "no-suffix": "include:\n  - { backend: a, platforms: linux/amd64 }\n",
  "suffix-is-a-number": "include:\n  - { backend: a, tag-suffix: 5, platforms: linux/amd64 }\n",
  "suffix-is-odd": 'include:\n  - { backend: a, tag-suffix: "-a/b c", platforms: linux/amd64 }\n',
  "backend-is-missing": 'include:\n  - { tag-suffix: "-a", platforms: linux/amd64 }\n',
  "own-paths": leg('platforms: linux/amd64, paths: ["!x", "./y", "/z", "w/", "{nope}/**"]'),
  "own-paths-is-a-text": leg('platforms: linux/amd64, paths: "x/**"'),
  "two-legs-for-one-platform": `${leg("platforms: linux/amd64, platform-tag: amd64")}  - { backend: a, tag-suffix: "-a", platforms: linux/amd64, platform-tag: other }\n`,
  "leg-without-platform-tag": `${leg("platforms: linux/amd64, platform-tag: amd64")}  - { backend: a, tag-suffix: "-a", platforms: linux/arm64 }\n`,
  "leg-of-two-platforms": `${leg("platforms: linux/amd64, platform-tag: amd64")}  - { backend: a, tag-suffix: "-a", platforms: "linux/arm64,linux/arm/v7", platform-tag: arm }\n`,
  "differing-tag-latest": `${leg('tag-latest: "true", platforms: linux/amd64, platform-tag: amd64')}  - { backend: a, tag-suffix: "-a", tag-latest: auto, platforms: linux/arm64, platform-tag: arm64 }\n`,
  "wrong-tag-latest": leg("tag-latest: maybe, platforms: linux/amd64"),
  "lone-platform-tag": leg("platforms: linux/amd64, platform-tag: amd64"),
  "colliding-artifacts":
    'include:\n  - { backend: a, tag-suffix: "-a/", platforms: linux/amd64 }\n  - { backend: b, tag-suffix: "-a:", platforms: linux/amd64 }\n',
  "colliding-outputs":
    'include:\n  - { backend: Matrix, tag-suffix: "-a" }\n  - { backend: run-all, tag-suffix: "-b" }\n  - { backend: A, tag-suffix: "-c" }\n  - { backend: a, tag-suffix: "-d" }\n',
  "suffix-too-long": `include:\n  - { backend: a, tag-suffix: "-${"x".repeat(130)}", platforms: linux/amd64 }\n`,
  "near-misses": leg("platforms: linux/amd64, runs_on: x, Dockerfile: y, build-args: z"),
  "platform-unknown": leg('platforms: "linux/", platform-tag: "?"'),
  "other-list": 'includes:\n  - { backend: a, tag-suffix: "-a" }\ninclude: []\n',
  "text-that-is-hostile":
    'include:\n  - { backend: "a\\e[31m::error::x", tag-suffix: "-a\\u202e", platforms: linux/amd64 }\n',
  directory: "",
};

const configs: Readonly<Record<string, string>> = {
  empty: "",
  "not-yaml": "images: [quay.io/x/y\n",
  list: "- a\n",
  "unknown-key": "image: [quay.io/x/y]\n",
  "unknown-workflow-key": "images: [quay.io/x/y]\nworkflow: { brnaches: [main] }\n",
  "wrong-types": "images: quay.io/x/y\nignore: 5\nunmatched: perhaps\nworkflow: []\n",
  "images-twice": "images: [quay.io/x/y, quay.io/x/y]\n",
  "images-odd": 'images: ["https://quay.io/x/y", "quay.io/X/y", "quay.io/x/y:v1"]\n',
  "no-images": "inputs:\n  - paths: [x]\n",
  "globs-refused":
    'images: [quay.io/x/y]\ninputs:\n  - paths: ["!a", "./b", "/c", "d/", "{nope}/**"]\nignore: ["!x"]\n',
  "glob-too-complex": `images: [quay.io/x/y]\ninputs:\n  - paths: ["${"*a".repeat(40)}"]\n`,
  "rule-without-paths": "images: [quay.io/x/y]\ninputs:\n  - when: { backend: whisper }\n",
  "rule-that-meets-nothing":
    'images: [quay.io/x/y]\ninputs:\n  - when: { backned: whisper }\n    paths: ["x/**"]\n  - matrices: [includeDarwin]\n    paths: [y]\n',
  "duplicate-key": "images: [quay.io/x/y]\nimages: [quay.io/x/z]\n",
  proto: "images: [quay.io/x/y]\n__proto__: { a: 1 }\n",
  "matrix-elsewhere": "images: [quay.io/x/y]\nmatrix: other.yml\n",
  "matrix-outside": "images: [quay.io/x/y]\nmatrix: ../../x.yml\n",
  "unmatched-run-all": "images: [quay.io/x/y]\nunmatched: run-all\ninputs:\n  - paths: [README.md]\n",
  "cron-odd": "images: [quay.io/x/y]\nworkflow: { cron: weekly, need-disk: 60G, merge: both, max-parallel: 0 }\n",
};

async function judged(bed: Bed): Promise<void> {
  for (const args of [
    ["plan", "--force-all"],
    ["plan", "--files-from", "-", "--json"],
    ["check", "--json"],
    ["generate"],
  ]) {
    await bed.run("fanfold", args, { stdin: "backend/go/piper/a.go\nREADME.md\n" });
  }
  await bed.run("fanfold", ["check"], { env: { GITHUB_ACTIONS: "true" } });
}

/** Matrix files and configs with something wrong in them. */
export function brokenFileCases(): readonly Case[] {
  const ofMatrices = Object.entries(matrices).map(([name, text]) => ({
    name: `broken-matrix/${name}`,
    run: async (bed: Bed) => {
      const repository = await SampleRepository.create(bed, { ...small, [MATRIX]: text });
      if (name === "directory") {
        await repository.remove(MATRIX);
        await repository.commit("folder", { [`${MATRIX}/x`]: "x" });
      }
      await judged(bed);
      await bed.run("changed-backends", ["--force-all"]);
      await bed.run("merge-matrix", [MATRIX]);
      await bed.run("fanfold", ["split"]);
    },
  }));
  const ofConfigs = Object.entries(configs).map(([name, text]) => ({
    name: `broken-config/${name}`,
    run: async (bed: Bed) => {
      await SampleRepository.create(bed, { ...small, [CONFIG]: text });
      await judged(bed);
      await bed.run("changed-backends", ["--force-all", "--inputs", CONFIG]);
    },
  }));
  const otherwiseNamed: Case = {
    name: "broken-config/another-spelling",
    run: async (bed) => {
      const repository = await SampleRepository.create(bed, small);
      await repository.git("mv", CONFIG, ".github/fanfold.yaml");
      await repository.commit("spelling");
      await judged(bed);
    },
  };
  return [...ofMatrices, ...ofConfigs, otherwiseNamed];
}
