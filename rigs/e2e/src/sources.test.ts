import { readFileSync } from "node:fs";
import { expect, test } from "vitest";

const read = (path: string): string => readFileSync(new URL(`../../../${path}`, import.meta.url), "utf8");

const WEB = /\]\(https:\/\/[^)]+\)/;

test("docs/limits.md: every limit has its source", () => {
  const rows = read("docs/limits.md")
    .split("\n")
    .filter((line) => line.startsWith("| ") && !line.startsWith("| limit |"));
  expect(rows.length).toBeGreaterThan(30);
  expect(rows.filter((row) => !WEB.test(row.split(" | ")[0] ?? ""))).toEqual([]);
});

test("docs/registries.md: whatever is said of a registry has its source", () => {
  const [, ...sections] = read("docs/registries.md").split(/^## /m);
  expect(sections.length).toBeGreaterThanOrEqual(7);
  const said = sections.flatMap((section) => section.split(/^- /m).slice(1));
  expect(said.length).toBeGreaterThan(20);
  expect(said.filter((text) => !/\]\([^)]+\)/.test(text))).toEqual([]);
  expect(sections.filter((section) => !WEB.test(section))).toEqual([]);
});

test("docs/performance.md: every figure has a bench, and every bench is there", () => {
  const source = read("rigs/bench/src/bench.ts");
  const [, list = ""] = /const benches = \{\n([\s\S]*?)^\};/m.exec(source) ?? [];
  const benches = [...list.matchAll(/^ {2}([a-z]+):/gm)].map(([, name = ""]) => name);
  const page = read("docs/performance.md");
  const rows = page.split("\n").filter((line) => line.startsWith("| ") && !/^\| (?:bench|work|figure) \|/.test(line));
  const named = rows.map((row) => /npm run bench -- ([a-z]+)|rigs\/e2e\/src\/size\.itg\.test\.ts/.exec(row));
  expect(rows.filter((_, index) => named[index] === null)).toEqual([]);
  const known = named.flatMap((found) => found?.[1] ?? []);
  expect(known.filter((name) => !benches.includes(name))).toEqual([]);
  expect(benches.filter((name) => !known.includes(name))).toEqual([]);
});
