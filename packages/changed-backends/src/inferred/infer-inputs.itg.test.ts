import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { recordingHost } from "@fanfold-internal/kit/process/recording-host";
import { parseMatrixFile } from "@fanfold-internal/matrix/matrix-file";
import { gitEnvironment } from "@fanfold-rigs/github-stand-in";
import { afterAll, beforeAll, expect, test } from "vitest";
import { requestComparison } from "../command/comparison-request.ts";
import { selectChanges } from "../command/select-changes.ts";
import { compileInputs, DEFAULT_INPUTS } from "../rules/input-rule.ts";
import { GitHubWorld, TOKEN } from "../testing/github-world.ts";

const MATRIX = `include:
  - { backend: api, tag-suffix: -api, dockerfile: api/Dockerfile, context: api }
  - { backend: web, tag-suffix: -web, dockerfile: web/Dockerfile }
  - { backend: made, tag-suffix: -made, dockerfile: made/Dockerfile, context: made }
`;
const FILES = {
  "matrix.yml": MATRIX,
  "api/Dockerfile": "FROM scratch\nCOPY main.go shared /\n",
  "api/main.go": "1\n",
  "api/main_test.go": "1\n",
  "api/lib/shared/x": "1\n",
  "web/Dockerfile": "FROM scratch\nCOPY web /web\n",
  "web/.keep": "1\n",
  "web/index.html": "1\n",
  "made/Dockerfile": "FROM scratch\nCOPY app /\n",
  "other/x": "1\n",
};

let world: GitHubWorld;
let directory: string;
let base: string;
beforeAll(async () => {
  world = await GitHubWorld.start({ anonymous: "refused" });
  directory = mkdtempSync(join(tmpdir(), "fanfold infer "));
  base = await world.repository.commit({ files: { ...FILES, "api/shared/x": "1\n" } });
  // As GitHub serves it.
  git(world.repository.path, "config", "uploadpack.allowFilter", "true");
  git(world.repository.path, "config", "uploadpack.allowAnySHA1InWant", "true");
});
afterAll(async () => {
  rmSync(directory, { recursive: true, force: true });
  await world[Symbol.asyncDispose]();
});

/** The backends that a push selects, and the codes of what is reported. */
async function push(head: string, cwd: string) {
  const matrix = parseMatrixFile(MATRIX, "matrix.yml");
  if (matrix.kind === "invalid") throw new Error(JSON.stringify(matrix.problems));
  const event = join(directory, "event.json");
  writeFileSync(event, JSON.stringify({ ref: "refs/heads/main", before: base, after: head }));
  const host = recordingHost({
    cwd,
    env: {
      ...gitEnvironment(),
      GITHUB_EVENT_NAME: "push",
      GITHUB_EVENT_PATH: event,
      GITHUB_REPOSITORY: "octo/images",
      GITHUB_SHA: head,
      GITHUB_API_URL: world.standIn.apiUrl,
      GITHUB_SERVER_URL: world.standIn.url,
      GITHUB_TOKEN: TOKEN,
      GITHUB_WORKSPACE: cwd,
    },
  });
  const { inputs } = compileInputs(DEFAULT_INPUTS, { keys: new Set(["dockerfile", "context"]), lists: ["include"] });
  const result = await selectChanges(await requestComparison({}, host), {
    matrix: matrix.value,
    matrixPath: "matrix.yml",
    inputs,
  });
  const [list] = result.selection.lists;
  return {
    selected: list?.selected.map((index) => matrix.value.lists[0]?.entries[index]?.["backend"]),
    codes: result.warnings.map(({ code }) => code),
    calls: result.diff.calls,
    why: result.selection.causes.map(({ inferred, rule }) => inferred ?? rule),
  };
}

function git(cwd: string, ...args: readonly string[]): string {
  return execFileSync("git", args, { cwd, env: { ...process.env, ...gitEnvironment() }, encoding: "utf8" }).trim();
}

test("without a checkout the API lists and reads: what is read is told from what is not", async () => {
  const head = await world.repository.commit({ files: { "api/main_test.go": "2\n" } });
  expect(await push(head, "/")).toMatchObject({ selected: ["made"], codes: ["untracked-source"] });
  base = head;
  const next = await world.repository.commit({ files: { "api/main.go": "2\n" } });
  expect(await push(next, "/")).toMatchObject({
    selected: ["api", "made"],
    why: [
      "api/Dockerfile:2 COPY main.go",
      "made/Dockerfile:2 COPY app: git tracks no such file, so anything may have made it",
    ],
  });
  base = next;
});

