import type { Command } from "commander";
import { commandLinesOf, faultOf } from "../help/command-lines.ts";
import { HELP_COLUMNS, type Notes } from "../help/notes.ts";
import { runCommand } from "./command.ts";
import { recordingHost } from "./recording-host.ts";

/**
 * What is wrong with the help of a program and of its commands: lines wider than a terminal, escapes, no examples or too many,
 * an example that its own command does not take. `wordsFor`: what a program makes of its words before commander reads them.
 */
export async function helpFaults(
  programOf: () => Command,
  notes: Notes,
  wordsFor: (program: Command, args: readonly string[]) => readonly string[] = (_, args) => args,
): Promise<readonly string[]> {
  const program = programOf();
  const faults: string[] = [];
  for (const command of [undefined, ...program.commands.map((each) => each.name())]) {
    const name = command ?? program.name();
    const host = recordingHost();
    const args = [...(command === undefined ? [] : [command]), "--help"];
    const code = await runCommand(programOf(), args, host, "0.0.0", async () => ({ NOTES: notes }));
    const lines = host.written.stdout.split("\n");
    if (code !== 0) faults.push(`${name}: --help ends with ${code}`);
    faults.push(...lines.filter((line) => line.length > HELP_COLUMNS).map((line) => `${name}: too wide: ${line}`));
    if (host.written.stdout.includes("\u001b")) faults.push(`${name}: an escape`);
    const { examples } = notes[name] ?? { examples: [] };
    if (examples.length < 2 || examples.length > 4)
      faults.push(`${name}: ${examples.length} examples, expected 2 to 4`);
    for (const { line } of examples) {
      if (!host.written.stdout.replaceAll(/ \\\n\s*/g, " ").includes(line)) faults.push(`${name}: not shown: ${line}`);
      const called = commandLinesOf(line, [program.name()]);
      if (!called.some(({ args: [first] }) => command === undefined || first === command)) {
        faults.push(`${name}: an example of something else: ${line}`);
      }
      for (const { text, args: words } of called) {
        const fault = faultOf(programOf(), wordsFor(program, words));
        if (fault !== undefined) faults.push(`${name}: ${text}: ${fault}`);
      }
    }
  }
  return faults;
}
