import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseMatrixFile } from "@fanfold-internal/matrix/matrix-file";
import { gitEnvironment, type ScratchFile } from "@fanfold-rigs/github-stand-in";
import { afterAll, beforeAll, expect, test } from "vitest";
import { openCheckout } from "../git/checkout.ts";
import { compileInputs, DEFAULT_INPUTS } from "../rules/input-rule.ts";
import { GitHubWorld, TOKEN } from "../testing/github-world.ts";
import { readInputHashes } from "./read-input-hashes.ts";

const MATRIX = `include:
  - { backend: all, tag-suffix: -all, dockerfile: all/Dockerfile }
  - { backend: api, tag-suffix: -api, dockerfile: api/Dockerfile, context: api }
`;
const FILES: Iterable<readonly [string | Uint8Array, ScratchFile]> = [
  ["matrix.yml", MATRIX],
  ["all/Dockerfile", "FROM scratch\nCOPY . /\n"],
  ["all/Dockerfile.dockerignore", "*.md\n!keep.md\n"],
  ["api/Dockerfile", "FROM scratch\nCOPY run.sh lib /\n"],
  ["api/run.sh", { mode: "100755", content: "1\r\n2\n" }],
  ["api/lib/é", "1"],
  ["api/lib/a b", "1"],
  ["api/lib-x", "1"],
  ["vendor/mod", { mode: "160000", object: "1".repeat(40) }],
  ["a.md", "1"],
  ["Zeta", "1"],
  // Names that are not UTF-8, and have the same text.
  [Uint8Array.of(0x61, 0xff), "1"],
  [Uint8Array.of(0x61, 0xfe), "2"],
  // Their order by bytes is not that by letters.
  ["\u{1f980}", "1"],
  ["\ufb00", "1"],
];

let world: GitHubWorld;
let directory: string;
beforeAll(async () => {
  world = await GitHubWorld.start({ anonymous: "refused" });
  directory = mkdtempSync(join(tmpdir(), "fanfold-content-"));
  for (const key of ["allowFilter", "allowAnySHA1InWant"])
    git(world.repository.path, "config", `uploadpack.${key}`, "true");
});
afterAll(async () => {
  rmSync(directory, { recursive: true, force: true });
  await world[Symbol.asyncDispose]();
});

function git(cwd: string, ...args: readonly string[]): string {
  return execFileSync("git", args, { cwd, env: { ...process.env, ...gitEnvironment() }, encoding: "utf8" }).trim();
}

function clone(name: string, ...args: readonly string[]): string {
  const path = join(directory, name);
  git("/", "clone", "-q", ...args, `file://${world.repository.path}`, path);
  return path;
}

/** `root`: of a clone; undefined: the API is all there is. */
async function read(commit: string, root: string | undefined) {
  const matrix = parseMatrixFile(MATRIX, "matrix.yml");
  if (matrix.kind === "invalid") throw new Error(JSON.stringify(matrix.problems));
  const { inputs } = compileInputs(DEFAULT_INPUTS, { keys: new Set(["dockerfile", "context"]), lists: ["include"] });
  const env = { ...process.env, ...gitEnvironment() };
  const sources = {
    github: root === undefined ? world.github() : undefined,
    checkout: async () => (root === undefined ? undefined : openCheckout(root, { env })),
    remote: { env, url: world.standIn.gitUrl, token: TOKEN, tokenHost: new URL(world.standIn.url).host },
  };
  const ground = { matrixPath: "matrix.yml", byValue: [], silent: [], matrix: matrix.value, inputs };
  return readInputHashes({ event: { sha: commit }, root: root ?? "/", sources }, ground, null);
}

test("a commit has the same hashes wherever they are made", async () => {
  const head = await world.repository.commit({ files: FILES });
  const full = await read(head, clone("full"));
  expect(full.kind === "hashes" && new Set(full.byList.get("include")).size).toBe(2);
  expect(await read(head, clone("lines", "-c", "core.autocrlf=true", "-c", "core.fileMode=false"))).toEqual(full);
  const few = clone("few", "--filter=blob:none", "--no-checkout");
  git(few, "sparse-checkout", "set", "--no-cone", "/matrix.yml");
  git(few, "checkout", "-q", head);
  expect(await read(head, few)).toEqual(full);
  expect(await read(head, undefined)).toEqual(full);
  // What lies there is not what is built.
  const other = await world.repository.commit({ files: { "api/run.sh": { mode: "100644", content: "1\r\n2\n" } } });
  expect(await read(head, clone("newer"))).toEqual(full);
  const changed = await read(other, clone("same"));
  expect([full, changed].map((each) => each.kind === "hashes" && each.byList.get("include")?.[1])).toEqual([
    expect.stringMatching(/^[0-9a-f]{64}$/),
    expect.not.stringMatching(full.kind === "hashes" ? (full.byList.get("include")?.[1] ?? "") : ""),
  ]);
});

test("what was not read by one makes no other hash, but none", async () => {
  const linked = await world.repository.commit({
    files: { "api/lib": null, "api/link": { mode: "120000", content: "lib-x" } },
  });
  expect(await read(linked, undefined)).toEqual({ kind: "unknown", reason: "api/link could not be read" });
  expect((await read(linked, clone("linked"))).kind).toBe("hashes");
  world.standIn.fail({ route: "tree", times: "always", with: { kind: "status", status: 500 } });
  const none = await read(linked, undefined);
  world.standIn.failNoMore();
  expect(none).toEqual({ kind: "unknown", reason: expect.stringContaining("GitHub's API gave no list of files") });
});
