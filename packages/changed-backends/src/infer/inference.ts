import { posix } from "node:path";
import { parseDockerfile } from "../dockerfile/dockerfile.ts";
import { type BuildQuestion, buildInputs, type DockerfileAt, type Inferred } from "./build-inputs.ts";
import type { ContextPatterns } from "./context-patterns.ts";
import { type FoundPath, findPath } from "./found-path.ts";
import { PLATFORM_ARGUMENTS } from "./platform.ts";
import type { ReadableTree } from "./tree.ts";

/** Says of builds what they read, from one commit's tree and texts alone. Equal questions are answered once. */
export class Inference {
  readonly #tree: ReadableTree;
  readonly #parse: typeof parseDockerfile;
  readonly #parsed = new Map<string, ReturnType<typeof parseDockerfile>>();
  readonly #files = new Map<string, DockerfileAt>();
  readonly #seen = new Map<string, ReadonlySet<string> | undefined>();
  readonly #contexts = new Map<string, ContextPatterns>();
  readonly #answers = new Map<string, Inferred>();

  /** `parse`: where the same texts are asked about in several trees. */
  constructor(tree: ReadableTree, parse: typeof parseDockerfile = parseDockerfile) {
    this.#tree = tree;
    this.#parse = parse;
  }

  /** The same object for questions that differ in nothing that counts. */
  infer(question: BuildQuestion): Inferred {
    const file = this.#fileOf(question);
    const key = JSON.stringify([
      ...[question.dockerfile, question.inline ?? null, question.context, question.target ?? "", question.platforms],
      ...[[...question.contexts], question.arguments.open, this.#usedArguments(question, file)],
    ]);
    const known = this.#answers.get(key);
    if (known !== undefined) return known;
    const answer = buildInputs({ tree: this.#tree, contexts: this.#contexts }, question, file);
    this.#answers.set(key, answer);
    return answer;
  }

  #usedArguments({ dockerfile, inline, arguments: { values } }: BuildQuestion, { parsed }: DockerfileAt): unknown {
    if (inline === undefined && !this.#seen.has(dockerfile)) this.#seen.set(dockerfile, seenArguments(parsed));
    const seen = inline === undefined ? this.#seen.get(dockerfile) : seenArguments(parsed);
    return [...values].filter(([name]) => seen?.has(name) !== false).toSorted();
  }

  #fileOf({ dockerfile, inline }: BuildQuestion): DockerfileAt {
    if (inline === undefined) return this.#dockerfileAt(dockerfile);
    return { found: { kind: "file", path: dockerfile, links: [] }, parsed: this.#parse(inline) };
  }

  #dockerfileAt(path: string): DockerfileAt {
    const known = this.#files.get(path);
    if (known !== undefined) return known;
    const file = this.#read(path);
    this.#files.set(path, file);
    return file;
  }

  #read(path: string): DockerfileAt {
    const found = findDockerfile(path, this.#tree);
    if (found === undefined || found.kind !== "file") return { found, parsed: undefined };
    const text = this.#tree.text(found.path);
    if (text === undefined) return { found, parsed: undefined };
    const parsed = this.#parsed.get(found.path) ?? this.#parse(text);
    this.#parsed.set(found.path, parsed);
    return { found, parsed };
  }
}

/** BuildKit takes `dockerfile` where there is no `Dockerfile`. */
export function findDockerfile(path: string, tree: ReadableTree): FoundPath | undefined {
  const found = findPath(path, tree);
  if (found !== undefined || posix.basename(path) !== "Dockerfile") return found;
  return findPath(`${path.slice(0, -10)}dockerfile`, tree);
}

/** The arguments that a Dockerfile can see: those that others have do not tell builds apart. Undefined: it may be any. */
function seenArguments(parsed: DockerfileAt["parsed"]): ReadonlySet<string> | undefined {
  if (parsed?.kind !== "dockerfile") return undefined;
  const instructions = [...parsed.globals, ...parsed.stages.flatMap((stage) => stage.instructions)];
  if (instructions.some(({ kind }) => kind === "onbuild")) return undefined;
  const names = instructions.flatMap((each) => (each.kind === "arg" ? each.assignments.map(({ name }) => name) : []));
  return new Set([...names, ...PLATFORM_ARGUMENTS, "TARGETSTAGE", "BUILDKIT_SYNTAX"]);
}
