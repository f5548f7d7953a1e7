import type { Diagnostic, Place } from "@fanfold-internal/kit/process/diagnostic";
import { isJsonObject, type Json, type JsonObject } from "@fanfold-internal/kit/read/json";
import { didYouMean, nearest } from "@fanfold-internal/kit/read/nearest";
import { emptyKeyProblems, numberWarnings } from "@fanfold-internal/kit/read/yaml-slips";
import { type Parsed, parseYaml, type YamlSource } from "@fanfold-internal/kit/read/yaml-source";

/** What reading a matrix file finds, and what it means. */
export const MATRIX_FILE_CODES = {
  "no-lists": "The matrix file holds no list of entries.",
  "unknown-list": "A top-level key of the matrix file does not begin with `include`.",
  "list-not-a-list": "A list of the matrix file is a text or a mapping.",
  "entry-not-a-mapping": "An item of a list is not a mapping of keys to values.",
  "no-tag-suffix": "An entry does not name its image.",
  "tag-suffix-not-text": "A `tag-suffix` is a number or a list; quote it.",
  "reserved-key": "An entry has the key `artifact-name`, which the plan adds.",
  "paths-not-a-list": "The `paths` of an entry must be a list of globs.",
  "suffix-in-two-lists": "One `tag-suffix` stands in two lists, and an image is built from one.",
} as const;

export type MatrixFileCode = keyof typeof MATRIX_FILE_CODES;

/** One build job of a matrix list. Keys are free and pass through untouched. */
export interface MatrixEntry {
  readonly "tag-suffix": string;
  readonly [key: string]: Json;
}

export interface MatrixList {
  /** `include`, `includeDarwin`, … */
  readonly name: string;
  readonly entries: readonly MatrixEntry[];
}

export interface MatrixFile {
  readonly file: string;
  readonly lists: readonly MatrixList[];
  readonly warnings: readonly Diagnostic[];
  /** Where an entry stands, or the value of one of its keys, or an item of that. */
  place(list: string, entry: number, key?: string, item?: number): Place;
}

/** Reads a matrix file's text (YAML, and so JSON), with all its faults at once. */
export function parseMatrixFile(text: string, file: string): Parsed<MatrixFile> {
  const source = parseYaml(text, file);
  return source.kind === "ok" ? readLists(source.value) : source;
}

function readLists(source: YamlSource): Parsed<MatrixFile> {
  const { file, value } = source;
  if (!isJsonObject(value)) {
    return invalid([
      {
        code: "no-lists",
        message: `expected lists named include, includeX, …; found ${kindOf(value)}`,
        at: source.place([]),
      },
    ]);
  }
  const problems: MatrixProblem[] = [];
  const lists: MatrixList[] = [];
  for (const [name, list] of Object.entries(value)) {
    if (!name.startsWith("include")) {
      problems.push({
        code: "unknown-list",
        message: `unknown top-level key "${name}"${didYouMean(name, ["include"])}`,
        at: source.placeOfKey([name]),
        fix: "a matrix file holds data only: lists whose names start with include",
      });
    } else if (!Array.isArray(list)) {
      problems.push({
        code: "list-not-a-list",
        message: `"${name}" must be a list of entries, found ${kindOf(list)}`,
        at: source.place([name]),
        fix: `write "${name}: []" for an empty list`,
      });
    } else {
      lists.push({ name, entries: readEntries(source, name, list, problems) });
    }
  }
  if (lists.length === 0 && problems.length === 0) {
    problems.push({
      code: "no-lists",
      message: "no matrix list",
      at: { file },
      fix: "add a top-level list named include",
    });
  }
  problems.push(...suffixesInTwoLists(source, lists));
  const slips = emptyKeyProblems(source);
  if (slips.length + problems.length > 0) return invalid(problems, slips);
  const warnings = numberWarnings(source);
  const place = (list: string, entry: number, ...rest: readonly (string | number | undefined)[]): Place =>
    source.place([list, entry, ...rest.filter((step) => step !== undefined)]);
  return { kind: "ok", value: { file, lists, warnings, place } };
}

function readEntries(
  source: YamlSource,
  list: string,
  values: readonly Json[],
  problems: MatrixProblem[],
): readonly MatrixEntry[] {
  const entries: MatrixEntry[] = [];
  for (const [index, value] of values.entries()) {
    const refuse = (code: MatrixFileCode, message: string, fix: string, key?: string) =>
      problems.push({
        code,
        message: `${list}[${index}]: ${message}`,
        at: source.place(key === undefined ? [list, index] : [list, index, key]),
        fix,
      });
    if (!isJsonObject(value)) {
      refuse(
        "entry-not-a-mapping",
        `expected an entry (keys and values), found ${kindOf(value)}`,
        "write one mapping per build job",
      );
    } else if (!hasTagSuffix(value)) {
      const found = value["tag-suffix"];
      const misspelt = nearest("tag-suffix", Object.keys(value));
      if (found === undefined)
        refuse(
          "no-tag-suffix",
          `no tag-suffix${misspelt === undefined ? "" : `, but "${misspelt}"`}`,
          'every entry names its image: tag-suffix: "-cpu-x", or "" for the plain one',
        );
      else
        refuse(
          "tag-suffix-not-text",
          `tag-suffix must be text, found ${kindOf(found)}`,
          'quote it; "" for the plain image',
          "tag-suffix",
        );
    } else {
      if ("artifact-name" in value)
        refuse("reserved-key", "artifact-name is given to entries by the plan", "remove the key", "artifact-name");
      const { paths } = value;
      if (paths !== undefined && !isTextList(paths))
        refuse("paths-not-a-list", "paths must be a list of globs", 'write paths: ["dir/**"]', "paths");
      entries.push(value);
    }
  }
  return entries;
}

/** A group is never split over two lists: their jobs run in different workflows and are merged apart. */
function suffixesInTwoLists(source: YamlSource, lists: readonly MatrixList[]): readonly MatrixProblem[] {
  const problems: MatrixProblem[] = [];
  const home = new Map<string, string>();
  for (const { name, entries } of lists) {
    for (const [index, { "tag-suffix": suffix }] of entries.entries()) {
      const first = home.get(suffix);
      if (first === undefined) home.set(suffix, name);
      else if (first !== name) {
        problems.push({
          code: "suffix-in-two-lists",
          message: `tag-suffix ${JSON.stringify(suffix)} stands in ${first} and in ${name}`,
          at: source.place([name, index, "tag-suffix"]),
          fix: "one image is built from one list; rename one of them",
        });
      }
    }
  }
  return problems;
}

function hasTagSuffix(value: JsonObject): value is JsonObject & { readonly "tag-suffix": string } {
  return typeof value["tag-suffix"] === "string";
}

function isTextList(value: Json): boolean {
  return Array.isArray(value) && value.every((item) => typeof item === "string");
}

function invalid(problems: readonly MatrixProblem[], slips: readonly Diagnostic[] = []): Parsed<never> {
  const found = problems.map((problem): Diagnostic => ({ ...problem, severity: "error" }));
  return { kind: "invalid", problems: [...slips, ...found] };
}

type MatrixProblem = Omit<Diagnostic<MatrixFileCode>, "severity">;

function kindOf(value: Json): string {
  if (value === null) return "nothing";
  if (Array.isArray(value)) return "a list";
  return typeof value === "object" ? "a mapping" : `the ${typeof value} ${JSON.stringify(value)}`;
}
