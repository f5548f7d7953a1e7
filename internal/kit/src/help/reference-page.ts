import type { Argument, Command, Option } from "commander";
import { COMMON_ENVIRONMENT, type CommandNotes, exampleTitle, type Notes, wrappedLine } from "./notes.ts";

const COLUMNS = 100;

/**
 * The page of a program's commands, as Markdown, from their definitions and notes.
 * @throws Error for a command without notes, and for notes without a command
 */
export function referencePage(program: Command, notes: Notes): string {
  const commands = [program, ...program.commands];
  const strangers = Object.keys(notes).filter((name) => !commands.some((command) => command.name() === name));
  if (strangers.length > 0) throw new Error(`notes of commands that are not there: ${strangers.join(", ")}`);
  return [
    `# ${program.name()}`,
    "<!-- Made from the commands' definitions by a test; do not edit. -->",
    program.description(),
    noteOf(program, notes).about,
    ...(program.commands.length === 0 ? [] : [commandTable(program)]),
    program.commands.length === 0 ? "## Exit codes and environment" : "## Every command",
    "Exit codes: 0 done; 1 refused or failed; 2 a command line that cannot be meant. Results go to standard output, all else to " +
      "standard error, and text from outside is never printed raw: control characters are shown as `\\u001b`.",
    table(["variable", "meaning"], Object.entries(COMMON_ENVIRONMENT).map(variableRow)),
    ...(program.commands.length === 0
      ? ["## Options", ...sections(program, program, noteOf(program, notes), "##")]
      : [
          ...exampleParts(noteOf(program, notes), "##"),
          ...program.commands.flatMap((command) => [
            `## ${program.name()} ${command.name()}`,
            command.description(),
            noteOf(command, notes).about,
            ...sections(program, command, noteOf(command, notes), "###"),
          ]),
        ]),
    "",
  ]
    .join("\n\n")
    .replace(/\n+$/, "\n");
}

function noteOf(command: Command, notes: Notes): CommandNotes {
  const note = notes[command.name()];
  if (note === undefined) throw new Error(`${command.name()} has no notes: what it is for, examples, what it gives`);
  return note;
}

function commandTable(program: Command): string {
  return table(
    ["command", "does"],
    program.commands.map((command) => [
      `[\`${command.name()}\`](#${program.name()}-${command.name()})`,
      command.description(),
    ]),
  );
}

function sections(program: Command, command: Command, notes: CommandNotes, level: string): readonly string[] {
  const name = command === program ? program.name() : `${program.name()} ${command.name()}`;
  const { registeredArguments, options } = command;
  const groups = Map.groupBy(
    options.filter(({ long }) => long !== "--version"),
    ({ helpGroupHeading }) => helpGroupHeading ?? "Options:",
  );
  return [
    fence(`${name} ${command.usage()}`, "text"),
    ...(registeredArguments.length === 0 ? [] : [table(["argument", "meaning"], registeredArguments.map(argumentRow))]),
    ...[...groups].map(([heading, list]) =>
      table([heading.replace(/:$/, "").toLowerCase(), "default", "meaning"], list.map(optionRow)),
    ),
    `**Gives.** ${notes.gives}`,
    `**Exit code 1.** ${capital(notes.fails)}.`,
    ...(notes.environment === undefined
      ? []
      : [table(["variable", "meaning"], Object.entries(notes.environment).map(variableRow))]),
    ...exampleParts(notes, level),
  ];
}

function exampleParts({ examples }: CommandNotes, level: string): readonly string[] {
  if (examples.length === 0) return [];
  const lines = examples.map((example) => `# ${exampleTitle(example)}\n${wrappedLine(example.line, COLUMNS)}`);
  return level === "##" ? [`${level} Examples`, fence(lines.join("\n\n"), "sh")] : [fence(lines.join("\n\n"), "sh")];
}

const argumentRow = (argument: Argument): readonly string[] => [
  `\`${argument.required ? `<${argument.name()}>` : `[${argument.name()}]`}${argument.variadic ? " …" : ""}\``,
  plain(argument.description),
];

function optionRow(option: Option): readonly string[] {
  const { argChoices, mandatory } = option;
  // A default that only the text says has its column here.
  const [, said] = / \(default: ([^)]+)\)/.exec(option.description) ?? [];
  const description = said === undefined ? option.description : option.description.replace(` (default: ${said})`, "");
  const choices = argChoices === undefined ? "" : `; one of ${argChoices.map((choice) => `\`${choice}\``).join(", ")}`;
  const fallback = said === undefined ? defaultOf(option) : plain(said);
  return [`\`${option.flags}\``, mandatory ? "required" : fallback, `${plain(description)}${choices}`];
}

function defaultOf({ defaultValue, defaultValueDescription }: Option): string {
  if (defaultValueDescription !== undefined) {
    return defaultValueDescription === "none" ? "" : `\`${defaultValueDescription}\``;
  }
  if (defaultValue === undefined || typeof defaultValue === "boolean") return "";
  const text = Array.isArray(defaultValue) ? defaultValue.join(",") : String(defaultValue);
  return text === "" ? "" : `\`${text}\``;
}

/** Text of a terminal, as Markdown. */
const plain = (text: string): string => text.replaceAll("<", "\\<").replaceAll("*", "\\*");

const variableRow = ([names, meaning]: readonly [string, string]): readonly string[] => [
  names
    .split(" ")
    .map((name) => `\`${name}\``)
    .join(", "),
  meaning,
];

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]): string =>
    `| ${cells.map((cell) => cell.replaceAll("|", "\\|")).join(" | ")} |`.replaceAll("|  |", "| |");
  return [line(head), `|${"---|".repeat(head.length)}`, ...rows.map(line)].join("\n");
}

const fence = (text: string, info: string): string => `\`\`\`${info}\n${text}\n\`\`\``;

const capital = (text: string): string => `${text.charAt(0).toUpperCase()}${text.slice(1)}`;
