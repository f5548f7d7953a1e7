/** A file that the reader writes, whole. */
interface FileStep {
  readonly kind: "file";
  readonly path: string;
  readonly text: string;
}

/** Commands that the reader runs in one go, and the block that shows what they print; none where they print nothing. */
interface CommandStep {
  readonly kind: "commands";
  readonly script: string;
  /** What the page says of their exit code: those in a block `sh fails` do not end with 0. */
  readonly fails: boolean;
  readonly shown: Shown | undefined;
}

interface Shown {
  readonly text: string;
  /** Where the text of the block stands in the page. */
  readonly start: number;
}

export type Step = FileStep | CommandStep;

// A path has a dot or a slash, and these have none.
const FAILS = "fails";
const CLONE = "clone";

/**
 * What a reader of a page does, in order: a fenced block with a path is a file, one of `sh` is commands, and the block
 * without a path that follows commands is what they print. Other blocks without a path are excerpts, and no steps; nor is
 * what is done on a clone of another project.
 */
export function stepsOf(page: string): readonly Step[] {
  const steps: Step[] = [];
  let printing: { script: string; fails: boolean } | undefined;
  const end = (shown: Shown | undefined): void => {
    if (printing !== undefined) steps.push({ kind: "commands", ...printing, shown });
    printing = undefined;
  };
  for (const { info, text, start } of blocksOf(page)) {
    const [language = "", word] = info;
    if (word === CLONE) end(undefined);
    else if (language === "sh" && (word === undefined || word === FAILS)) {
      end(undefined);
      printing = { script: text, fails: word === FAILS };
    } else if (word === undefined) {
      end({ text, start });
    } else {
      end(undefined);
      steps.push({ kind: "file", path: word, text });
    }
  }
  end(undefined);
  return steps;
}

interface LineStep {
  readonly kind: "command";
  readonly line: string;
}

/** What a page does on a clone of another project: blocks `yaml clone PATH` and `sh clone`, whose lines are commands. */
export function cloneStepsOf(page: string): readonly (FileStep | LineStep)[] {
  return blocksOf(page).flatMap(({ info: [language, word, path], text }): readonly (FileStep | LineStep)[] => {
    if (word !== CLONE) return [];
    if (path !== undefined) return [{ kind: "file", path, text }];
    const lines = text.trimEnd().split("\n");
    return language === "sh" ? lines.map((line) => ({ kind: "command", line })) : [];
  });
}

interface Block {
  readonly info: readonly string[];
  readonly text: string;
  readonly start: number;
}

function blocksOf(page: string): readonly Block[] {
  return [...page.matchAll(/^```([^\n]+)\n([\s\S]*?)^```$/gm)].map(({ index, 1: info = "", 2: text = "" }) => ({
    info: info.split(" "),
    text,
    start: index + "```".length + info.length + "\n".length,
  }));
}
