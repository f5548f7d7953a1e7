import { syntaxOf } from "./directives.ts";
import { type From, type Instruction, readInstruction } from "./instruction.ts";
import { readNodes } from "./nodes.ts";
import { type Refusal, RefusedText, refusalOr } from "./refusal.ts";

/** One `FROM` and what follows it. */
export interface Stage {
  readonly from: From;
  readonly instructions: readonly Exclude<Instruction, From>[];
}

export interface Dockerfile {
  readonly kind: "dockerfile";
  /** The frontend that `# syntax=` names. */
  readonly syntax: string | undefined;
  readonly escape: string;
  /** ARGs before the first FROM. */
  readonly globals: readonly (Instruction & { readonly kind: "arg" })[];
  readonly stages: readonly [Stage, ...Stage[]];
}

/** A text that is not read because of its length. */
interface TooLong {
  readonly kind: "too-long";
  readonly syntax: undefined;
}

// BuildKit reads up to 16 MiB (`maxFileSize` in frontend/dockerui/readfile.go). Nobody writes a twentieth of that by hand, and
// what half a million instructions read takes minutes to find out.
const MAX_LENGTH = 1 << 20;

/**
 * Reads a Dockerfile as BuildKit's own reader does, whatever the text; what BuildKit refuses, and what it would hand to
 * another frontend without looking, is told apart by `kind` and `syntax`.
 */
export function parseDockerfile(
  text: string,
): Dockerfile | TooLong | (Refusal & { readonly syntax: string | undefined }) {
  if (text.length > MAX_LENGTH) return { kind: "too-long", syntax: undefined };
  const syntax = syntaxOf(text);
  const read = refusalOr(() => stagesOf(text));
  return read.kind === "refused" ? { ...read, syntax } : { ...read, syntax };
}

/** What ONBUILD keeps: one instruction, read with a backslash as the escape character.
 * @throws RefusedText
 */
export function parseTrigger(text: string): Exclude<Instruction, From> {
  const [node, ...others] = readNodes(text).nodes;
  if (node === undefined || others.length > 0) throw new RefusedText("ONBUILD takes one instruction");
  const instruction = readInstruction(node);
  if (instruction.kind === "from") throw new RefusedText("FROM must not stand behind ONBUILD");
  return instruction;
}

function stagesOf(text: string): Omit<Dockerfile, "syntax"> {
  const { nodes, escape: escaping } = readNodes(text);
  const globals: (Instruction & { readonly kind: "arg" })[] = [];
  const stages: { readonly from: From; readonly instructions: Exclude<Instruction, From>[] }[] = [];
  for (const node of nodes) {
    const instruction = readInstruction(node);
    if (instruction.kind === "from") {
      stages.push({ from: instruction, instructions: [] });
      continue;
    }
    const stage = stages.at(-1);
    if (stage !== undefined) stage.instructions.push(instruction);
    else if (instruction.kind === "arg") globals.push({ ...instruction, kind: "arg" });
    else throw new RefusedText("an instruction stands before FROM", instruction.line);
  }
  const [first, ...others] = stages;
  if (first === undefined) throw new RefusedText("there is no FROM");
  return { kind: "dockerfile", escape: escaping, globals, stages: [first, ...others] };
}
