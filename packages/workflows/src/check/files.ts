import type { MatrixEntry } from "@fanfold/changed-backends";
import type { Diagnostic } from "@fanfold-internal/kit/process/diagnostic";
import { didYouMean } from "@fanfold-internal/kit/read/nearest";
import { type EntryRef, entryRefs } from "@fanfold-internal/matrix/find-image";
import type { CheckCode } from "../base/codes.ts";
import type { Family } from "../config/family.ts";
import { BUILT_LIST } from "../config/lists.ts";

// A context may be somewhere else: https://docs.docker.com/build/concepts/context/#remote-context
const REMOTE = /^(?:[a-z][a-z0-9+.-]*:|git@)/i;

/** Files, and the directories they are in. */
interface Tracked {
  readonly files: ReadonlySet<string>;
  readonly directories: ReadonlySet<string>;
}

/** Dockerfiles and contexts that are not there, each once, at the first entry that names them. */
export function checkFiles({ matrix }: Family, files: readonly string[]): readonly Diagnostic<CheckCode>[] {
  const known = { files: new Set(files), directories: new Set(files.flatMap(ancestors)) };
  const refs = entryRefs(matrix.lists).filter(({ list }) => list === BUILT_LIST);
  return ([dockerfileFault, contextFault] as const).flatMap((faultOf, which) => {
    const key = which === 0 ? "dockerfile" : "context";
    return [...Map.groupBy(refs, ({ entry }) => textOf(entry, key))].flatMap(([value, [first, ...others]]) => {
      const fault = value === undefined ? undefined : faultOf(value, known);
      if (fault === undefined || first === undefined) return [];
      const also = others.length === 0 ? "" : ` (named by ${others.length + 1} entries)`;
      return [finding(`${key} ${JSON.stringify(value)}${also}: ${fault}`, key, first, matrix)];
    });
  });
}

function finding(
  message: string,
  key: string,
  { list, index }: EntryRef,
  matrix: Family["matrix"],
): Diagnostic<CheckCode> {
  return {
    code: key === "dockerfile" ? "dockerfile-missing" : "context-missing",
    severity: "error",
    message,
    at: matrix.place(list, index, key),
    fix: "paths start at the repository's root; correct it, or add what it names to git",
  };
}

function dockerfileFault(value: string, { files }: Tracked): string | undefined {
  const path = fromRoot(value);
  if (files.has(path) || isElsewhere(path, files)) return undefined;
  const dockerfiles = [...files].filter((file) => /dockerfile|containerfile/i.test(file));
  return `git tracks no such file${didYouMean(path, dockerfiles)}`;
}

function contextFault(value: string, { files, directories }: Tracked): string | undefined {
  const path = fromRoot(value);
  if (REMOTE.test(value) || path === "" || directories.has(path) || files.has(path) || isElsewhere(path, files)) {
    return undefined;
  }
  return `git tracks nothing in such a directory${didYouMean(path, directories)}`;
}

/** What lies in a submodule or behind a symbolic link, which git lists as one file. */
function isElsewhere(path: string, files: ReadonlySet<string>): boolean {
  return ancestors(path).some((directory) => files.has(directory));
}

function ancestors(path: string): readonly string[] {
  const parts = path.split("/");
  return parts.slice(1).map((_, index) => parts.slice(0, index + 1).join("/"));
}

function fromRoot(value: string): string {
  return value.replace(/^(?:\.\/+)+/, "").replace(/^\.$|\/+$/g, "");
}

function textOf(entry: MatrixEntry, key: string): string | undefined {
  const value = entry[key];
  return typeof value === "string" && value !== "" ? value : undefined;
}
