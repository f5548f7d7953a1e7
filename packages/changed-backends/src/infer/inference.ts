import { posix } from "node:path";
import { parseDockerfile } from "../dockerfile/dockerfile.ts";
import { type BuildQuestion, buildInputs, type DockerfileAt, type Inferred } from "./build-inputs.ts";
import type { BuildArguments } from "./context-reads.ts";
import { type FoundPath, findPath } from "./found-path.ts";
import { PLATFORM_ARGUMENTS } from "./platform.ts";
import type { RepositoryTree } from "./tree.ts";

/** Says of builds what they read, from one commit's tree and texts alone. Equal questions are answered once. */
export class Inference {
  readonly #tree: RepositoryTree;
  readonly #parsed = new Map<string, ReturnType<typeof parseDockerfile>>();
  readonly #answers = new Map<string, Inferred>();

  constructor(tree: RepositoryTree) {
    this.#tree = tree;
  }

  /** The same object for questions that differ in nothing that counts. */
  infer(question: BuildQuestion): Inferred {
    const file = this.#dockerfileAt(question.dockerfile);
    const key = JSON.stringify([
      ...[question.dockerfile, question.context, question.target ?? "", question.platforms],
      ...[[...question.contexts], question.arguments.open, usedArguments(file.parsed, question.arguments)],
    ]);
    const known = this.#answers.get(key);
    if (known !== undefined) return known;
    const answer = buildInputs(this.#tree, question, file);
    this.#answers.set(key, answer);
    return answer;
  }

  #dockerfileAt(path: string): DockerfileAt {
    const found = findPath(path, this.#tree) ?? lowerCase(path, this.#tree);
    if (found === undefined || found.kind !== "file") return { found, parsed: undefined };
    const text = this.#tree.text(found.path);
    if (text === undefined) return { found, parsed: undefined };
    const parsed = this.#parsed.get(found.path) ?? parseDockerfile(text);
    this.#parsed.set(found.path, parsed);
    return { found, parsed };
  }
}

// BuildKit takes `dockerfile` where there is no `Dockerfile`.
function lowerCase(path: string, tree: RepositoryTree): FoundPath | undefined {
  return posix.basename(path) === "Dockerfile" ? findPath(`${path.slice(0, -10)}dockerfile`, tree) : undefined;
}

/** The arguments that a Dockerfile can see: those that others have do not tell builds apart. */
function usedArguments(parsed: DockerfileAt["parsed"], { values }: BuildArguments): unknown {
  if (parsed?.kind !== "dockerfile") return [...values].toSorted();
  const instructions = [...parsed.globals, ...parsed.stages.flatMap((stage) => stage.instructions)];
  if (instructions.some(({ kind }) => kind === "onbuild")) return [...values].toSorted();
  const names = instructions.flatMap((each) => (each.kind === "arg" ? each.assignments.map(({ name }) => name) : []));
  const used = new Set([...names, ...PLATFORM_ARGUMENTS, "TARGETSTAGE", "BUILDKIT_SYNTAX"]);
  return [...values].filter(([name]) => used.has(name)).toSorted();
}
