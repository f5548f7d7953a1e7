import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type ApiPages, apiPages } from "./api-pages.ts";

const directory = mkdtempSync(join(tmpdir(), "fanfold-api-"));
let read: ApiPages;

beforeAll(async () => {
  read = await apiPages(directory);
});

afterAll(() => {
  rmSync(directory, { recursive: true });
});

test("every export of a package has a docstring", () => {
  expect(read.undocumented).toEqual([]);
});

test("docs/api is made from the docstrings; vitest -u writes it", async () => {
  expect(read.pages.size).toBe(5);
  for (const [name, page] of read.pages) {
    await expect(page).toMatchFileSnapshot(fileURLToPath(new URL(`../docs/api/${name}.md`, import.meta.url)));
  }
});
