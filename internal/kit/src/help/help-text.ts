import { type Command, Help, type Option } from "commander";
import { type CommandNotes, exampleTitle, HELP_COLUMNS, type Notes, pageAddress, wrappedLine } from "./notes.ts";

/** Gives `--help` of a program and of its commands their notes. */
export function withNotes(program: Command, notes: Notes): void {
  for (const command of [program, ...program.commands]) {
    const note = notes[command.name()];
    if (note === undefined) continue;
    // The list of commands keeps the short text.
    const short = command.description();
    command.summary(short).description(`${short}\n\n${note.about}`);
    command.addHelpText("after", () => after(program, command, note));
  }
}

/** Columns for help, by those of the terminal; undefined: no terminal says. */
export const helpColumns = (columns: number | undefined): number => Math.min(columns || HELP_COLUMNS, HELP_COLUMNS);

function after(program: Command, command: Command, { examples, fails }: CommandNotes): string {
  const help = command.createHelp();
  const columns = helpColumns(process.stdout.columns);
  const indented = (text: string, by: string): string =>
    help
      .boxWrap(text, columns - by.length - 3)
      .split("\n")
      .map((line) => `${by}${line}`)
      .join("\n");
  const shown = examples.map(
    (example) => `${indented(exampleTitle(example), "  # ")}\n${wrappedLine(example.line, columns, "  ")}`,
  );
  return [
    "",
    "Examples:",
    shown.join("\n\n"),
    "",
    "Exit codes:",
    "  0  done",
    indented(`1  ${fails}`, "  ").replaceAll("\n  ", "\n     "),
    "  2  the command line has a fault, such as an unknown option",
    "",
    "Variables of the environment, outputs and all else:",
    `  ${pageAddress(program.name())}`,
  ].join("\n");
}

/** An option's text: what has to be given is called so, and a default that is nothing is not told. */
export function optionText(option: Option): string {
  const { defaultValue, defaultValueDescription, mandatory } = option;
  const nothing = defaultValue === false || (Array.isArray(defaultValue) && defaultValue.length === 0);
  const shown = Object.create(option, nothing ? { defaultValue: { value: undefined } } : {});
  const text = new Help().optionDescription(defaultValueDescription === "none" || nothing ? shown : option);
  return mandatory ? `${text} (required)` : text;
}