test("a checkout without blobs and with few files gives the same, with one request for what changed", async () => {
  const head = await world.repository.commit({ files: { "web/index.html": "2\n" } });
  const clone = join(directory, "blobless");
  git("/", "clone", "-q", "--filter=blob:none", "--no-checkout", `file://${world.repository.path}`, clone);
  git(clone, "sparse-checkout", "set", "--no-cone", "/matrix.yml");
  git(clone, "checkout", "-q", head);
  const before = git(clone, "count-objects", "-v");
  expect(await push(head, clone)).toMatchObject({ selected: ["web", "made"], codes: ["untracked-source"], calls: 1 });
  // The user's clone is left as it was.
  expect(git(clone, "count-objects", "-v")).toBe(before);
  base = head;
});

test("where nothing can be read, any file counts, and a warning says why", async () => {
  const head = await world.repository.commit({ files: { "other/x": "2\n" } });
  world.standIn.fail({ route: "tree", times: "always", with: { kind: "status", status: 500 } });
  const { selected, codes } = await push(head, "/");
  world.standIn.failNoMore();
  expect({ selected, codes }).toEqual({ selected: ["api", "web", "made"], codes: ["tree-unavailable"] });
  base = head;
});

test("a local run reads its own commit, links and all", async () => {
  const local = join(directory, "local");
  const lay = (files: Readonly<Record<string, string>>): void => {
    for (const [path, text] of Object.entries(files)) {
      mkdirSync(dirname(join(local, path)), { recursive: true });
      writeFileSync(join(local, path), text);
    }
    git(local, "add", "-A");
    git(local, "-c", "user.name=x", "-c", "user.email=x@example.com", "commit", "-q", "-m", "x");
  };
  mkdirSync(local);
  git(local, "init", "-q", "-b", "main");
  mkdirSync(join(local, "api/lib/shared"), { recursive: true });
  symlinkSync("lib/shared", join(local, "api/shared"));
  lay(FILES);
  lay({ "api/lib/shared/x": "2\n" });
  const matrix = parseMatrixFile(MATRIX, "matrix.yml");
  if (matrix.kind === "invalid") throw new Error(JSON.stringify(matrix.problems));
  const { inputs } = compileInputs(DEFAULT_INPUTS, { keys: new Set(["dockerfile", "context"]), lists: ["include"] });
  const request = await requestComparison({}, recordingHost({ cwd: local, env: gitEnvironment() }));
  const { selection } = await selectChanges(request, { matrix: matrix.value, matrixPath: "matrix.yml", inputs });
  expect(selection.causes.map(({ entry, path, inferred }) => [entry, path, inferred])).toEqual([
    [0, "api/lib/shared/x", "api/Dockerfile:2 COPY shared"],
    [2, "api/lib/shared/x", expect.stringContaining("git tracks no such file")],
  ]);
});

test("a local run that names a head reads that commit, whatever is checked out", async () => {
  const local = join(directory, "named");
  mkdirSync(local);
  git(local, "init", "-q", "-b", "main");
  const commit = (files: Readonly<Record<string, string>>): string => {
    for (const [path, text] of Object.entries(files)) {
      mkdirSync(dirname(join(local, path)), { recursive: true });
      writeFileSync(join(local, path), text);
    }
    git(local, "add", "-A");
    git(local, "-c", "user.name=x", "-c", "user.email=x@example.com", "commit", "-q", "-m", "x");
    return git(local, "rev-parse", "HEAD");
  };
  const old = commit(FILES);
  const parent = commit({ "api/Dockerfile": "FROM scratch\nCOPY main.go shared new /\n", "api/new": "1\n" });
  const head = commit({ "api/new": "2\n" });
  git(local, "checkout", "-q", old);
  const matrix = parseMatrixFile(MATRIX, "matrix.yml");
  if (matrix.kind === "invalid") throw new Error(JSON.stringify(matrix.problems));
  const { inputs } = compileInputs(DEFAULT_INPUTS, { keys: new Set(["dockerfile", "context"]), lists: ["include"] });
  const host = recordingHost({ cwd: local, env: gitEnvironment() });
  const request = await requestComparison({ base: parent, head }, host);
  expect(request.event.sha).toBe(head);
  const { selection } = await selectChanges(request, { matrix: matrix.value, matrixPath: "matrix.yml", inputs });
  expect(selection.causes.map(({ entry, inferred }) => [entry, inferred])).toContainEqual([
    0,
    "api/Dockerfile:2 COPY new",
  ]);
});
