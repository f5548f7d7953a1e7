import {
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { pageFile } from "./page-file.ts";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "fanfold-page-"));
});
afterEach(() => {
  rmSync(folder, { recursive: true });
});
const read = (name: string): string => readFileSync(join(folder, name), "utf8");

test("a page is written beside nothing else, over the one before", () => {
  pageFile("page.html", folder).write("<!doctype html>one");
  pageFile(join(folder, "page.html"), "/").write("two");
  expect(read("page.html")).toBe("two");
  expect(readdirSync(folder)).toEqual(["page.html"]);
});

test("a link stays a link", () => {
  writeFileSync(join(folder, "there.html"), "\n<!DOCTYPE HTML>old");
  symlinkSync("there.html", join(folder, "link.html"));
  pageFile("link.html", folder).write("new");
  expect(read("there.html")).toBe("new");
  expect(lstatSync(join(folder, "link.html")).isSymbolicLink()).toBe(true);
});

test.each([
  [
    "missing/page.html",
    /^missing\/page\.html: the page cannot be written: there is no directory .*missing; make the directory/,
  ],
  ["file/page.html", /there is no directory .*file;/],
  ["folder", /a file is expected, and something else is there/],
  ["/dev/null", /a file is expected, and something else is there/],
])("%s is refused before any work", (path, message) => {
  writeFileSync(join(folder, "file"), "");
  mkdirSync(join(folder, "folder"));
  expect(() => pageFile(path, folder)).toThrow(message);
});

test.each(["images: [ghcr.io/o/n]\n", "<svg/>", "{}", "<!doctype htmlx>"])("a file that says %j is kept", (text) => {
  writeFileSync(join(folder, "other"), text);
  expect(() => pageFile("other", folder)).toThrow(
    /^other: the page cannot be written: a file is there that is no page;/,
  );
  expect(read("other")).toBe(text);
});

test("an empty file is filled", () => {
  writeFileSync(join(folder, "made"), "");
  pageFile("made", folder).write("page");
  expect(read("made")).toBe("page");
});

test.each(["", "-"])("%j is no file", (path) => {
  expect(() => pageFile(path, folder)).toThrow(/^--html must name a file, found "-?"/);
});

test("what cannot be written leaves what was there", () => {
  writeFileSync(join(folder, "page.html"), "<html>old");
  const file = pageFile("page.html", folder);
  rmSync(join(folder, "page.html"));
  mkdirSync(join(folder, "page.html"));
  writeFileSync(join(folder, "page.html/kept"), "");
  expect(() => file.write("new")).toThrow(/page\.html: the page cannot be written: .*; name a file/);
  expect(readdirSync(folder)).toEqual(["page.html"]);
});
