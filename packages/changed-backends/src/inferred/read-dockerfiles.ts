import { posix } from "node:path";
import { systemCodeOf } from "@fanfold-internal/kit/process/errors";
import { type Dockerfile, parseDockerfile } from "../dockerfile/dockerfile.ts";
import { isKnownFrontend } from "../infer/build-inputs.ts";
import { isBehindLink } from "../infer/found-path.ts";
import { findDockerfile } from "../infer/inference.ts";
import type { ReadableTree } from "../infer/tree.ts";
import { asWritten } from "./build-question.ts";
import { type BuiltCommit, type BuiltEntries, commitOf } from "./infer-inputs.ts";
import { wantedFiles } from "./inferred-inputs.ts";
import { readTree } from "./repository-tree.ts";

/**
 * A Dockerfile as far as it is known. `absent`: there is none, unless something makes it before the build. `refused`: BuildKit
 * would refuse it, so that nothing is built by it. `unread`: nobody knows what it says, or what its frontend makes of it.
 */
export type ReadDockerfile =
  | { readonly kind: "dockerfile"; readonly dockerfile: Dockerfile }
  | { readonly kind: "absent" | "refused" | "unread" };

interface SingleFiles {
  /** @throws with the code ENOENT where there is no such file. */
  readonly readInput: (path: string) => Promise<string>;
}

// Where there is no tree each takes a call of its own.
const MAX_SINGLE_FILES = 64;

/**
 * The Dockerfiles at these paths, as the commit has them that is built; where its tree cannot be had, as they are read one
 * by one, and so where no commit is meant, but what lies there. The tree is read with all that inference asks of it. `head`:
 * as `commitOf` takes it.
 */
export async function readDockerfiles(
  request: (BuiltCommit & SingleFiles) | SingleFiles,
  { paths, matrix, buildOf = asWritten }: WantedDockerfiles,
  head: string | null,
): Promise<ReadonlyMap<string, ReadDockerfile>> {
  const asked = [...new Set(paths)];
  if (asked.length === 0) return new Map();
  if (!("sources" in request)) return readEach(asked, request);
  const { root, sources } = request;
  const wanted = wantedFiles(matrix.lists, buildOf);
  const read = await readTree({ root, commit: commitOf(request, head), sources, wanted });
  if (read.kind === "tree") return new Map(asked.map((path) => [path, dockerfileIn(path, read.tree)]));
  if (asked.length > MAX_SINGLE_FILES) return new Map(asked.map((path) => [path, { kind: "unread" }]));
  return readEach(asked, request);
}

async function readEach(paths: readonly string[], files: SingleFiles): Promise<ReadonlyMap<string, ReadDockerfile>> {
  const found: [string, ReadDockerfile][] = [];
  for (const path of paths) found.push([path, await readAlone(path, files)]);
  return new Map(found);
}

/** Some Dockerfiles of entries. */
interface WantedDockerfiles extends Pick<BuiltEntries, "matrix" | "buildOf"> {
  readonly paths: readonly string[];
}

export function dockerfileIn(
  path: string,
  tree: ReadableTree,
  parse: typeof parseDockerfile = parseDockerfile,
): ReadDockerfile {
  const found = findDockerfile(path, tree);
  if (found === undefined) return { kind: isBehindLink(path, tree) ? "unread" : "absent" };
  if (found.kind === "folder") return { kind: "refused" };
  const text = tree.text(found.path);
  return text === undefined ? { kind: "unread" } : parsed(text, parse);
}

async function readAlone(path: string, { readInput }: SingleFiles): Promise<ReadDockerfile> {
  try {
    return parsed(await readInput(path));
  } catch (error) {
    const code = systemCodeOf(error) ?? "";
    if (!["ENOENT", "ENOTDIR"].includes(code)) return { kind: "unread" };
    const other = lowerCase(path);
    return other === undefined ? { kind: "absent" } : readAlone(other, { readInput });
  }
}

function parsed(text: string, parse: typeof parseDockerfile = parseDockerfile): ReadDockerfile {
  const dockerfile = parse(text);
  if (dockerfile.kind === "too-long" || !isKnownFrontend(dockerfile.syntax)) return { kind: "unread" };
  return dockerfile.kind === "refused" ? { kind: "refused" } : { kind: "dockerfile", dockerfile };
}

/** BuildKit takes `dockerfile` where there is no `Dockerfile`. */
function lowerCase(path: string): string | undefined {
  return posix.basename(path) === "Dockerfile" ? posix.join(posix.dirname(path), "dockerfile") : undefined;
}
