import { posix } from "node:path";
import type { Dockerfile } from "../dockerfile/dockerfile.ts";
import { type BuildQuestion, contextName } from "./build-inputs.ts";
import { contextReads } from "./context-reads.ts";
import { filePattern, isWild, mayMatchWithin } from "./file-pattern.ts";
import { followLinks } from "./follow-links.ts";
import { findPath } from "./found-path.ts";
import { ignoreFile } from "./ignore-file.ts";
import type { ReadableTree } from "./tree.ts";

/** A source of a Dockerfile that is not simply there. */
export interface AskedSource {
  /** 1-based. */
  readonly line: number;
  /** The instruction with this source alone: `COPY src`. */
  readonly label: string;
  /** From the context's root; a source that is all of it is empty. */
  readonly path: string;
  /** It is a pattern, and the build goes on where it fits nothing. */
  readonly wild: boolean;
  /**
   * `git`: `.git`, by its name or with the whole context. `ignored`: git tracks it, and the ignore file takes all of it
   * away. `outside`: it is not in the context, but at the same path of a folder above it. `untracked`: nowhere there; of a
   * pattern nothing is said then.
   */
  readonly state: "git" | "ignored" | "outside" | "untracked";
  /** Of `ignored` the ignore file, of `outside` where it is, from the repository's root. */
  readonly at: string | undefined;
}

/** Sources that a build would not find as git tracks them, or that are git's own; without what nobody knows. */
export function askedSources(
  tree: ReadableTree,
  question: BuildQuestion,
  dockerfile: Dockerfile,
): readonly AskedSource[] {
  const root = findPath(question.context, tree);
  if (root?.kind !== "folder") return [];
  const ignore = ignoreRules(tree, question, root.path);
  const found = new Map<string, AskedSource>();
  for (const platform of question.platforms.length === 0 ? [undefined] : question.platforms) {
    const reads = contextReads({
      dockerfile,
      arguments: question.arguments,
      platform,
      target: question.target,
      isReplaced: (stage) => [...question.contexts.keys()].some((name) => contextName(name) === stage),
    });
    if ("kind" in reads) return [];
    for (const { path, line, label, accompanied } of reads) {
      if (path === undefined) continue;
      const [inside, wild] = [path.slice(1), isWild(path)];
      // Beside another source a pattern may fit nothing on purpose: `COPY package.json yarn.lock* ./`.
      if (wild && accompanied) continue;
      const fault = (wild ? patternFault : faultOf)(inside, { tree, context: root.path, ignore });
      if (fault !== undefined) found.set(`${line} ${label}`, { line, label, path: inside, wild, ...fault });
    }
  }
  return [...found.values()];
}

interface Ground {
  readonly tree: ReadableTree;
  readonly context: string;
  readonly ignore: IgnoreRules | undefined;
}

function faultOf(path: string, { tree, context, ignore }: Ground): Pick<AskedSource, "state" | "at"> | undefined {
  if (path === ".git" || path.startsWith(".git/")) return { state: "git", at: undefined };
  if (path === "") {
    if (context === "" && ignore?.takesAway(".git") !== true) return { state: "git", at: undefined };
    const isLeft = (inside: string): boolean => ignore?.takesAway(inside) !== true;
    if (ignore === undefined || fitsSome("**", context, tree, isLeft)) return undefined;
    return { state: "ignored", at: ignore.file };
  }
  const here = posix.join(context, path);
  const there = findPath(here, tree);
  if (there === undefined) return notThere(path, context, tree);
  // What a link leads to has another name in the ignore file.
  if (there.links.length > 0 || there.kind === "gitlink" || ignore === undefined) return undefined;
  const inContext = (each: string): string => (context === "" ? each : each.slice(context.length + 1));
  const kept = (each: string): boolean => !ignore.takesAway(inContext(each));
  const isFile = (each: string): boolean => tree.kindOf(each) !== "folder";
  const some =
    there.kind === "file" ? kept(there.path) : tree.someBelow(there.path, (each) => isFile(each) && kept(each));
  return some ? undefined : { state: "ignored", at: ignore.file };
}

function patternFault(path: string, ground: Ground): Pick<AskedSource, "state" | "at"> | undefined {
  const { tree, context, ignore } = ground;
  const followed = followLinks(path, tree, context);
  // What a link leads to has another name in the ignore file.
  if (followed === undefined || followed.links.length > 0) return undefined;
  if (!fitsSome(path, context, tree, () => true)) {
    const at = foldersAbove(context).find((above) => fitsSome(path, above, tree, () => true));
    return at === undefined ? undefined : { state: "outside", at: posix.join(at, path) };
  }
  if (ignore === undefined || fitsSome(path, context, tree, (file) => !ignore.takesAway(file))) return undefined;
  return { state: "ignored", at: ignore.file };
}

/** Whether a pattern fits a file of a folder that passes, or a folder above it; a submodule may hold some that do. */
function fitsSome(pattern: string, folder: string, tree: ReadableTree, passes: (inside: string) => boolean): boolean {
  const { matches } = filePattern(pattern);
  return tree.someBelow(folder, (path) => {
    const inside = folder === "" ? path : path.slice(folder.length + 1);
    const kind = tree.kindOf(path);
    if (kind === "gitlink") return mayMatchWithin(pattern, inside);
    // What nobody knows may fit.
    return kind !== "folder" && upwards(inside).some((each) => matches(each) !== false) && passes(inside);
  });
}

function upwards(path: string): readonly string[] {
  return path.split("/").map((_, index, parts) => parts.slice(0, index + 1).join("/"));
}

function notThere(path: string, context: string, tree: ReadableTree): Pick<AskedSource, "state" | "at"> {
  const at = foldersAbove(context)
    .map((above) => posix.join(above, path))
    .find((each) => findPath(each, tree) !== undefined);
  return at === undefined ? { state: "untracked", at } : { state: "outside", at };
}

/** The nearest first; of the root none. */
function foldersAbove(context: string): readonly string[] {
  return context === "" ? [] : [...upwards(context).slice(0, -1).toReversed(), ""];
}

/** What takes files out of a context. */
interface IgnoreRules {
  /** From the repository's root. */
  readonly file: string;
  /** Of a path from the context's root. */
  readonly takesAway: (path: string) => boolean;
}

/** The ignore file that holds: beside the Dockerfile, else that of the context. Undefined: there is none, or no text of it. */
export function ignoreRules(
  tree: ReadableTree,
  { dockerfile }: BuildQuestion,
  context: string,
): IgnoreRules | undefined {
  const file = [`${dockerfile}.dockerignore`, posix.join(context, ".dockerignore")].find(
    (each) => findPath(each, tree) !== undefined,
  );
  const text = file === undefined ? undefined : tree.text(findPath(file, tree)?.path ?? "");
  if (file === undefined || text === undefined) return undefined;
  const read = ignoreFile(text);
  return { file, takesAway: (path) => read.takesAway(path) };
}
