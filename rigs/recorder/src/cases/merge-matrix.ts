import type { Bed } from "../bed/bed.ts";
import type { Case } from "../bed/case.ts";

type Entry = Readonly<Record<string, unknown>>;

const pair = (suffix: string, more: Entry = {}): readonly Entry[] =>
  ["amd64", "arm64"].map((arch) => ({
    "tag-suffix": suffix,
    platforms: `linux/${arch}`,
    "platform-tag": arch,
    ...more,
  }));

const inputs: Readonly<Record<string, unknown>> = {
  "pairs-and-singles": { include: [...pair("-a"), { "tag-suffix": "-b", platforms: "linux/amd64" }, ...pair("")] },
  "differing-tag-latest": {
    include: pair("-a").map((leg, at) => ({ ...leg, "tag-latest": at === 0 ? "auto" : "true" })),
  },
  "same-platform-twice": { include: [...pair("-a"), ...pair("-a")] },
  "only-platform-tags": {
    include: [
      { "tag-suffix": "-a", "platform-tag": "linux-arm64" },
      { "tag-suffix": "-a", "platform-tag": "amd64" },
    ],
  },
  "more-than-suffixes": {
    include: ["3.12", "3.13"].flatMap((version) => pair("", { backend: "python", version })),
  },
  "legs-apart": {
    include: pair("").map((leg, at) => ({ ...leg, backend: "radarr", image: at === 0 ? "radarr" : "radar" })),
  },
  "no-entries": { include: [] },
  "no-list": { exclude: [] },
  "more-than-a-matrix": { include: Array.from({ length: 257 }, (_, at) => pair(`-image-${at}`)).flat() },
  "group-too-large": {
    include: Array.from({ length: 300 }, (_, at) => ({
      "tag-suffix": "-a",
      "platform-tag": `p${at}`,
      platforms: `linux/p${at}`,
    })),
  },
};

const flags: readonly (readonly string[])[] = [
  [],
  ["--json"],
  ["--strict"],
  ["--min-legs", "1", "--json"],
  ["--by", "tag-suffix,image,version"],
];

/** `merge-matrix` from standard input and files, right and wrong. */
export function mergeMatrixCases(): readonly Case[] {
  const computed = Object.entries(inputs).map(([name, value]) => ({
    name: `merge-matrix/${name}`,
    run: async (bed: Bed) => {
      const stdin = JSON.stringify(value);
      for (const args of flags) await bed.run("merge-matrix", args, { stdin });
      await bed.run("merge-matrix", [], { stdin, env: { GITHUB_ACTIONS: "true" } });
      await bed.run("merge-matrix", [], { stdin, env: { GITHUB_OUTPUT: "" } });
    },
  }));
  const usage: Case = {
    name: "merge-matrix/usage",
    run: async (bed) => {
      await bed.write({ "list.txt": "just text\n" });
      const wrong = [
        ["--help"],
        ["nowhere.yml"],
        ["."],
        ["list.txt"],
        ["a", "b"],
        ["--min-legs", "0"],
        ["--min-legs"],
        ["--nope"],
      ];
      for (const args of wrong) await bed.run("merge-matrix", args);
      await bed.run("merge-matrix", ["-"], { stdin: "{", env: { GITHUB_ACTIONS: "true" } });
    },
  };
  return [...computed, usage];
}
