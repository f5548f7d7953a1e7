import type { Host } from "../process/host.ts";
import type { Action } from "./action.ts";
import { type Input, inputsOf } from "./inputs.ts";

/** The bundle that a runner starts, in the action's folder. */
export const MAIN = "dist/index.mjs";

/** The text of an action's `action.yml`. */
export function actionFile(action: Action, host: Host): string {
  const inputs = inputsOf(action, host).map((input) => [
    `  ${input.name}:`,
    `    description: ${quoted(inputText(input))}`,
    `    required: ${input.required}`,
    ...(input.default === undefined ? [] : [`    default: ${quoted(input.default)}`]),
  ]);
  const outputs = Object.entries(action.outputs).map(([name, description]) => [
    `  ${name}:`,
    `    description: ${quoted(description)}`,
  ]);
  const lines = [
    "# Made from the command's options by its test; do not edit.",
    `name: ${quoted(action.title)}`,
    `description: ${quoted(action.description)}`,
    "inputs:",
    ...inputs.flat(),
    ...(outputs.length === 0 ? [] : ["outputs:", ...outputs.flat()]),
    "runs:",
    "  using: node24",
    `  main: ${MAIN}`,
  ];
  return `${lines.join("\n")}\n`;
}

/** The tables of an action's README. */
export function actionTables(
  action: Action,
  host: Host,
): readonly (readonly [heading: string, rows: readonly string[]])[] {
  const inputs = inputsOf(action, host).map((input) => row(`\`${input.name}\``, defaultText(input), inputText(input)));
  const outputs = Object.entries(action.outputs).map(([name, text]) => row(`\`${name}\``, text));
  return [
    ["## Inputs", ["| input | default | meaning |", "|---|---|---|", ...inputs]],
    ...(outputs.length === 0 ? [] : [["## Outputs", ["| output | value |", "|---|---|", ...outputs]] as const]),
  ];
}

function defaultText(input: Input): string {
  if (input.required) return "required";
  return input.default === undefined ? "" : `\`${input.default}\``;
}

function inputText({ kind, description }: Input): string {
  if (kind === "switch") return `true: ${description}`;
  return kind === "list" ? `${description}; several on lines of their own` : description;
}

const row = (...cells: readonly string[]): string =>
  `| ${cells.map((text) => text.replaceAll("|", "\\|")).join(" | ")} |`.replaceAll("|  |", "| |");

/** In JSON's quotes, which YAML reads the same. */
const quoted = (text: string): string => JSON.stringify(text);
