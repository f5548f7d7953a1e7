import { posix } from "node:path";
import type { parseDockerfile } from "../dockerfile/dockerfile.ts";
import type { Refusal } from "../dockerfile/refusal.ts";
import type { ConcretePattern } from "../glob/pattern.ts";
import { ContextPatterns } from "./context-patterns.ts";
import { type BuildArguments, type ContextRead, contextReads } from "./context-reads.ts";
import { type FoundPath, findPath, isBehindLink } from "./found-path.ts";
import type { ReadableTree } from "./tree.ts";

/** What is built. Paths start at the repository's root. */
export interface BuildQuestion {
  readonly dockerfile: string;
  /** Its text, where it is no file; `dockerfile` is then what messages call it. */
  readonly inline?: string;
  /** Empty or `.`: the root. */
  readonly context: string;
  readonly target: string | undefined;
  /** None: the builder's own. */
  readonly platforms: readonly string[];
  readonly arguments: BuildArguments;
  /** Named contexts. */
  readonly contexts: ReadonlyMap<string, string>;
}

/** Files that a build reads, and what says so. */
interface InferredInput {
  /** `backend/Dockerfile:12 COPY src`, or what else it is. */
  readonly label: string;
  readonly pattern: ConcretePattern;
  /** The path itself is named, not what lies below it. */
  readonly named: boolean;
}

/** More than what is named may be read. */
export interface WideInput {
  /** Where it says so, and why: a sentence without its end. */
  readonly label: string;
  readonly file: string;
  /** 1-based; 0: no line in particular. */
  readonly line: number;
  readonly pattern: ConcretePattern;
}

/** What a build reads of the repository. */
export interface Inferred {
  readonly exact: readonly InferredInput[];
  /** The whole context, less what the ignore file takes away. */
  readonly context: WideInput | undefined;
  /** The whole repository: something was made before the build, or nothing is known. */
  readonly repository: WideInput | undefined;
  /** Why BuildKit would not build it; `line` 0: no line in particular. */
  readonly refused?: { readonly reason: string; readonly line: number };
}

/** A Dockerfile, as far as it is known. */
export interface DockerfileAt {
  readonly found: FoundPath | undefined;
  /** Undefined: its text is not known. */
  readonly parsed: ReturnType<typeof parseDockerfile> | undefined;
}

const WINDOWS = /\bwindows\b|nanoserver|servercore/i;
const WHOLE_REPOSITORY: ConcretePattern = { text: "**", alternatives: [{ kind: "under", directory: "" }] };

/** Whether a context is fetched from elsewhere, with the Dockerfile in it. */
export function isElsewhere(context: string): boolean {
  return /^(?:[a-z][a-z0-9+.-]*:|[^/]+@[^/]+:)/i.test(context);
}

/** Whether a Dockerfile is read as here, by the frontend that its `syntax` names; without one it is BuildKit's own. */
export function isKnownFrontend(syntax: string | undefined): boolean {
  return syntax === undefined || /^(?:docker\.io\/)?docker\/dockerfile(?:-upstream)?(?:[:@]|$)/.test(syntax);
}

/** What builds of one commit have in common. */
export interface BuildGround {
  readonly tree: ReadableTree;
  /** Those that were looked at, with their ignore files. */
  readonly contexts: Map<string, ContextPatterns>;
}

/** What a build reads, from one commit's tree and texts alone. */
export function buildInputs(ground: BuildGround, question: BuildQuestion, file: DockerfileAt): Inferred {
  return new Answer(ground, question, file).inferred();
}

class Answer {
  readonly #tree: ReadableTree;
  readonly #contexts: Map<string, ContextPatterns>;
  readonly #question: BuildQuestion;
  readonly #file: DockerfileAt;
  readonly #exact: InferredInput[] = [];
  readonly #named = new Set<string>();
  #context: WideInput | undefined;
  #repository: WideInput | undefined;
  #refused: NonNullable<Inferred["refused"]> | undefined;
  /** Lines of which some source is there. */
  #tracked: ReadonlySet<number> | undefined;

  constructor({ tree, contexts }: BuildGround, question: BuildQuestion, file: DockerfileAt) {
    this.#tree = tree;
    this.#contexts = contexts;
    this.#question = question;
    this.#file = file;
  }

