import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  ChangedBackendsError,
  type Host,
  readMatrix,
  readRules,
  requestComparison,
  selectChanges,
  selectionDocument,
  selectionOutputs,
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
    'include:\n  - { tag-suffix: -x, backend: x, paths: ["backend/{backend}/**"] }\n  - { tag-suffix: -y, backend: y, paths: ["backend/y/**"] }\n',
  );
  const request = await requestComparison({ filesFrom: "-" }, host);
  const matrix = await readMatrix(request, "matrix.yml");
  const rules = await readRules(request, undefined, matrix);
  const { selection, diff, warnings } = await selectChanges(request, { matrix, matrixPath: "matrix.yml", ...rules });
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

test("a push without an API and without a clone: everything, as a document", async () => {
  const [before, after] = ["a".repeat(40), "b".repeat(40)];
  writeFileSync(join(directory, "matrix.yml"), "include:\n  - { tag-suffix: -x, backend: x }\n");
  writeFileSync(join(directory, "event.json"), JSON.stringify({ ref: "refs/heads/main", before, after }));
  const request = await requestComparison({ eventName: "push", eventPath: "event.json" }, host);
  expect(request.comparison).toEqual({ kind: "commits", base: before, head: after });
  const matrix = await readMatrix(request, "matrix.yml");
  const rules = await readRules(request, undefined, matrix);
  const changes = await selectChanges(request, { matrix, matrixPath: "matrix.yml", ...rules });
  expect(selectionDocument(matrix.lists, request.event, changes)).toMatchObject({
    schema: "fanfold.selection/1",
    diff: { precision: "unknown", source: "none", reason: "no-checkout", calls: 0 },
    runAll: true,
    causes: [{ matrix: "include", entry: 0, rule: "everything", path: null }],
  });
});

test("an error says which one it is", async () => {
  const request = await requestComparison({ forceAll: true }, host);
  const refused = readMatrix(request, "absent.yml");
  await expect(refused).rejects.toBeInstanceOf(ChangedBackendsError);
  await expect(refused).rejects.toMatchObject({ name: "ChangedBackendsError", code: "unreadable-input" });
});
