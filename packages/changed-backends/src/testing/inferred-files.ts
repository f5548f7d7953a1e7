import type { ReadsQuestion } from "@fanfold-rigs/testbed";
import { compilePathGlob } from "../glob/path-glob.ts";
import type { ConcretePattern } from "../glob/pattern.ts";
import type { BuildQuestion, Inferred } from "../infer/build-inputs.ts";
import { Inference } from "../infer/inference.ts";
import { RepositoryTree, type TreeEntry } from "../infer/tree.ts";

/** What Fanfold infers of a build of the root, its Dockerfile and ignore file in their usual places. */
export function inferred(question: ReadsQuestion): Inferred {
  const { files = [], dockerfile, ignore, target, platform = "linux/amd64", args = {} } = question;
  const texts = new Map(files.flatMap(([path, link]) => (link === undefined ? [] : [[path, link] as const])));
  texts.set("Dockerfile", dockerfile);
  if (ignore !== undefined) texts.set(".dockerignore", ignore);
  const given = new RepositoryTree(
    [
      ...files.map(([path, link]) => ({ path, kind: link === undefined ? ("file" as const) : ("link" as const) })),
      ...["Dockerfile", ...(ignore === undefined ? [] : [".dockerignore"])].map((path) => ({
        path,
        kind: "file" as const,
      })),
    ],
    texts,
  );
  return new Inference(given).infer({
    dockerfile: "Dockerfile",
    context: "",
    target,
    platforms: [platform],
    arguments: { values: new Map(Object.entries(args)), open: false },
    contexts: new Map(),
  });
}

/** All patterns of it. */
export function patternsOf({ exact, context, repository }: Inferred): readonly ConcretePattern[] {
  const wide = [context, repository].flatMap((input) => (input === undefined ? [] : [input.pattern]));
  return [...exact.map(({ pattern }) => pattern), ...wide];
}

export function matching(patterns: readonly ConcretePattern[], paths: readonly string[]): readonly string[] {
  const tests = patterns.flatMap(({ alternatives }) => alternatives.map(compilePathGlob));
  return paths.filter((path) => tests.some((test) => test(path)));
}

/** A question with nothing else in it. */
export function build(question: Partial<BuildQuestion> & Pick<BuildQuestion, "dockerfile">): BuildQuestion {
  const nothing = { values: new Map<string, string>(), open: false };
  return {
    context: "",
    target: undefined,
    platforms: ["linux/amd64"],
    arguments: nothing,
    contexts: new Map(),
    ...question,
  };
}

/** A commit's tree with these texts; `others` say what is no file. */
export function tree(texts: Readonly<Record<string, string>>, ...others: readonly TreeEntry[]): RepositoryTree {
  const files = Object.keys(texts).filter((path) => !others.some((other) => other.path === path));
  return new RepositoryTree(
    [...files.map((path) => ({ path, kind: "file" as const })), ...others],
    new Map(Object.entries(texts)),
  );
}
