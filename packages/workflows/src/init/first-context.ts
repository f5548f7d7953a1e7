import { posix } from "node:path";
import {
  askedSources,
  type BuildQuestion,
  type Inference,
  type Inferred,
  type parseDockerfile,
  type RepositoryTree,
} from "@fanfold/changed-backends/internal";
import { isCalledDockerfile } from "../base/dockerfile-names.ts";

/** A context, from the repository's root, and what a build with it reads. */
export interface FirstContext {
  readonly context: string;
  readonly inferred: Inferred;
}

export interface ContextGround {
  readonly tree: RepositoryTree;
  readonly inference: Inference;
}

type Parsed = Extract<ReturnType<typeof parseDockerfile>, { readonly kind: "dockerfile" }>;

/** The nearest folder, from the Dockerfile's own up to the root, that holds most of what it copies. */
export function firstContext(
  dockerfile: string,
  { parsed, platform }: { readonly parsed: Parsed; readonly platform: string },
  { tree, inference }: ContextGround,
): FirstContext {
  const candidates = upwards(posix.dirname(dockerfile)).map((context) => {
    const question: BuildQuestion = {
      dockerfile,
      context,
      target: undefined,
      platforms: [platform],
      arguments: { values: new Map(), open: false },
      contexts: new Map(),
    };
    const inferred = inference.infer(question);
    const missing = askedSources(tree, question, parsed).filter(({ state }) => state !== "git").length;
    // A pattern that fits nothing is none of the sources that were asked for.
    const patterns = missing === 0 && inferred.repository !== undefined ? 1 : 0;
    // Who copies a whole folder of nothing but Dockerfiles means another one.
    const empty = inferred.context !== undefined && holdsNothingElse(context, tree) ? 1 : 0;
    return { context, inferred, faults: missing + patterns + empty };
  });
  const least = Math.min(...candidates.map(({ faults }) => faults));
  const found = candidates.find(({ faults }) => faults === least);
  if (found === undefined) throw new RangeError("a Dockerfile lies in a folder");
  return found;
}

function upwards(directory: string): readonly string[] {
  if (directory === ".") return ["."];
  return [directory, ...upwards(posix.dirname(directory))];
}

function holdsNothingElse(folder: string, tree: RepositoryTree): boolean {
  if (folder === ".") return false;
  const other = (path: string): boolean =>
    tree.kindOf(path) !== "folder" && !isCalledDockerfile(path) && !/\.dockerignore$|(?:^|\/)README\.md$/i.test(path);
  return !tree.someBelow(folder, other);
}
