import { type Command, CommanderError } from "commander";

/** A command line of a page: a program's name, and its words. */
export interface CommandLine {
  readonly program: string;
  readonly args: readonly string[];
  /** As the page has it, on one line. */
  readonly text: string;
}

/**
 * The command lines of a shell's text that call one of these programs: by name, with npx, or by `npm run NAME --`. Prompts,
 * comments, redirections, and what a variable's value is are left out; `\` at an end joins lines.
 */
export function commandLinesOf(text: string, programs: readonly string[]): readonly CommandLine[] {
  const lines = text.replaceAll(/\\\n\s*/g, " ").split("\n");
  return lines.flatMap((line) =>
    segmentsOf(line).flatMap((words) => {
      const at = words.findIndex((word) => !/^[A-Z_]+=/.test(word));
      const [program, ...args] = calledBy(words.slice(Math.max(at, 0)));
      return program !== undefined && programs.includes(program)
        ? [{ program, args, text: [program, ...args].join(" ") }]
        : [];
    }),
  );
}

/** The program that words call, however it is fetched, and its own words. */
function calledBy(words: readonly string[]): readonly string[] {
  const [first = "", second = "", third, ...rest] = words;
  if (first === "npm" && second === "run" && third !== undefined) {
    const [mark, ...args] = third.startsWith("-") ? rest.slice(1) : rest;
    return mark === "--" ? [third.startsWith("-") ? (rest[0] ?? "") : third, ...args] : [];
  }
  if (first !== "npx") return words;
  const [name = "", ...args] = words.slice(1).filter((word, index) => index > 0 || !word.startsWith("-"));
  const [, fetched = name] = /^(?:@fanfold\/)?([a-z-]+)(?:@\S*)?$/.exec(name) ?? [];
  return [fetched === "workflows" ? "fanfold" : fetched, ...args];
}

/** The words between pipes and the like, without quotes and redirections. */
function segmentsOf(line: string): readonly (readonly string[])[] {
  const segments: string[][] = [[]];
  const plain = line.replace(/^\s*(?:\$ |- )?(?:run: )?/, "").replace(/(?:^|\s)#\s.*$/, "");
  for (const [word] of plain.matchAll(/(?:'[^']*'|"[^"]*"|[^\s'"|;&<>]|(?<=[^\s])[<>](?=\S))+|[|;&<>()]+/g)) {
    if (/^[|;&()]+$/.test(word)) segments.push([]);
    else segments.at(-1)?.push(word.replaceAll(/'([^']*)'|"([^"]*)"/g, "$1$2"));
  }
  return segments.map((words) => words.filter((word, index) => !isRedirection(word, words[index - 1])));
}

const isRedirection = (word: string, before = ""): boolean => /^[<>]+$/.test(word) || /^[<>]+$/.test(before);

/** What is wrong with a command line by the program's definitions; nothing is run. Undefined: nothing. */
export function faultOf(program: Command, args: readonly string[]): string | undefined {
  for (const command of [program, ...program.commands]) {
    command.exitOverride().configureOutput({ writeOut: () => {}, writeErr: () => {}, outputError: () => {} });
    if (command.commands.length === 0) command.action(() => {});
  }
  try {
    program.parse(args, { from: "user" });
    return undefined;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? undefined : error.message;
    throw error;
  }
}

/** Options of a text that its command does not have, where the text need not be a whole command line. */
export function unknownOptions(program: Command, [name, ...args]: readonly string[]): readonly string[] {
  const command = program.commands.find((each) => each.name() === name);
  const known = new Set(
    [program, ...(command === undefined ? [] : [command])].flatMap(({ options }) => options.map(({ long }) => long)),
  );
  const given = (command === undefined ? [name ?? "", ...args] : args).slice(0, args.indexOf("--") + 1 || undefined);
  return given.flatMap((word) => {
    const [, flag] = /^(--[a-z][a-z-]*)/.exec(word) ?? [];
    return flag === undefined || flag === "--help" || known.has(flag) ? [] : [flag];
  });
}
