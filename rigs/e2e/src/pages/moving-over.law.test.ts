import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { compileInputs, RuleMatcher, rulesOf } from "@fanfold/changed-backends/internal";
import { parseConfig } from "@fanfold/workflows";
import fc from "fast-check";
import micromatch from "micromatch";
import { describe, expect, test } from "vitest";
import { parse } from "yaml";

const page = readFileSync(fileURLToPath(new URL("../../../../docs/moving-over.md", import.meta.url)), "utf8");

const BACKENDS = ["api", "web"];

/** Which of the images a changed file selects. */
type Choice = (path: string) => readonly string[];

/** By the rules of a config; Dockerfiles are not looked at. */
function chosenHere(config: string): Choice {
  const parsed = parseConfig(config, ".github/fanfold.yml");
  if (parsed.kind === "invalid") throw new Error(JSON.stringify(parsed.problems));
  const { inputs, problems } = compileInputs(parsed.value.config, { keys: new Set(["backend"]), lists: ["include"] });
  expect(problems).toEqual([]);
  const rules = BACKENDS.map((backend) => rulesOf({ backend }, "include", inputs));
  const matcher = new RuleMatcher(rules, inputs.ignore);
  return (path) => {
    const entries = new Set(matcher.match([path]).hits.map(({ entry }) => entry));
    return BACKENDS.filter((_, entry) => entries.has(entry));
  };
}

/** As paths-filter asks picomatch (`src/filter.ts` of v4): any of the patterns of a filter, or every one. */
function chosenByFilters(text: string, every: boolean): Choice {
  const filters = patternsByKey(text);
  return (path) =>
    BACKENDS.filter((name) => {
      const answers = (filters[name] ?? []).map((pattern) => micromatch.isMatch(path, pattern, { dot: true }));
      return every ? answers.every(Boolean) : answers.some(Boolean);
    });
}

/** As changed-files asks micromatch (`src/utils.ts` of v47): all patterns of a key in turn, those to ignore with a `!`. */
function chosenByFilesYaml(files: string, ignored: string): Choice {
  const [patterns, ignore] = [patternsByKey(files), patternsByKey(ignored)];
  return (path) =>
    BACKENDS.filter((name) => {
      const all = [...(patterns[name] ?? []), ...(ignore[name] ?? []).map((pattern) => `!${pattern}`)];
      return micromatch([path], all, { dot: true, noext: true }).length > 0;
    });
}

function patternsByKey(text: string): Readonly<Record<string, readonly string[]>> {
  const read: Record<string, readonly (string | readonly string[])[]> = parse(text);
  return Object.fromEntries(Object.entries(read).map(([key, items]) => [key, items.flat()]));
}

/** Blocks of the page that stand for the same, side by side: those of a tool, and the config after them. */
function pairs(): readonly {
  readonly title: string;
  readonly there: Choice;
  readonly here: Choice;
  readonly words: readonly string[];
}[] {
  const [, part = ""] = page.split("\n### The same choice\n");
  const blocks = [...(part.split("\n## ")[0] ?? "").matchAll(/^```yaml ([^\n]+)\n([\s\S]*?)^```$/gm)];
  const found = [];
  let before: string[] = [];
  for (const [, info = "", text = ""] of blocks) {
    if (info !== ".github/fanfold.yml") {
      before.push(info, text);
      continue;
    }
    const [kind = "", first = "", , second = ""] = before;
    const there =
      kind === "files_yaml" ? chosenByFilesYaml(first, second) : chosenByFilters(first, kind.endsWith("every"));
    found.push({ title: kind, there, here: chosenHere(text), words: wordsIn([...before, text].join("\n")) });
    before = [];
  }
  return found;
}

/** Whether a pattern of the page goes on below a path. */
const isFolder = (path: string): boolean =>
  ["libs", "assets", ...BACKENDS.map((name) => `services/${name}/docs`)].some((folder) =>
    `${folder}/`.startsWith(`${path}/`),
  );

/** What paths are made of: the words of patterns, and some that are in none. */
function wordsIn(text: string): readonly string[] {
  const words = text.match(/[A-Za-z][\w.]*/g) ?? [];
  return [...new Set([...words, "README.md", "main.go", "main_test.go", "style.css", "logo.svg", ".env", "x"])];
}

describe("the same choice", () => {
  test("the page has a pair for each tool and option", () => {
    expect(pairs().map(({ title }) => title)).toEqual(["filters", "filters every", "files_yaml"]);
  });

  test.each(pairs().map((pair) => [pair.title, pair] as const))("%s", (_, { there, here, words }) => {
    const path = fc.array(fc.constantFrom(...words), { minLength: 1, maxLength: 4 }).map((parts) => parts.join("/"));
    const seen = new Set<string>();
    fc.assert(
      fc.property(path, (each) => {
        seen.add(there(each).join());
        // What lies where a folder of a pattern would be is a link or a submodule, and counts here with what is in it.
        if (isFolder(each)) expect(here(each), each).toEqual(expect.arrayContaining([...there(each)]));
        else expect(here(each), each).toEqual(there(each));
      }),
      { numRuns: 3000 },
    );
    // Paths of all kinds were among them.
    expect([...seen].toSorted()).toEqual(expect.arrayContaining(["", "api", "web"]));
  });
});

/** A row of the table of patterns: what each side says of a path; null: refused. */
const ROWS: readonly (readonly [pattern: string, path: string, there: boolean, here: boolean | null])[] = [
  ["**.md", "docs/x.md", true, false],
  ["**.md", "x.md", true, true],
  ["!docs/**", "src/x", true, null],
  ["./src/**", "src/x", true, null],
  ["/src/**", "src/x", false, null],
  ["src/", "src/x", false, null],
  ["[ab]/**", "a", true, false],
  ["[ab]/**", "a/x", true, true],
];

test.each(ROWS)("pattern %s, path %s", (pattern, path, there, here) => {
  expect(page).toContain(`| \`${pattern}\` |`);
  expect(micromatch.isMatch(path, pattern, { dot: true })).toBe(there);
  const config = parseConfig(JSON.stringify({ inputs: [{ paths: [pattern] }] }), ".github/fanfold.yml");
  if (config.kind === "invalid") {
    expect(here).toBeNull();
    return;
  }
  const { inputs, problems } = compileInputs(config.value.config, { keys: new Set(), lists: ["include"] });
  if (problems.length > 0) {
    expect(here).toBeNull();
    return;
  }
  expect(new RuleMatcher([rulesOf({}, "include", inputs)], inputs.ignore).match([path]).hits.length > 0).toBe(here);
});
