import { execFileSync, spawn } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, onTestFinished, test } from "vitest";
import { appendToRunnerFile, pairsText } from "./runner-files.ts";

function directory(): string {
  const made = mkdtempSync(join(tmpdir(), "kit-runner-"));
  onTestFinished(() => rmSync(made, { recursive: true, force: true }));
  return made;
}

/** What a runner reads: https://github.com/actions/runner/blob/main/src/Runner.Worker/FileCommandManager.cs */
function parse(text: string): Record<string, string> {
  const lines = text.split("\n");
  const pairs: [string, string][] = [];
  for (let index = 0; index < lines.length - 1; index += 1) {
    const [name = "", delimiter = ""] = lines[index]?.split("<<") ?? [];
    const value: string[] = [];
    for (index += 1; lines[index] !== delimiter; index += 1) value.push(lines[index] ?? "");
    pairs.push([name, value.join("\n")]);
  }
  return Object.fromEntries(pairs);
}

test("values with line breaks, and with what looks like a delimiter, are read back as they were", () => {
  const env = { GITHUB_OUTPUT: join(directory(), "output") };
  const values = { a: "1", b: "x\ny<<EOF\nEOF\nc=3", "c-d": "" };
  appendToRunnerFile({ env }, "GITHUB_OUTPUT", pairsText(Object.entries(values)));
  appendToRunnerFile({ env }, "GITHUB_OUTPUT", pairsText([["later", "z"]]));
  expect(parse(readFileSync(env.GITHUB_OUTPUT, "utf8"))).toEqual({ ...values, later: "z" });
});

test("the delimiter is another one each time", () => {
  const delimiters = [0, 1, 2].map(() => /<<(\S+)/.exec(pairsText([["a", "1"]]))?.[1]);
  expect(new Set(delimiters).size).toBe(3);
});

test("without the variable nothing is written, and a directory in its place is an error that names it", () => {
  appendToRunnerFile({ env: {} }, "GITHUB_OUTPUT", "a=1\n");
  const env = { GITHUB_STEP_SUMMARY: directory() };
  expect(() => appendToRunnerFile({ env }, "GITHUB_STEP_SUMMARY", "x")).toThrow(
    /the file that GITHUB_STEP_SUMMARY names cannot be written/,
  );
});

test.skipIf(process.platform === "win32")("a pipe that nobody reads from is an error, not a wait without end", () => {
  const file = join(directory(), "pipe");
  execFileSync("mkfifo", [file]);
  expect(() => appendToRunnerFile({ env: { GITHUB_OUTPUT: file } }, "GITHUB_OUTPUT", "a=1\n")).toThrow(/ENXIO/);
});

test.skipIf(process.platform === "win32")("a pipe that is read slowly gets all of it", () => {
  const made = directory();
  const [pipe, read] = [join(made, "pipe"), join(made, "read")];
  execFileSync("mkfifo", [pipe]);
  const reader = spawn("sh", ["-c", `exec < "${pipe}"; sleep 0.2; cat > "${read}"`], { stdio: "ignore" });
  try {
    const text = "x".repeat(300_000);
    // Until the reader has opened it, there is none.
    for (let tries = 0; tries < 100; tries++) {
      try {
        appendToRunnerFile({ env: { GITHUB_OUTPUT: pipe } }, "GITHUB_OUTPUT", text);
        break;
      } catch {
        Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 20);
      }
    }
    for (let tries = 0; tries < 100 && statSync(read, { throwIfNoEntry: false })?.size !== text.length; tries++) {
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 20);
    }
    expect(readFileSync(read, "utf8")).toBe(text);
  } finally {
    reader.kill();
  }
});

describe("a disk that gets full", () => {
  const mounted = directoryWithSmallDisk();

  test.skipIf(mounted === undefined)("leaves the file as it was (skipped where no tmpfs can be mounted)", () => {
    const env = { GITHUB_OUTPUT: join(mounted ?? "", "output") };
    writeFileSync(env.GITHUB_OUTPUT, "before=1\n");
    expect(() => appendToRunnerFile({ env }, "GITHUB_OUTPUT", "x".repeat(300_000))).toThrow(/ENOSPC/);
    expect(readFileSync(env.GITHUB_OUTPUT, "utf8")).toBe("before=1\n");
    execFileSync("umount", [mounted ?? ""]);
  });
});

function directoryWithSmallDisk(): string | undefined {
  const made = mkdtempSync(join(tmpdir(), "kit-small-disk-"));
  mkdirSync(made, { recursive: true });
  try {
    execFileSync("mount", ["-t", "tmpfs", "-o", "size=64k", "tmpfs", made], { stdio: "ignore" });
    return made;
  } catch {
    console.warn("SKIPPED: no tmpfs can be mounted here, so a full disk is not tried");
    return undefined;
  }
}
