import type { MatrixEntry } from "@fanfold/changed-backends";
import type { Checkout } from "@fanfold/changed-backends/internal";
import type { Diagnostic } from "@fanfold-internal/kit/process/diagnostic";
import { didYouMean } from "@fanfold-internal/kit/read/nearest";
import { fewNames } from "@fanfold-internal/kit/text/words";
import { type EntryRef, entryRefs } from "@fanfold-internal/matrix/find-image";
import type { CheckCode } from "../base/codes.ts";
import type { WorkflowConfig } from "../config/config.ts";
import type { Family } from "../config/family.ts";
import { BUILT_LIST } from "../config/lists.ts";

// A context may be somewhere else: https://docs.docker.com/build/concepts/context/#remote-context
const REMOTE = /^(?:[a-z][a-z0-9+.-]*:|git@)/i;

/** What git tracks. */
export interface TrackedFiles {
  readonly files: readonly string[];
  readonly submodules: readonly string[];
  readonly lfsFiles: readonly string[];
}

/** What git tracks in a checkout. */
export async function trackedIn(checkout: Checkout): Promise<TrackedFiles> {
  const [files, submodules, lfsFiles] = await Promise.all([
    checkout.trackedFiles(),
    checkout.submodules(),
    checkout.lfsFiles(),
  ]);
  return { files, submodules, lfsFiles };
}

/** Files, and the directories they are in. */
interface Tracked {
  readonly files: ReadonlySet<string>;
  readonly directories: ReadonlySet<string>;
}

/** Dockerfiles and contexts that are not there, each once, at the first entry that names them. */
export function checkFiles({ config, matrix }: Family, tracked: TrackedFiles): readonly Diagnostic<CheckCode>[] {
  const { files } = tracked;
  const known = { files: new Set(files), directories: new Set(files.flatMap(ancestors)) };
  const refs = entryRefs(matrix.lists).filter(({ list }) => list === BUILT_LIST);
  const missing = ([dockerfileFault, contextFault] as const).flatMap((faultOf, which) => {
    const key = which === 0 ? "dockerfile" : "context";
    return [...Map.groupBy(refs, ({ entry }) => textOf(entry, key))].flatMap(([value, [first, ...others]]) => {
      const fault = value === undefined ? undefined : faultOf(value, known);
      if (fault === undefined || first === undefined) return [];
      const also = others.length === 0 ? "" : ` (named by ${others.length + 1} entries)`;
      return [finding(`${key} ${JSON.stringify(value)}${also}: ${fault}`, key, first, matrix)];
    });
  });
  return [...missing, ...checkPointers(refs, matrix, tracked, config.config.workflow?.checkout ?? {})];
}

/** Content that the checkout of the generated workflow does not have. */
function checkPointers(
  refs: readonly EntryRef[],
  matrix: Family["matrix"],
  { submodules, lfsFiles }: TrackedFiles,
  checkout: NonNullable<WorkflowConfig["checkout"]>,
): readonly Diagnostic<CheckCode>[] {
  const kinds = [
    {
      code: "submodule-in-context",
      paths: (checkout.submodules ?? false) === false ? submodules : [],
      is: "is a submodule, which the generated workflow does not check out",
      key: "submodules: true",
    },
    {
      code: "lfs-in-context",
      paths: checkout.lfs === true ? [] : lfsFiles,
      is: "is in Git LFS, of which the generated workflow checks out the pointer alone",
      key: "lfs: true",
    },
  ] as const;
  return kinds.flatMap(({ code, paths, is, key: option }) =>
    (["dockerfile", "context"] as const).flatMap((key) =>
      [...Map.groupBy(refs, ({ entry }) => readPath(entry, key))].flatMap(
        ([value, [first, ...others]]): readonly Diagnostic<CheckCode>[] => {
          const found = value === undefined ? [] : paths.filter((path) => isRead(path, value, key));
          if (first === undefined || found.length === 0) return [];
          const also = others.length === 0 ? "" : ` (of ${others.length + 1} entries)`;
          const where = key === "context" ? "in the context" : "that the Dockerfile is read from";
          return [
            {
              code,
              severity: "warning",
              message: `${key} ${JSON.stringify(first.entry[key] ?? ".")}${also}: ${fewNames(found)} ${where} ${is}`,
              at: matrix.place(first.list, first.index, key),
              fix: `set workflow.checkout: { ${option} }, or keep them out of the build: move the context, or list them in .dockerignore`,
            },
          ];
        },
      ),
    ),
  );
}

/** A path of an entry from the root; undefined: nothing in the repository. */
function readPath(entry: MatrixEntry, key: "dockerfile" | "context"): string | undefined {
  const value = textOf(entry, key);
  if (value === undefined) return key === "context" ? "" : undefined;
  return REMOTE.test(value) ? undefined : fromRoot(value);
}

/** Whether a build reads what git tracks at a path: of a context all that is below it, of a Dockerfile itself. */
function isRead(path: string, value: string, key: "dockerfile" | "context"): boolean {
  const above = value === path || value.startsWith(`${path}/`);
  return above || (key === "context" && (value === "" || path.startsWith(`${value}/`)));
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
