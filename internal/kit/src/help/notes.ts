/** What help and reference say of a command besides its options. */
export interface CommandNotes {
  /** For somebody who has never used it: what it is for, and when. */
  readonly about: string;
  /** Command lines that work as they stand: the tests run them. */
  readonly examples: readonly Example[];
  /** What it prints, writes and changes. */
  readonly gives: string;
  /** When its exit code is 1. */
  readonly fails: string;
  /** Variables that it reads, besides those that every command reads; names separated by spaces share a meaning. */
  readonly environment?: Readonly<Record<string, string>>;
}

export interface Example {
  /** What it is for. */
  readonly does: string;
  /** One command line, as long as it is; it is wrapped where it is shown. */
  readonly line: string;
  /** What it needs besides a clone, which is said beside it; a test parses such a line only. */
  readonly needs?: string;
}

/** The notes of a program's commands, by their names; those of the program itself by its own. */
export type Notes = Readonly<Record<string, CommandNotes>>;

/** Variables that every command reads. */
export const COMMON_ENVIRONMENT: Readonly<Record<string, string>> = {
  RUNNER_DEBUG: "`1` is `--verbose`",
  GITHUB_ACTIONS: "`true` makes annotations and folded groups of messages",
  "NO_COLOR TERM": "set, or `dumb`: no colours and no line of progress; both are for terminals alone",
};

const PAGES = "https://github.com/fanfold/fanfold/blob/main/docs/cli";

/** The page of a program's commands. */
export const pageAddress = (program: string): string => `${PAGES}/${program}.md`;

/** Columns of help text at most; a terminal that has fewer gets fewer. */
export const HELP_COLUMNS = 80;

/** What stands above an example. */
export const exampleTitle = ({ does, needs }: Example): string =>
  needs === undefined ? does : `${does} (needs ${needs})`;

/** A command line that goes on behind a backslash where it is wider than `columns`, broken before an option. */
export function wrappedLine(line: string, columns: number, indent = ""): string {
  const lines: string[] = [];
  let current = indent;
  for (const word of words(line)) {
    const longer = current.trim() === "" ? `${current}${word}` : `${current} ${word}`;
    if (longer.length + 2 <= columns || current.trim() === "") current = longer;
    else {
      lines.push(`${current} \\`);
      current = `${indent}  ${word}`;
    }
  }
  return [...lines, current].join("\n");
}

/** An option keeps its value beside it. */
function words(line: string): readonly string[] {
  return line.match(/(?:^|(?<= ))(?:--?[a-z][^ ]* (?!--))?(?:'[^']*'|"[^"]*"|[^ ])+/g) ?? [line];
}
