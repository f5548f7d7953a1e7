import { posix } from "node:path";
import type { Dockerfile } from "../dockerfile/dockerfile.ts";
import type { Assignment } from "../dockerfile/instruction.ts";
import { readMount } from "../dockerfile/mount.ts";
import { type Refusal, RefusedText, refusalOr } from "../dockerfile/refusal.ts";
import { UNKNOWN } from "../dockerfile/shell-pattern.ts";
import type { Lookup } from "../dockerfile/word.ts";
import { Environment } from "./environment.ts";
import { PLATFORM_ARGUMENTS, platformArguments } from "./platform.ts";
import { expanded, neededStages, type StageCommand, type StageState } from "./stages.ts";

/** Build arguments, as far as the repository says. */
export interface BuildArguments {
  /** Null: it is given, and nobody knows what. */
  readonly values: ReadonlyMap<string, string | null>;
  /** There may be others, which the repository does not say: then no default is certain. */
  readonly open: boolean;
}

/** One path that a build asks of its context. */
export interface ContextRead {
  /** From the context's root, which is `/`; may be a pattern. Undefined: a value in it is not known. */
  readonly path: string | undefined;
  /** 1-based. */
  readonly line: number;
  /** The instruction with this source alone: `COPY src`. */
  readonly label: string;
  /** Other sources stand beside it in the instruction. */
  readonly accompanied: boolean;
}

export interface ReadsQuestion {
  readonly dockerfile: Dockerfile;
  readonly arguments: BuildArguments;
  /** `linux/arm64`; undefined: the builder's own. */
  readonly platform: string | undefined;
  readonly target: string | undefined;
  readonly isReplaced: (stage: string) => boolean;
}

/**
 * What the stages that a target needs read of the context: the sources of COPY and ADD and what RUN mounts, as
 * BuildKit's `dockerfile2llb` puts them together.
 */
export function contextReads(question: ReadsQuestion): readonly ContextRead[] | Refusal {
  return refusalOr(() => {
    const globals = globalLookup(question);
    const { order, isNeeded } = neededStages({ ...question, globals });
    const build = new StageReader(question, globals);
    // Images that instructions name come last; they have nothing to read.
    build.scan(globals(SCAN_CONTEXT) ?? "", question.dockerfile.globals[0]?.line ?? 1);
    for (const state of order) if (isNeeded(state)) build.enter(state);
    return build.reads;
  });
}

/** The variables that FROM sees: arguments of the platform, and those before the first stage. */
export function globalLookup({
  dockerfile,
  arguments: given,
  platform,
  target,
}: Omit<ReadsQuestion, "isReplaced">): Lookup {
  const values = new Map<string, string>(PLATFORM_ARGUMENTS.map((name) => [name, UNKNOWN]));
  for (const [name, value] of platformArguments(platform ?? "") ?? []) values.set(name, value);
  values.set("TARGETSTAGE", target || dockerfile.stages.at(-1)?.from.name || "default");
  for (const name of [...values.keys()]) {
    const value = given.values.get(name);
    if (value !== undefined) values.set(name, value ?? UNKNOWN);
  }
  for (const { assignments, line } of dockerfile.globals) {
    for (const { name, value } of assignments) {
      const told = toldValue(name, given);
      if (told !== undefined) values.set(name, told);
      else if (value !== undefined)
        values.set(
          name,
          expanded(value, (key) => values.get(key), dockerfile.escape, line),
        );
    }
  }
  return (name) => values.get(name);
}

/** What a build argument is given from outside; undefined: nothing, for certain. */
function toldValue(name: string, { values, open }: BuildArguments): string | undefined {
  const value = values.get(name);
  if (value !== undefined) return value ?? UNKNOWN;
  return open && !PLATFORM_ARGUMENTS.includes(name) && name !== "TARGETSTAGE" ? UNKNOWN : undefined;
}

const SCAN_CONTEXT = "BUILDKIT_SBOM_SCAN_CONTEXT";

class StageReader {
  readonly reads: ContextRead[] = [];
  readonly #question: ReadsQuestion;
  readonly #globals: Lookup;
  readonly #entered = new Set<StageState>();

  constructor(question: ReadsQuestion, globals: Lookup) {
    this.#question = question;
    this.#globals = globals;
  }