  inferred(): Inferred {
    this.#read();
    const refused = this.#refused === undefined ? {} : { refused: this.#refused };
    return { exact: this.#exact, context: this.#context, repository: this.#repository, ...refused };
  }

  #read(): void {
    const { dockerfile, context } = this.#question;
    const { found } = this.#file;
    this.#name(dockerfile, "the Dockerfile");
    for (const link of found?.links ?? []) this.#name(link, "a link to the Dockerfile");
    if (found !== undefined) this.#name(found.path, "the Dockerfile");
    this.#readNamedContexts();
    if (isElsewhere(context)) {
      this.#everything(`the context is ${context}, which may be this repository`, 0);
      return;
    }
    const root = findPath(context, this.#tree);
    for (const link of root?.links ?? []) this.#name(link, "a link to the context");
    if (root === undefined || root.kind === "file") {
      this.#everything(`git tracks no folder ${context}, so anything may have made the context`, 0);
      return;
    }
    if (found === undefined) {
      this.#everything("git tracks no such file, so anything may have made it", 0);
      return;
    }
    const patterns = this.#patternsOf(root.path, found);
    const wide = this.#wideReason(found);
    if (wide !== undefined) {
      this.#contextRead(patterns, "", wide.reason, wide.line);
      return;
    }
    const reads = this.#contextReads();
    if ("kind" in reads) {
      const { reason, line } = this.#refusal(reads);
      this.#contextRead(patterns, "", reason, line);
      return;
    }
    for (const read of reads) this.#input(read, reads, patterns);
  }

  /** Why a Dockerfile says nothing certain of what it reads. */
  #wideReason(found: FoundPath): { readonly reason: string; readonly line: number } | undefined {
    const { parsed } = this.#file;
    const { arguments: given, platforms } = this.#question;
    if (parsed === undefined) {
      const reason = found.kind === "gitlink" ? "it lies in a submodule" : "its text could not be read";
      return { reason, line: 0 };
    }
    if (parsed.kind === "too-long") return { reason: "it has more than 1 MiB, which nobody has written", line: 0 };
    const told = given.values.get("BUILDKIT_SYNTAX");
    const syntax = told === undefined ? parsed.syntax : (told ?? "another");
    if (!isKnownFrontend(syntax)) {
      return { reason: `the frontend ${syntax} reads it`, line: 1 };
    }
    if (parsed.kind === "refused") return this.#refusal(parsed);
    const foreign = parsed.stages.find(({ from }) => WINDOWS.test(`${from.platform} ${from.base}`));
    if (foreign !== undefined || parsed.escape === "`" || platforms.some((platform) => /^windows\b/i.test(platform))) {
      return { reason: "paths mean something else on Windows", line: foreign?.from.line ?? 0 };
    }
    return undefined;
  }

