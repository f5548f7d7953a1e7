import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
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
