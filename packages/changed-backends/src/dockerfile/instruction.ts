import { type Flags, readFlags } from "./flags.ts";
import { trimSpace } from "./go-text.ts";
import { isHeredoc } from "./heredoc.ts";
import { mountFrom } from "./mount.ts";
import { commandOf, type DockerfileNode, onbuildText } from "./nodes.ts";
import { RefusedText } from "./refusal.ts";

/** A variable with its value; undefined: it has none of its own. */
export interface Assignment {
  readonly name: string;
  readonly value: string | undefined;
}

interface Place {
  /** 1-based, where the instruction begins. */
  readonly line: number;
}

export interface From extends Place {
  readonly kind: "from";
  readonly base: string;
  /** In lower case; empty: it has none. */
  readonly name: string;
  /** Empty: it says none. */
  readonly platform: string;
}

interface Copy extends Place {
  readonly kind: "copy";
  readonly command: "ADD" | "COPY";
  /** As written, heredocs left out. */
  readonly sources: readonly string[];
  readonly destination: string;
  /** Empty: from the context. */
  readonly from: string;
}

export type Instruction =
  | From
  | Copy
  | ({ readonly kind: "arg" | "env"; readonly assignments: readonly Assignment[] } & Place)
  | ({ readonly kind: "run"; readonly mounts: readonly string[]; readonly mountSources: readonly string[] } & Place)
  /** `trigger`: a file of one instruction. */
  | ({ readonly kind: "onbuild"; readonly trigger: string } & Place)
  | ({ readonly kind: "other"; readonly command: string } & Place);

/** Reads an instruction out of its node.
 * @throws RefusedText with the line
 */
export function readInstruction(node: DockerfileNode): Instruction {
  try {
    return instructionOf(node, { line: node.start });
  } catch (error) {
    if (error instanceof RefusedText) throw new RefusedText(error.message, node.start);
    throw error;
  }
}

function instructionOf(node: DockerfileNode, place: Place): Instruction {
  const command = commandOf(node);
  const { words } = node;
  switch (command) {
    case "FROM":
      return fromOf(words, readFlags(command, node.flags), place);
    case "ADD":
    case "COPY":
      return copyOf(command, node, place);
    case "ARG":
      atLeastOne(command, words);
      return { kind: "arg", assignments: words.map(argument), ...place };
    case "ENV":
    case "LABEL": {
      readFlags(command, node.flags);
      atLeastOne(command, words);
      const assignments = pairsOf(command, words);
      return command === "ENV" ? { kind: "env", assignments, ...place } : { kind: "other", command, ...place };
    }
    case "RUN": {
      const mounts = readFlags(command, node.flags).get("mount") ?? [];
      return { kind: "run", mounts, mountSources: mounts.map(mountFrom), ...place };
    }
    case "ONBUILD":
      return onbuildOf(node, place);
    case "MAINTAINER":
    case "STOPSIGNAL":
    case "USER":
    case "WORKDIR":
      if (words.length !== 1) throw new RefusedText(`${command} takes one argument`);
      break;
    case "EXPOSE":
    case "VOLUME":
      atLeastOne(command, words);
      if (command === "VOLUME" && words.some((word) => trimSpace(word) === "")) {
        throw new RefusedText("VOLUME must not be empty");
      }
      break;
    case "HEALTHCHECK":
      healthcheck(words);
      break;
    case "SHELL":
      atLeastOne(command, words);
      if (!node.json) throw new RefusedText("SHELL takes a JSON array");
      break;
    case "CMD":
    case "ENTRYPOINT":
      break;
    default:
      throw new RefusedText(`unknown instruction ${node.command}`);
  }
  readFlags(command, node.flags);
  return { kind: "other", command, ...place };
}

function fromOf(words: readonly string[], flags: Flags, place: Place): From {
  const [base = "", as, stage] = words;
  if (words.length !== 1 && (words.length !== 3 || as?.toLowerCase() !== "as")) {
    throw new RefusedText("FROM takes an image, or an image AS a name");
  }
  const name = (stage ?? "").toLowerCase();
  if (stage !== undefined && !/^[a-z][a-z0-9\-_.]*$/.test(name))
    throw new RefusedText(`${stage} is not a stage's name`);
  return { kind: "from", base, name, platform: flags.get("platform")?.[0] ?? "", ...place };
}

function copyOf(command: "ADD" | "COPY", node: DockerfileNode, place: Place): Copy {
  const destination = node.words.at(-1);
  if (destination === undefined || node.words.length < 2) {
    throw new RefusedText(`${command} takes at least a source and a destination`);
  }
  const flags = readFlags(command, node.flags);
  if (isHeredoc(destination)) throw new RefusedText(`the destination of ${command} must not be a heredoc`);
  const sources = node.words.slice(0, -1).filter((word) => !isHeredoc(word));
  return { kind: "copy", command, sources, destination, from: flags.get("from")?.[0] ?? "", ...place };
}

function argument(word: string): Assignment {
  const at = word.indexOf("=");
  if (at === 0) throw new RefusedText("ARG must have a name");
  return at === -1 ? { name: word, value: undefined } : { name: word.slice(0, at), value: word.slice(at + 1) };
}

function pairsOf(command: string, words: readonly string[]): readonly Assignment[] {
  return words.flatMap((name, at) => {
    if (at % 2 === 1) return [];
    if (name === "") throw new RefusedText(`${command} must have a name`);
    return [{ name, value: words[at + 1] }];
  });
}

function onbuildOf(node: DockerfileNode, place: Place): Instruction {
  const { inner } = node;
  if (inner === undefined) throw new RefusedText("ONBUILD takes an instruction");
  readFlags("ONBUILD", node.flags);
  const command = commandOf(inner);
  if (["ONBUILD", "FROM", "MAINTAINER"].includes(command)) {
    throw new RefusedText(`${command} must not stand behind ONBUILD`);
  }
  return { kind: "onbuild", trigger: onbuildText(node), ...place };
}

function healthcheck(words: readonly string[]): void {
  atLeastOne("HEALTHCHECK", words);
  const type = words[0]?.toUpperCase();
  if (type === "NONE" ? words.length !== 1 : type !== "CMD" || words.length < 2) {
    throw new RefusedText("HEALTHCHECK takes CMD and a command, or NONE");
  }
}

function atLeastOne(command: string, words: readonly string[]): void {
  if (words.length === 0) throw new RefusedText(`${command} takes at least one argument`);
}
