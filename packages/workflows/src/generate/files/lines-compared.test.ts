import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";

const PACKAGE = join(import.meta.dirname, "../../..");
const CASE = join(PACKAGE, "testdata/generate/ok/incumbent");

const lines = (file: string): number => readFileSync(file, "utf8").trimEnd().split("\n").length;

test("the lines that the documentation compares are those of a config with the incumbent's capabilities", () => {
  const generated = readdirSync(join(CASE, "expected"), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => lines(join(entry.parentPath, entry.name)));
  const text = readFileSync(join(PACKAGE, "README.md"), "utf8");
  expect(text).toContain(`| ${lines(join(CASE, "fanfold.yml"))} lines of config |`);
  expect(text).toContain(`| ${generated.reduce((sum, count) => sum + count, 0)} lines in six files |`);
  expect(generated).toHaveLength(6);
});
