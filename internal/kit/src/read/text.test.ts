import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { recordingHost } from "../process/recording-host.ts";
import { readText } from "./text.ts";

const source = { what: "the list", fix: "name a file" };

function directory(): string {
  const made = mkdtempSync(join(tmpdir(), "kit-text-"));
  onTestFinished(() => rmSync(made, { recursive: true, force: true }));
  return made;
}

test("a file relative to the working directory, or standard input, without a byte order mark", () => {
  const cwd = directory();
  writeFileSync(join(cwd, "a.txt"), "\uFEFFä\n");
  expect(readText(recordingHost({ cwd }), "a.txt", source)).toBe("ä\n");
  expect(readText(recordingHost({ stdin: "\uFEFFb" }), "-", source)).toBe("b");
});

test.each(["absent.txt", ".", "pipe", "/dev/zero"])("%s is refused at once, with what to do", (file) => {
  const cwd = directory();
  execFileSync("mkfifo", [join(cwd, "pipe")]);
  expect(() => readText(recordingHost({ cwd }), file, source)).toThrow(/the list cannot be read: .+; name a file$/s);
});
