import type { ScratchFile, ScratchPath, ScratchRepository } from "@fanfold-rigs/github-stand-in";

/** A stream of numbers below others that a seed decides. */
function numbersOf(seed: number): (below: number) => number {
  let state = seed >>> 0 || 1;
  return (below) => {
    // xorshift: https://www.jstatsoft.org/article/view/v008i14
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    state >>>= 0;
    return state % below;
  };
}

type Numbers = ReturnType<typeof numbersOf>;
type Files = [ScratchPath, ScratchFile][];

const bytes = (text: string, last: number): Uint8Array => Uint8Array.from([...Buffer.from(text), last]);

/** Files that builds read or do not, some with names that are awkward. */
const SOURCES: readonly ScratchPath[] = [
  "a/x.txt",
  "a/lib/y.txt",
  "a/lib/z.md",
  "b/x.txt",
  "b/sub/deep/w.txt",
  "c/<b>x & y</b>.txt",
  "c/line\nbreak.txt",
  "shared/one.txt",
  "shared/two.txt",
  "shared/sub/three.md",
  "docs/page.md",
  "go.mod",
  bytes("shared/odd-", 0xff),
  bytes("shared/odd-", 0xfe),
];

const DOCKERFILES: readonly string[] = [
  "FROM scratch\nCOPY x.txt /\n",
  "FROM scratch\nCOPY . /\n",
  "FROM scratch\nCOPY lib/ /lib/\nCOPY *.txt /\n",
  "ARG BASE=ghcr.io/octo/images:main-a\nFROM ${BASE}\nCOPY x.txt /\n",
  "FROM ghcr.io/octo/images:main-a AS base\nFROM scratch\nCOPY --from=base /x /\nCOPY sub/ /\n",
  "FROM scratch\nARG WHAT\nCOPY ${WHAT} /\n",
  "# syntax=example/frontend\nWHATEVER\n",
  "FROM scratch\nCOPY ../up /\nRUN --mount=type=bind,source=lib,target=/l true\n",
  "FOR scratch\n",
  "FROM ghcr.io/octo/images:main-b\nFROM scratch\nCOPY link /\nCOPY made/ /\n",
  "FROM scratch\nCOPY one.txt sub* /\n",
];

const ENTRIES: readonly string[] = [
  "{ backend: a, tag-suffix: -a, dockerfile: a/Dockerfile, context: a, platforms: linux/amd64, platform-tag: amd64 }",
  "{ backend: a, tag-suffix: -a, dockerfile: a/Dockerfile, context: a, platforms: linux/arm64, platform-tag: arm64 }",
  "{ backend: b, tag-suffix: -b, dockerfile: b/Dockerfile, context: b }",
  "{ backend: b, tag-suffix: -b2, dockerfile: b/Dockerfile, context: b, args: { WHAT: x.txt } }",
  "{ backend: c, tag-suffix: -c, dockerfile: c/Dockerfile, context: . }",
  "{ backend: s, tag-suffix: -s, dockerfile: shared/Dockerfile, context: shared, needs: [-a] }",
  "{ backend: d, tag-suffix: -d, dockerfile: d/Dockerfile, context: d, paths: ['shared/*.txt'] }",
];

const MORE: readonly string[] = [
  "images: [ghcr.io/octo/images]\n",
  "images: [ghcr.io/octo/images]\nbuild: { args: { WHAT: lib } }\n",
  "images: [ghcr.io/octo/images]\nunmatched: run-all\n",
  "images: [ghcr.io/octo/images]\ninfer: false\ninputs:\n  - paths: ['{backend}/**']\n",
  "images: [ghcr.io/octo/images]\ninputs:\n  - { when: { backend: [a, b] }, paths: ['{context}/*.txt', 'shared/**'], except: ['**/*.md'] }\nignore: ['docs/**']\n",
  "images: ['ghcr.io/octo/{backend}']\nworkflow: { branches: [main] }\n",
  "images: [ghcr.io/octo/images]\nmatrix: matrix/other.yml\n",
  "images: [ghcr.io/octo/images]\ngroup-by: [backend]\nmetadata: { labels: ['x=y'] }\n",
  "images: [ghcr.io/octo/images]\nsign: { cosign: KEY, public: .github/cosign.pub }\n",
  "images: [ghcr.io/octo/images]\nbuild: { contexts: { more: shared } }\nworkflow: { branches: [main], before: ./.github/actions/prepare }\n",
  "unknown: key\n",
  "images: [\n",
];

const KEY = `-----BEGIN PUBLIC KEY-----
MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEEVs/o5+uQbTjL3chynL4wXgUg2R9
q9UU8I5mEovUf86QZ7kOBIjJwqnzD1omageEHWwHdBO6B+dFabmdT9POxg==
-----END PUBLIC KEY-----
`;

