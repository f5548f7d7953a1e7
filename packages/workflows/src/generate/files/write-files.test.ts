import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { writeFiles } from "./write-files.ts";

let root = "";
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), "fanfold-write-"));
});
afterEach(() => rmSync(root, { recursive: true }));

function failure(paths: readonly string[]): string {
  try {
    writeFiles(
      root,
      paths.map((path) => ({ path, text: "new\n" })),
    );
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
  return "";
}

describe("nothing is written through a link out of the repository", () => {
  test.each([
    ["a link in the place of a directory above it", ".github", "", ".github/workflows/backend.yml"],
    ["a link in the place of its directory", ".github/workflows", "", ".github/workflows/backend.yml"],
    ["a link in its own place", ".github/workflows/backend.yml", "target.yml", ".github/workflows/backend.yml"],
    ["a link that leads nowhere", ".github/workflows/backend.yml", "none/none.yml", ".github/workflows/backend.yml"],
  ])("%s", (_, link, leadsTo, path) => {
    const outside = mkdtempSync(join(tmpdir(), "fanfold-outside-"));
    try {
      writeFileSync(join(outside, "target.yml"), "theirs\n");
      mkdirSync(dirname(join(root, link)), { recursive: true });
      symlinkSync(join(outside, leadsTo), join(root, link));
      expect(failure(["a.yml", path])).toContain(`${link}: is a symbolic link, and nothing is written through one`);
      expect(existsSync(join(root, "a.yml"))).toBe(false);
      expect(readdirSync(outside)).toEqual(["target.yml"]);
      expect(readFileSync(join(outside, "target.yml"), "utf8")).toBe("theirs\n");
    } finally {
      rmSync(outside, { recursive: true });
    }
  });
});

describe("what is in the way of a file is named, and what to do", () => {
  test("a directory in its place", () => {
    mkdirSync(join(root, "b/second.yml/x"), { recursive: true });
    expect(failure(["b/first.yml", "b/second.yml"])).toBe(
      "b/second.yml: cannot be written (EISDIR), so nothing was; a directory lies in its place: move it away",
    );
    expect(readdirSync(join(root, "b"))).toEqual(["second.yml"]);
  });

  test("a file in the place of its directory", () => {
    writeFileSync(join(root, "b"), "");
    expect(failure(["a.yml", "b/c.yml"])).toBe(
      "b/c.yml: cannot be written (EEXIST), so nothing was; a file lies where b has to be a directory: move it away",
    );
    expect(existsSync(join(root, "a.yml"))).toBe(false);
    expect(readdirSync(root)).toEqual(["b"]);
  });
});
