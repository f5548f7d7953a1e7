import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { commandLinesOf, faultOf, unknownOptions } from "@fanfold-internal/kit/help/command-lines";
import type { Host } from "@fanfold-internal/kit/process/host";
import { recordingHost } from "@fanfold-internal/kit/process/recording-host";
import type { Command } from "commander";
import { expect, test } from "vitest";

const root = new URL("../../../", import.meta.url);
const files = execFileSync("git", ["ls-files", "-z", "--cached", "--others", "--exclude-standard", "*.md"], {
  cwd: fileURLToPath(root),
  encoding: "utf8",
});
const pages = files.split("\0").filter((file) => file !== "");

interface Cli {
  readonly program: (host: Host) => Command;
  readonly wordsFor?: (program: Command, args: readonly string[]) => readonly string[];
}

const FOLDERS = new Map([
  ["fanfold", "workflows"],
  ...["changed-backends", "merge-matrix", "digest-tools", "disk-setup"].map((name) => [name, name] as const),
]);
const programs = [...FOLDERS.keys()];
const clis = new Map<string, Cli>();
for (const [name, folder] of FOLDERS) {
  // Not a part of any package's API.
  const cli: Cli = await import(new URL(`packages/${folder}/src/cli.ts`, root).href);
  clis.set(name, cli);
}

function programOf(name: string): Command {
  const cli = clis.get(name);
  if (cli === undefined) throw new Error(`there is no program ${name}`);
  return cli.program(recordingHost());
}

function fault(name: string, args: readonly string[]): string | undefined {
  const made = programOf(name);
  const words = clis.get(name)?.wordsFor?.(made, args) ?? args;
  made.option("--verbose").version("0.0.0", "--version");
  for (const command of made.commands) command.option("--verbose");
  return faultOf(made, words);
}

const text = (page: string): string => readFileSync(new URL(page, root), "utf8");

/** Command lines of a page's blocks, with the block's language. */
const blocks = (page: string): readonly { readonly info: string; readonly body: string }[] =>
  [...text(page).matchAll(/^( *)```([a-z]*)[^\n]*\n([\s\S]*?)^ *```$/gm)].map(([, , info = "", body = ""]) => ({
    info,
    body,
  }));

const SHELLS = ["sh", "bash", "console"];

test("the pages have command lines", () => {
  const found = pages.flatMap((page) => blocks(page).flatMap(({ body }) => commandLinesOf(body, programs)));
  expect(found.length).toBeGreaterThan(100);
  expect(new Set(found.map(({ program }) => program))).toEqual(new Set(programs));
});

test.each(pages)("%s: each command line is one that its command takes", (page) => {
  const faults = blocks(page).flatMap(({ info, body }) =>
    commandLinesOf(body, programs)
      // In other blocks a line may be a sentence that begins so.
      .filter(({ args }) => SHELLS.includes(info) || args.some((word) => word.startsWith("--")))
      .flatMap((line) => {
        const found = fault(line.program, line.args);
        return found === undefined ? [] : [`${line.text}: ${found}`];
      }),
  );
  expect(faults).toEqual([]);
});

test.each(pages)("%s: what it calls an option is one", (page) => {
  const prose = text(page).replaceAll(/^( *)```[\s\S]*?^ *```$/gm, "");
  const strange = [...prose.matchAll(/`([^`\n]+)`/g)].flatMap(([, code = ""]) =>
    commandLinesOf(code.replaceAll("\\|", " "), programs).flatMap(({ program, args }) => {
      const made = programOf(program);
      made.option("--verbose").version("0.0.0", "--version");
      return unknownOptions(made, args).map((flag) => `${code}: ${flag}`);
    }),
  );
  expect(strange).toEqual([]);
});
