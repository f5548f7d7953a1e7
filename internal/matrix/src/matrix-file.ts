import type { Diagnostic, Place } from "@fanfold-internal/kit/process/diagnostic";
import { isJsonObject, type Json, type JsonObject } from "@fanfold-internal/kit/read/json";
import { didYouMean, isSlipOf } from "@fanfold-internal/kit/read/nearest";
import { emptyKeyProblems, numberWarnings } from "@fanfold-internal/kit/read/yaml-slips";
import { type Parsed, parseYaml, type YamlSource } from "@fanfold-internal/kit/read/yaml-source";

/** What reading a matrix file finds, and what it means. */
export const MATRIX_FILE_CODES = {
  "no-lists": "The matrix file holds no list of entries.",
  "unknown-list": "A top-level key of the matrix file does not begin with `include`.",
  "list-not-a-list": "A list of the matrix file is a text or a mapping.",
  "entry-not-a-mapping": "An item of a list is not a mapping of keys to values.",
  "misspelt-tag-suffix": "A key of an entry is almost `tag-suffix`, and the entry has none.",
  "tag-suffix-not-text": "A `tag-suffix` is a number or a list; quote it.",
  "reserved-key": "An entry has the key `artifact-name`, which the plan adds.",
  "paths-not-a-list": "The `paths` of an entry must be a list of globs.",
} as const;

export type MatrixFileCode = keyof typeof MATRIX_FILE_CODES;

/** One build job of a matrix list. Keys are free and pass through untouched. */
export interface MatrixEntry {
  /** Absent: empty. */
  readonly "tag-suffix"?: string;
  readonly [key: string]: Json;
}

/** A top-level list of a matrix file, whose name begins with `include`: entries in the file's order. */
export interface MatrixList {
  /** `include`, `includeDarwin`, … */
  readonly name: string;
  readonly entries: readonly MatrixEntry[];
}

/** A matrix file as it was read: its lists, and where each value stands. */
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
    } else if (!hasTextSuffix(value)) {
      refuse(
        "tag-suffix-not-text",
        `tag-suffix must be text, found ${kindOf(value["tag-suffix"] ?? null)}`,
        'quote it; "" for the plain image',
        "tag-suffix",
      );
    } else {
      const slip = value["tag-suffix"] === undefined && Object.keys(value).find((key) => isSlipOf(key, "tag-suffix"));
      if (typeof slip === "string")
        refuse("misspelt-tag-suffix", `no tag-suffix, but ${JSON.stringify(slip)}`, "write tag-suffix", slip);
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

function hasTextSuffix(value: JsonObject): value is MatrixEntry {
  return value["tag-suffix"] === undefined || typeof value["tag-suffix"] === "string";
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
