import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { recordingHost } from "@fanfold-internal/kit/process/recording-host";
import { afterEach, beforeEach, expect, test } from "vitest";
import { writeRunnerFiles } from "./runner-files.ts";

let directory: string;

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "fanfold-runner-"));
});

afterEach(() => {
  rmSync(directory, { recursive: true });
});

test("appends to both files, and to none that is not named", () => {
  const [summary, outputs] = [join(directory, "summary"), join(directory, "outputs")];
  writeFileSync(outputs, "before=1\n");
  const env = { GITHUB_STEP_SUMMARY: summary, GITHUB_OUTPUT: outputs };
  writeRunnerFiles(recordingHost({ env }), () => "# x\n", [["a", "b\nc"]]);
  expect(readFileSync(summary, "utf8")).toBe("# x\n");
  expect(readFileSync(outputs, "utf8")).toMatch(/^before=1\na<<(\S+)\nb\nc\n\1\n$/);
  writeRunnerFiles(recordingHost(), () => "# x\n", [["a", "b"]]);
});

test("outputs come last: a summary that cannot be written leaves them as they were", () => {
  const [summary, outputs] = [join(directory, "summary"), join(directory, "outputs")];
  mkdirSync(summary);
  const host = recordingHost({ env: { GITHUB_STEP_SUMMARY: summary, GITHUB_OUTPUT: outputs } });
  writeFileSync(outputs, "before=1\n");
  expect(() => writeRunnerFiles(host, () => "# x\n", [["a", "b"]])).toThrow(
    expect.objectContaining({ name: "WorkflowsError", code: "unwritable" }),
  );
  expect(readFileSync(outputs, "utf8")).toBe("before=1\n");
});