  enter(state: StageState): void {
    const environment = environmentOf(state);
    state.environment = environment;
    for (const command of state.commands) this.#run(command, environment);
    // Whoever stands on it sees another image's variables, if another one stands in its place.
    if (state.replaced) environment.forget();
    this.#entered.add(state);
  }

  /** An attestation that lists the context's packages reads all of it. */
  scan(value: string, line: number): void {
    if (!/^(?:0|f|false)?$/i.test(value)) this.#add("/", line, `ARG ${SCAN_CONTEXT}`, false);
  }

  #run({ instruction, sources }: StageCommand, environment: Environment): void {
    const { escape: escaping } = this.#question.dockerfile;
    const { line } = instruction;
    const lookup = environment.lookup();
    const fill = (word: string): string => expanded(word, lookup, escaping, line);
    switch (instruction.kind) {
      case "env":
        for (const [name, value] of instruction.assignments.map(
          ({ name, value = "" }) => [fill(name), fill(value)] as const,
        )) {
          environment.setVariable(name, value);
        }
        break;
      case "arg":
        for (const assignment of instruction.assignments) this.#setArgument(assignment, environment, line);
        break;
      case "copy":
        if (instruction.from !== "") this.#refuseLater(sources, instruction.from, line);
        else {
          for (const source of instruction.sources) {
            const path = fill(source);
            if (instruction.command === "ADD" && isRemote(path)) continue;
            const accompanied = instruction.sources.length > 1;
            this.#add(path, line, `${instruction.command} ${source}`, accompanied);
          }
        }
        break;
      case "run":
        for (const [index, mount] of instruction.mounts.entries()) this.#mount(mount, sources[index], fill, line);
        break;
      case "onbuild":
      case "other":
        break;
    }
  }

  #mount(text: string, source: StageState | undefined, fill: (word: string) => string, line: number): void {
    const { type, from, source: path } = located(() => readMount(text, fill), line);
    if (from !== "") {
      this.#refuseLater(source === undefined ? [] : [source], from, line);
      return;
    }
    // BuildKit asks for the context where a tmpfs is mounted, too, although nothing of it is read.
    if (type === undefined || type === "bind" || type === "tmpfs") {
      this.#add(type === undefined ? UNKNOWN : path, line, `RUN --mount=${text}`, false);
    }
  }

  #setArgument({ name, value }: Assignment, environment: Environment, line: number): void {
    const { arguments: given, dockerfile } = this.#question;
    const own = (): string | undefined =>
      value === undefined ? this.#globals(name) : expanded(value, environment.lookup(), dockerfile.escape, line);
    const result = toldValue(name, given) ?? own();
    if (result === undefined) return;
    if (name === SCAN_CONTEXT) {
      this.scan(result, line);
    } else environment.setArgument(name, result);
  }

  #add(path: string, line: number, label: string, accompanied: boolean): void {
    const clean = path.includes(UNKNOWN) ? undefined : posix.join("/", path).replace(/(?<=.)\/$/, "");
    this.reads.push({ path: clean, line, label, accompanied });
  }

  /** A stage can only be read once it has had its turn. */
  #refuseLater(sources: readonly StageState[], name: string, line: number): void {
    if (sources.some((source) => source.stage !== undefined && !this.#entered.has(source))) {
      throw new RefusedText(`the stage ${name} must stand before the instruction that reads it`, line);
    }
  }
}

function environmentOf({ image, bases }: StageState): Environment {
  const [base, ...others] = bases;
  // Where the image is not known, it may be one of these or another one.
  if (others.length > 0 || image.includes(UNKNOWN)) return Environment.ofImage();
  if (base !== undefined) return base.environment?.inherited() ?? Environment.ofImage();
  return image === "scratch" ? Environment.ofScratch() : Environment.ofImage();
}

// https://docs.docker.com/reference/dockerfile/#add: files and repositories from elsewhere.
function isRemote(source: string): boolean {
  return /^(?:https?:\/\/|(?:git|ssh):\/\/|[a-zA-Z0-9\-_]+@[a-zA-Z0-9\-.]+:)/.test(source);
}

function located<T>(step: () => T, line: number): T {
  try {
    return step();
  } catch (error) {
    if (error instanceof RefusedText && error.line === 0) throw new RefusedText(error.message, line);
    throw error;
  }
}