  #refusal({ reason, line }: Refusal): { readonly reason: string; readonly line: number } {
    this.#refused = { reason, line };
    return { reason: `BuildKit would refuse it: ${reason}`, line };
  }

  #contextReads(): readonly ContextRead[] | Refusal {
    const { parsed } = this.#file;
    if (parsed?.kind !== "dockerfile") return [];
    const { platforms, contexts } = this.#question;
    let all: readonly ContextRead[] = [];
    for (const platform of platforms.length === 0 ? [undefined] : platforms) {
      const reads = contextReads({
        dockerfile: parsed,
        arguments: this.#question.arguments,
        platform,
        target: this.#question.target,
        isReplaced: (stage) => [...contexts.keys()].some((name) => contextName(name) === stage),
      });
      if ("kind" in reads) return reads;
      all = [...all, ...reads];
    }
    return all;
  }

  #input(read: ContextRead, reads: readonly ContextRead[], patterns: ContextPatterns): void {
    const { path, line, label } = read;
    // git tracks nothing of itself.
    if (path === "/.git" || path?.startsWith("/.git/")) return;
    const asked = path === undefined ? undefined : patterns.ask(path);
    if (asked === undefined || asked.kind === "everything") {
      // A source counts beside the rules of the config, wherever the link leads.
      if (asked?.lost === true) {
        const said = `${this.#place(line)} ${label}, behind a link that could not be read`;
        this.#exact.push({ label: said, pattern: patterns.everything(), named: false });
      }
      for (const { pattern, named } of asked?.links ?? []) {
        this.#exact.push({ label: `${this.#place(line)} ${label}`, pattern, named });
      }
      const why = path === undefined ? "holds a value that nobody knows" : "reads the whole context";
      this.#contextRead(patterns, label, why, line);
      return;
    }
    if (!asked.tracked && !(asked.wild && read.accompanied && this.#hasTracked(line, reads, patterns))) {
      this.#everything(`${label}: git tracks no such file, so anything may have made it`, line);
    }
    for (const { pattern, named } of asked.inputs) {
      this.#exact.push({ label: `${this.#place(line)} ${label}`, pattern, named });
    }
    this.#nameIgnoreFiles(patterns);
  }

  /** A pattern that fits nothing is no miss where a source beside it fits: `COPY package.json yarn.lock* ./`. */
  #hasTracked(line: number, reads: readonly ContextRead[], patterns: ContextPatterns): boolean {
    this.#tracked ??= new Set(
      reads.flatMap((read) => {
        const asked = read.path === undefined ? undefined : patterns.ask(read.path);
        return asked !== undefined && (asked.kind === "everything" || asked.tracked) ? [read.line] : [];
      }),
    );
    return this.#tracked.has(line);
  }

  #contextRead(patterns: ContextPatterns, label: string, why: string, line: number): void {
    this.#nameIgnoreFiles(patterns);
    const said = label === "" ? `${this.#place(line)}: ${why}` : `${this.#place(line)} ${label} ${why}`;
    const text = `${said}; write a rule or name the sources`;
    this.#context ??= { label: text, file: this.#question.dockerfile, line, pattern: patterns.everything() };
  }

  #everything(why: string, line: number): void {
    const label = line === 0 ? `${this.#question.dockerfile}: ${why}` : `${this.#place(line)} ${why}`;
    this.#repository ??= { label, file: this.#question.dockerfile, line, pattern: WHOLE_REPOSITORY };
  }

  #patternsOf(context: string, dockerfile: FoundPath): ContextPatterns {
    const own = `${this.#question.dockerfile}.dockerignore`;
    // Which of the two names counts behind a link depends on the client: then nothing is taken away.
    const linked = dockerfile.links.length > 0;
    const names = linked ? [own, `${dockerfile.path}.dockerignore`] : [own];
    const files = names.some((name) => findPath(name, this.#tree) !== undefined || isBehindLink(name, this.#tree))
      ? names
      : [...names, posix.join(context, ".dockerignore")];
    const key = JSON.stringify([context, files, linked]);
    const known = this.#contexts.get(key);
    if (known !== undefined) return known;
    const patterns = new ContextPatterns(this.#tree, context, files, linked ? undefined : files.at(-1));
    this.#contexts.set(key, patterns);
    return patterns;
  }

  #nameIgnoreFiles({ ignoreFiles }: ContextPatterns): void {
    for (const path of ignoreFiles) {
      if (this.#named.has(posix.join(".", path))) continue;
      this.#name(path, "the ignore file");
      const found = findPath(path, this.#tree);
      if (found === undefined) continue;
      for (const each of [...found.links, found.path]) this.#name(each, "the ignore file");
    }
  }

  /** Folders of this repository that are handed over by a name. */
  #readNamedContexts(): void {
    for (const [name, value] of this.#question.contexts) {
      if (/^(?!oci-layout:)[a-z][a-z0-9+.-]*:|^[^/:]+@[^/]+:/i.test(value)) continue;
      // Of a layout, the folder: what it names in there stands behind.
      const folder = value.replace(/^oci-layout:(?:\/\/)?([^:@]*).*$/i, "$1");
      const found = findPath(folder, this.#tree);
      if (found === undefined) {
        this.#everything(`git tracks no folder ${folder} of the context ${name}, so anything may have made it`, 0);
        continue;
      }
      for (const link of found.links) this.#name(link, `contexts ${name}`);
      const pattern: ConcretePattern = {
        text: found.path === "" ? "**" : `${found.path}/**`,
        alternatives: [{ kind: "under", directory: found.path }],
      };
      this.#exact.push({ label: `contexts ${name}`, pattern, named: false });
    }
  }

  #name(path: string, label: string): void {
    const clean = posix.join(".", path);
    if (this.#named.has(clean)) return;
    this.#named.add(clean);
    this.#exact.push({ label, named: true, pattern: { text: clean, alternatives: [{ kind: "path", path: clean }] } });
  }

  #place(line: number): string {
    return line === 0 ? this.#question.dockerfile : `${this.#question.dockerfile}:${line}`;
  }
}

/** A named context's key in the form in which stages are compared with it. */
export function contextName(name: string): string {
  return name
    .toLowerCase()
    .replace(/::.*$/, "")
    .replace(/^docker\.io\//, "")
    .replace(/^library\//, "")
    .replace(/:latest$/, "");
}