/** One thing that somebody does to a repository. */
function deed(pick: Numbers, round: number): Files {
  const of = <T>(items: readonly T[]): T => {
    const item = items[pick(items.length)];
    if (item === undefined) throw new Error("nothing to choose from");
    return item;
  };
  const some = <T>(items: readonly T[]): readonly T[] => items.filter(() => pick(3) > 0);
  const folder = of(["a", "b", "c", "d", "shared"]);
  switch (pick(16)) {
    case 0:
      return [[`${folder}/Dockerfile`, of([...DOCKERFILES, null])]];
    case 1:
      return [
        [
          of([".github/backend-matrix.yml", ".github/backend-matrix.yml", "matrix/other.yml"]),
          matrixOf(some(ENTRIES), pick),
        ],
      ];
    case 2:
      return [[".github/fanfold.yml", of([...MORE, null])]];
    case 3:
      return [
        [
          of([".dockerignore", `${folder}/.dockerignore`, `${folder}/Dockerfile.dockerignore`]),
          of(["*.md\n", "**\n!x.txt\n", "lib\n", null]),
        ],
      ];
    case 4:
      return [
        [
          of(["a/link", "b/link", "link", "b/sub"]),
          { mode: "120000", content: of(["../shared", "x.txt", "/", "nowhere"]) },
        ],
      ];
    case 5:
      return [
        [of(["a/lib", "b/sub", "vendor", "shared/sub"]), { mode: "160000", object: String(1 + pick(9)).repeat(40) }],
      ];
    case 6:
      return [[of(["a/lib", "b/x.txt", "shared/sub", "a/x.txt/in"]), of([`${round}\n`, null])]];
    case 7:
      return [
        [
          ".github/workflows/backend_build.yml",
          of(["jobs: { x: { uses: a/b@1 } }\n", "jobs: { x: { uses: a/b@2 } }\n", "jobs: { y: 1 }\n", null]),
        ],
      ];
    case 8:
      return [[of([".github/cosign.pub", ".github/actions/prepare/action.yml"]), of([KEY, `${round}\n`, null])]];
    case 9:
      return [[of(SOURCES), null]];
    case 10:
      return [[of(SOURCES), { mode: "100755", content: `${round}\n` }]];
    case 11:
      return [[of(["made/x", "a/made/x", "b/made/new.txt", "c/new.txt"]), of([`${round}\n`, null])]];
    default:
      return [[of(SOURCES), `${round} ${pick(4)}\n`]];
  }
}

function matrixOf(entries: readonly string[], pick: Numbers): ScratchFile {
  const lines = entries.map((entry) => `  - ${entry}\n`).join("");
  switch (pick(14)) {
    case 0:
      return null;
    case 1:
      return "include: [\n";
    case 2:
      return `# ${pick(9)}\ninclude:\n${lines}  - { backend: x, unknown_key: 1, runs_on: y }\n`;
    case 3:
      return `include:\n${lines}includeDarwin:\n  - { backend: m, tag-suffix: -m, paths: ["docs/**"] }\n`;
    case 4:
      return "include: []\n";
    default:
      return `# ${pick(3)}\ninclude:${entries.length === 0 ? " []" : ""}\n${lines}`;
  }
}

/** A history in which everything that a plan reads comes, changes and goes. @returns the commits of main, the oldest first */
export async function makeRandomHistory(repository: ScratchRepository, seed: number, commits: number): Promise<void> {
  const pick = numbersOf(seed);
  const first: Files = [
    ...SOURCES.map((path): Files[number] => [path, "0\n"]),
    ["a/Dockerfile", DOCKERFILES[0] ?? ""],
    ["b/Dockerfile", DOCKERFILES[1] ?? ""],
    ["c/Dockerfile", DOCKERFILES[2] ?? ""],
    ["shared/Dockerfile", DOCKERFILES[3] ?? ""],
    [".github/cosign.pub", KEY],
    [".github/backend-matrix.yml", `include:\n${ENTRIES.map((entry) => `  - ${entry}\n`).join("")}`],
    [
      "matrix/other.yml",
      `include:\n${ENTRIES.slice(2, 5)
        .map((entry) => `  - ${entry}\n`)
        .join("")}`,
    ],
    [".github/fanfold.yml", MORE[0] ?? ""],
  ];
  await repository.commit({ message: "first", files: first });
  for (let round = 1; round <= commits; round += 1) {
    if (pick(12) === 0) {
      await repository.branch("side", "main");
      for (const each of ["one", "two"]) {
        await repository.commit({
          branch: "side",
          message: `${each} of ${round}`,
          files: [[`side/${round}-${each}`, `${each}\n`]],
        });
      }
      await repository.merge({ into: "main", from: "side", message: `merge ${round}` });
      continue;
    }
    const files = Array.from({ length: pick(4) }, () => deed(pick, round)).flat();
    await repository.commit({ message: `round ${round}`, files });
  }
}
