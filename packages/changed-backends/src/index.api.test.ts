import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  CHANGE_FLAGS,
  ChangedBackendsError,
  changedPaths,
  comparisonOf,
  DIFF_REASONS,
  DIFF_SOURCES,
  FILE_STATUSES,
  findChanges,
  type GitHub,
  type Host,
  loadMatrix,
  PRECISIONS,
  readInputs,
  requestChange,
  selectionOutputs,
  survey,
} from "@fanfold/changed-backends";
import { afterAll, expect, test } from "vitest";

const directory = mkdtempSync(join(tmpdir(), "changed-backends-api-"));
afterAll(() => rmSync(directory, { recursive: true, force: true }));

const host: Host = {
  env: { PATH: "/nowhere" },
  cwd: directory,
  stdout: () => {},
  stderr: () => {},
  stdin: () => "backend/x/run.py\n",
  terminal: false,
};

test("from a list of files to the outputs of a job", async () => {
  writeFileSync(
    join(directory, "matrix.yml"),
    'include:\n  - { tag-suffix: -x, backend: x, paths: ["backend/{backend}/**"] }\n  - { tag-suffix: -y, backend: y }\n',
  );
  const request = await requestChange({ filesFrom: "-" }, host);
  const matrix = await loadMatrix(request, "matrix.yml");
  const inputs = await readInputs(request, undefined, matrix);
  const { selection, diff, warnings } = await survey(request, { matrix, matrixPath: "matrix.yml", ...inputs });
  expect(diff).toEqual({
    precision: "exact",
    source: "files",
    reason: null,
    calls: 0,
    files: [{ path: "backend/x/run.py", previousPath: null, status: "modified" }],
  });
  expect(selection.causes).toEqual([{ matrix: "include", entry: 0, rule: "paths", path: "backend/x/run.py" }]);
  expect(warnings).toEqual([]);
  expect(selectionOutputs(matrix.lists, selection)).toEqual([
    ["run-all", "false"],
    ["has-backends", "true"],
    ["matrix-multi-1", '{"include":[]}'],
    ["has-multi-1", "false"],
    ["matrix-single-1", '{"include":[{"tag-suffix":"-x","backend":"x"}]}'],
    ["has-single-1", "true"],
    ["matrix", '{"include":[{"tag-suffix":"-x","backend":"x"}]}'],
    ["x", "true"],
    ["y", "false"],
  ]);
});

test("an event, and a GitHub of one's own", async () => {
  const before = "a".repeat(40);
  const after = "b".repeat(40);
  const comparison = comparisonOf({
    name: "push",
    ref: "refs/heads/main",
    sha: after,
    defaultBranch: "main",
    repository: "octo/images",
    payload: { before, after },
  });
  expect(comparison).toEqual({ kind: "commits", base: before, head: after });
  const failed = { kind: "failed", reason: "network", gone: true, message: "not asked" } as const;
  const github: GitHub = {
    compare: async () => ({
      kind: "answer",
      value: {
        status: "ahead",
        mergeBase: before,
        files: [{ path: "new", previousPath: "old", status: "renamed" }],
      },
    }),
    pullRequest: async () => failed,
    pullRequestFiles: async () => failed,
    tree: async () => failed,
    branchTip: async () => failed,
    fileAt: async () => failed,
    calls: () => 1,
  };
  const remote = { env: {}, url: undefined, token: undefined, tokenHost: undefined };
  const changes = await findChanges(comparison, { github, checkout: async () => undefined, remote });
  expect(changes.diff).toMatchObject({ precision: "exact", source: "compare", reason: null, calls: 1 });
  expect(changedPaths(changes.diff.files)).toEqual(["new", "old"]);
  expect(await changes.readBase("matrix.yml")).toEqual({ kind: "unreadable", message: "not asked" });
  await changes.close();
});

test("an error says which one it is", async () => {
  const request = await requestChange({ forceAll: true }, host);
  const refused = loadMatrix(request, "absent.yml");
  await expect(refused).rejects.toBeInstanceOf(ChangedBackendsError);
  await expect(refused).rejects.toMatchObject({ name: "ChangedBackendsError", code: "unreadable-input" });
});

test("the closed sets and the flags are data", () => {
  expect(PRECISIONS).toEqual(["exact", "superset", "unknown"]);
  expect(FILE_STATUSES).toEqual(["added", "removed", "modified", "renamed"]);
  expect(DIFF_SOURCES).toEqual(["none", "compare", "pull-files", "trees", "git", "files"]);
  for (const reason of ["zero-base", "truncated", "rate-limited", "matrix-unreadable"]) {
    expect(DIFF_REASONS).toContain(reason);
  }
  expect(CHANGE_FLAGS.find(({ flags }) => flags.startsWith("--only"))?.parse?.("a,b")).toEqual(["a", "b"]);
});
