import type { Dockerfile, Stage } from "../dockerfile/dockerfile.ts";
import { parseTrigger } from "../dockerfile/dockerfile.ts";
import type { From, Instruction } from "../dockerfile/instruction.ts";
import { RefusedText } from "../dockerfile/refusal.ts";
import { UNKNOWN } from "../dockerfile/shell-pattern.ts";
import { expandWord, type Lookup } from "../dockerfile/word.ts";
import type { Environment } from "./environment.ts";

/** An instruction of a stage; from ONBUILD of its base, or its own. */
export interface StageCommand {
  readonly instruction: Exclude<Instruction, From>;
  /** The states that COPY or the mounts of RUN name, mount by mount. */
  readonly sources: readonly StageState[];
}

/** A stage, or an image that an instruction names, while its turn comes. */
export interface StageState {
  /** Undefined: an image that is no stage. */
  readonly stage: Stage | undefined;
  /** With variables filled in. */
  readonly image: string;
  readonly bases: readonly StageState[];
  /** A named context may stand in its place. */
  readonly replaced: boolean;
  commands: readonly StageCommand[];
  environment: Environment | undefined;
  triggersRead: boolean;
}

/** The stages that a target needs, in the order of their turns. */
export interface NeededStages {
  readonly order: readonly StageState[];
  readonly isNeeded: (state: StageState) => boolean;
}

export interface StageQuestion {
  readonly dockerfile: Dockerfile;
  readonly globals: Lookup;
  readonly target: string | undefined;
  /** Whether a stage may be replaced by a named context. */
  readonly isReplaced: (stage: string) => boolean;
}

/** Which stages a build goes through.
 * @throws RefusedText
 */
export function neededStages({ dockerfile, globals, target, isReplaced }: StageQuestion): NeededStages {
  const states: StageState[] = [];
  const named = new Map<string, StageState>();
  for (const stage of dockerfile.stages) {
    const { from } = stage;
    const image = expanded(from.base, globals, dockerfile.escape, from.line);
    if (image === "") throw new RefusedText(`the image of FROM ${from.base} is blank`, from.line);
    const state: StageState = {
      stage,
      image,
      bases: basesOf(image, named),
      replaced: from.name !== "" && isReplaced(from.name),
      commands: [],
      environment: undefined,
      triggersRead: false,
    };
    states.push(state);
    if (from.name !== "") named.set(from.name, state);
  }
  const wanted = targetOf(target, states, named);

  const place = (instruction: Exclude<Instruction, From>): StageCommand => {
    const { sources, added } = sourcesOf(instruction, states, named, dockerfile.escape);
    states.push(...added);
    return { instruction, sources };
  };
  for (const state of [...states]) state.commands = (state.stage?.instructions ?? []).map(place);

  for (;;) {
    const needed = reachableFrom(wanted);
    const before = states.length;
    let triggered = false;
    for (const state of [...states].filter((each) => needed.has(each) && !each.triggersRead)) {
      state.triggersRead = true;
      const triggers = state.bases.flatMap(({ commands }) =>
        commands.flatMap(({ instruction }) => (instruction.kind === "onbuild" ? [instruction] : [])),
      );
      if (triggers.length === 0) continue;
      const commands = triggers.map(({ trigger, line }) => place({ ...parseTrigger(trigger), line }));
      state.commands = [...commands, ...state.commands];
      triggered = true;
    }
    if (!triggered && states.length === before) return { order: states, isNeeded: (state) => needed.has(state) };
  }
}

export function expanded(word: string, lookup: Lookup, escaping: string, line: number): string {
  try {
    return expandWord(word, { escape: escaping, lookup });
  } catch (error) {
    if (error instanceof RefusedText) throw new RefusedText(error.message, line);
    throw error;
  }
}

/** The earlier stages that FROM may mean: at most one where its image is known. */
function basesOf(image: string, named: ReadonlyMap<string, StageState>): readonly StageState[] {
  const exact = named.get(image);
  if (exact !== undefined) return [exact];
  if (!image.includes(UNKNOWN)) return [];
  const parts = image.split(UNKNOWN);
  return [...named].flatMap(([name, state]) => (fitsParts(name, parts) ? [state] : []));
}

/** Whether a name is these parts in their order, with anything between them. In time that grows with both alone. */
export function fitsParts(name: string, parts: readonly string[]): boolean {
  const [first = "", ...others] = parts;
  if (!name.startsWith(first)) return false;
  let at = first.length;
  for (const part of others) {
    const found = name.indexOf(part, at);
    if (found === -1) return false;
    at = found + part.length;
  }
  return parts.length === 1 ? at === name.length : name.endsWith(parts.at(-1) ?? "");
}

function targetOf(
  target: string | undefined,
  states: readonly StageState[],
  named: ReadonlyMap<string, StageState>,
): StageState {
  const state = target === undefined || target === "" ? states.at(-1) : named.get(target.toLowerCase());
  if (state === undefined) throw new RefusedText(`there is no stage ${target}`);
  return state;
}

interface Sources {
  readonly sources: readonly StageState[];
  /** Images that were not known before. */
  readonly added: readonly StageState[];
}

function sourcesOf(
  instruction: Instruction,
  states: readonly StageState[],
  named: ReadonlyMap<string, StageState>,
  escaping: string,
): Sources {
  const names = instruction.kind === "copy" && instruction.from !== "" ? [instruction.from] : [];
  if (instruction.kind === "run")
    names.push(...instruction.mountSources.map((from) => (from === "" ? "scratch" : from)));
  const added: StageState[] = [];
  const sources = names.map((name): StageState => {
    if (instruction.kind === "copy") {
      if (expanded(name, () => undefined, escaping, instruction.line) !== name) {
        throw new RefusedText("--from= takes no variables", instruction.line);
      }
      if (/^[+-]?\d+$/.test(name)) {
        const state = states[Number(name)];
        if (state === undefined) throw new RefusedText(`there is no stage ${name}`, instruction.line);
        return state;
      }
    }
    const known = named.get(name.toLowerCase());
    if (known !== undefined) return known;
    const image = { stage: undefined, image: name, bases: [], replaced: false, commands: [], triggersRead: true };
    const state: StageState = { ...image, environment: undefined };
    added.push(state);
    return state;
  });
  return { sources, added };
}

function reachableFrom(target: StageState): ReadonlySet<StageState> {
  const reached = new Set([target]);
  for (const { bases, commands } of reached) {
    for (const base of bases) reached.add(base);
    for (const { sources } of commands) for (const source of sources) reached.add(source);
  }
  return reached;
}
