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
    ...[`1  ${fails}`, "2  the command line has a fault, such as an unknown option"].map((line) =>
      indented(line, "  ").replaceAll("\n  ", "\n     "),
    ),
    "",
    "Outputs, variables and all else:",
    `  ${pageAddress(program.name())}`,
  ].join("\n");
}

/** Below this many columns a text is not wrapped, but goes below its term. */
const NARROW = 28;

/** How help is laid out: texts beside their terms, or in a narrow terminal below them. */
export const HELP_LAYOUT: Partial<Help> = {
  minWidthToWrap: NARROW,
  optionDescription: optionText,
  formatItem(this: Help, term: string, termWidth: number, description: string, helper: Help): string {
    const columns = helper.helpWidth ?? HELP_COLUMNS;
    if (description === "" || columns - termWidth - 4 >= NARROW) {
      return Help.prototype.formatItem.call(helper, term, termWidth, description, helper);
    }
    return `  ${term}\n      ${helper.boxWrap(description, columns - 6).replaceAll("\n", "\n      ")}`;
  },
};

/** An option's text: what has to be given is called so, and a default that is nothing is not told. */
function optionText(option: Option): string {
  const { defaultValue, defaultValueDescription, mandatory } = option;
  const nothing = defaultValue === false || (Array.isArray(defaultValue) && defaultValue.length === 0);
  const shown = Object.create(option, nothing ? { defaultValue: { value: undefined } } : {});
  const text = new Help().optionDescription(defaultValueDescription === "none" || nothing ? shown : option);
  return mandatory ? `${text} (required)` : text;
}
