import { Command } from "commander";
import { expect, test } from "vitest";
import { commandLinesOf, faultOf, unknownOptions } from "./command-lines.ts";

const words = (text: string): readonly (readonly string[])[] =>
  commandLinesOf(text, ["tool", "other"]).map(({ program, args }) => [program, ...args]);

test.each([
  ["tool run --flag x", [["tool", "run", "--flag", "x"]]],
  ["$ tool run   # why", [["tool", "run"]]],
  ["tool run \\\n  --flag x", [["tool", "run", "--flag", "x"]]],
  ["printf 'a|b' | tool - > out.txt", [["tool", "-"]]],
  ["tool --json - < in.yml", [["tool", "--json", "-"]]],
  [
    "tool plan --json | other merge --plan - && other x",
    [
      ["tool", "plan", "--json"],
      ["other", "merge", "--plan", "-"],
      ["other", "x"],
    ],
  ],
  ["A=1 B= tool run 'a b' --c=\"d e\"", [["tool", "run", "a b", "--c=d e"]]],
  ["  - run: npx @fanfold/tool@1.2.3 run", [["tool", "run"]]],
  ["npx --yes tool run", [["tool", "run"]]],
  ["npm run -s tool -- run --flag x", [["tool", "run", "--flag", "x"]]],
  ["npm run tool", []],
  ["npm run demo -- tool", []],
  ["docker run tool", []],
  ["my-tool run", []],
])("%s", (text, expected) => {
  expect(words(text)).toEqual(expected);
});

test("the package that holds fanfold is called by its own name, too", () => {
  expect(commandLinesOf("npx @fanfold/workflows init --dry-run", ["fanfold"])).toEqual([
    { program: "fanfold", args: ["init", "--dry-run"], text: "fanfold init --dry-run" },
  ]);
});

function program(): Command {
  let ran = 0;
  const made = new Command("tool");
  made
    .command("run")
    .argument("<name>")
    .requiredOption("--flag <x>")
    .option("--on")
    .action(() => {
      ran += 1;
      throw new Error(`ran ${ran} times`);
    });
  return made;
}

test.each([
  ["run a --flag x", undefined],
  ["run --help", undefined],
  ["run a --flag x --of", "error: unknown option '--of'\n(Did you mean --on?)"],
  ["run a", "error: required option '--flag <x>' not specified"],
  ["run --flag x", "error: missing required argument 'name'"],
  ["rnu a", "error: unknown command 'rnu'\n(Did you mean run?)"],
])("tool %s: %s", (line, fault) => {
  expect(faultOf(program(), line.split(" "))).toBe(fault);
});

test("options of a part of a command line", () => {
  expect(unknownOptions(program(), ["run", "--on", "--off", "--flag=x", "--", "--foreign"])).toEqual(["--off"]);
  expect(unknownOptions(program(), ["--on"])).toEqual(["--on"]);
});
