import { compileInputs, type InputRule, matchRules, rulesOf } from "@fanfold/changed-backends/internal";
import { Minimatch } from "minimatch";
import picomatch from "picomatch";
import { type MatchingInput, realInput, syntheticInput } from "./matching-input.ts";

export interface MatchingRow {
  readonly input: string;
  readonly way: string;
  /** Milliseconds: the first run, and the median of all. */
  readonly first: number;
  readonly median: number;
  /** Median over that of `matchRules`. */
  readonly ratio: number;
  readonly selected: number;
}

interface Way {
  readonly name: string;
  /** The number of entries with at least one changed file. */
  readonly run: () => number;
}

/** A rule's globs as text, for the libraries that start from text. */
interface TextRule {
  readonly paths: readonly string[];
  readonly except: readonly string[];
}

type Predicate = (path: string) => boolean;

const RUNS = 7;

/**
 * Times Fanfold's matching against loops over entries, on the same input in this process. Each way starts from rules
 * with their values in them, builds what it needs, and stops at an entry's first file unless its name says otherwise.
 *
 * @throws Error when two ways do not select the same number of entries
 */
export function benchMatching(): readonly MatchingRow[] {
  const real = realInput();
  return [syntheticInput(), ...(real === undefined ? [] : [real])].flatMap(benchInput);
}

export function printMatching(rows: readonly MatchingRow[]): void {
  for (const { input, way, first, median, ratio, selected } of rows) {
    const cells = [input.padEnd(12), way.padEnd(46), cell(first, "ms"), cell(median, "ms"), cell(ratio, "x"), selected];
    console.log(cells.join("  "));
  }
}

function benchInput(input: MatchingInput): readonly MatchingRow[] {
  const { entries, files } = input;
  const keys = new Set(entries.flatMap((entry) => Object.keys(entry)));
  const { inputs, problems } = compileInputs(input.config, { keys, lists: ["include"] });
  if (problems.length > 0) throw new Error(`the bench's own rules are refused: ${problems[0]?.message}`);
  const rules = entries.map((entry) => rulesOf(entry, "include", inputs));
  const texts = rules.map((of) => of.map(textRule));
  const ignore = inputs.ignore.map(({ text }) => text);
  const pico = (globs: readonly string[]): Predicate =>
    globs.length === 0 ? () => false : picomatch(globs, { dot: true });

  const ways: readonly Way[] = [
    { name: "matchRules", run: () => countHits(rules, inputs.ignore, files) },
    {
      name: "matchRules, values put into the rules too",
      run: () =>
        countHits(
          entries.map((entry) => rulesOf(entry, "include", inputs)),
          inputs.ignore,
          files,
        ),
    },
    { name: "prefixes and suffixes by hand, per entry", run: () => countSelected(texts, ignore, files, byHand) },
    { name: "picomatch, per entry", run: () => countSelected(texts, ignore, files, pico) },
    { name: "picomatch, per entry, all files", run: () => countSelected(texts, ignore, files, pico, true) },
    { name: "minimatch, per entry", run: () => countSelected(texts, ignore, files, mini) },
  ];
  return timeAll(`${input.name} ${files.length}x${entries.length}`, ways);
}

function timeAll(input: string, ways: readonly Way[]): readonly MatchingRow[] {
  const timed = ways.map((way) => ({ way: way.name, ...time(way) }));
  const [own] = timed;
  for (const { way, selected } of timed) {
    if (selected !== own?.selected) throw new Error(`${way} selects ${selected} entries, ${own?.way} ${own?.selected}`);
  }
  return timed.map((row) => ({ input, ...row, ratio: row.median / (own?.median ?? row.median) }));
}

function time({ run }: Way): { readonly first: number; readonly median: number; readonly selected: number } {
  let selected = 0;
  const times = Array.from({ length: RUNS }, () => {
    const start = performance.now();
    selected = run();
    return performance.now() - start;
  });
  const median = times.toSorted((a, b) => a - b)[RUNS >> 1] ?? 0;
  return { first: times[0] ?? 0, median, selected };
}

function countHits(
  rules: readonly (readonly InputRule[])[],
  ignore: InputRule["paths"],
  files: readonly string[],
): number {
  return new Set(matchRules(rules, ignore, files).hits.map(({ entry }) => entry)).size;
}

function countSelected(
  entries: readonly (readonly TextRule[])[],
  ignore: readonly string[],
  files: readonly string[],
  compile: (globs: readonly string[]) => Predicate,
  allFiles = false,
): number {
  const ignored = compile(ignore);
  const causes = files.filter((file) => !ignored(file));
  return entries.filter((rules) => {
    const meets = rules.map(({ paths, except }) => {
      const includes = compile(paths);
      const excludes = compile(except);
      return (file: string) => includes(file) && !excludes(file);
    });
    const meetsAny = (file: string) => meets.some((rule) => rule(file));
    return allFiles ? causes.filter(meetsAny).length > 0 : causes.some(meetsAny);
  }).length;
}

function mini(globs: readonly string[]): Predicate {
  const options = { dot: true, nocomment: true, nonegate: true } as const;
  const matchers = globs.map((glob) => new Minimatch(glob, options));
  return (path) => matchers.some((matcher) => matcher.match(path));
}

// As scripts without a glob library do it; only for the forms of glob that the bench's rules have.
function byHand(globs: readonly string[]): Predicate {
  const tests = globs.map((glob): Predicate => {
    if (glob.endsWith("/**")) return startsWith(glob.slice(0, -2));
    if (!glob.includes("*")) return (path) => path === glob;
    if (glob.startsWith("**/*.")) return (path) => path.endsWith(glob.slice(4));
    if (glob === "**/*_test.*") return (path) => path.slice(path.lastIndexOf("/") + 1).includes("_test.");
    const [head = "", tail = ""] = glob.split("*");
    return (path) => path.startsWith(head) && path.endsWith(tail) && !path.slice(head.length).includes("/");
  });
  return (path) => tests.some((test) => test(path));
}

function startsWith(prefix: string): Predicate {
  return (path) => path.startsWith(prefix);
}

function textRule({ paths, except }: InputRule): TextRule {
  return { paths: paths.map(({ text }) => text), except: except.map(({ text }) => text) };
}

function cell(value: number, unit: string): string {
  return `${value.toFixed(1)} ${unit}`.padStart(11);
}
