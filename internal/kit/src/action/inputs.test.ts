import { Command } from "commander";
import { expect, test } from "vitest";
import { recordingHost } from "../process/recording-host.ts";
import type { Action } from "./action.ts";
import { readInputs } from "./inputs.ts";

const action: Action = {
  name: "sample",
  title: "Sample",
  description: "a sample",
  program: () =>
    new Command("tool").addCommand(
      new Command("run")
        .requiredOption("--file <file>", "what is read")
        .option("--also <name>", "a name (repeatable)")
        .option("--hard", "without mercy")
        .option("--json", "as data"),
    ),
  command: "run",
  version: "0.0.0",
  without: ["json"],
  lists: ["also"],
  defaults: {},
  variables: { token: { variable: "GITHUB_TOKEN", description: "for the API" } },
  always: ["--json"],
  outputs: {},
};
const read = (env: Readonly<Record<string, string>>) => readInputs(action, recordingHost({ env }));

test("an input is a word of its own on the command line, whatever it holds", () => {
  expect(read({ INPUT_FILE: "--hard", INPUT_ALSO: "a b\n\n -c=$(id) \r\nd", INPUT_HARD: "true" }).args).toEqual([
    "--json",
    "--file=--hard",
    "--also=a b",
    "--also=-c=$(id)",
    "--also=d",
    "--hard",
  ]);
});

test("what is empty was not given, and a switch is on for true alone", () => {
  const env = { INPUT_FILE: " x ", INPUT_ALSO: "", INPUT_HARD: "false", INPUT_TOKEN: "" };
  expect(read(env)).toEqual({ args: ["--json", "--file=x"], env: {} });
  expect(() => read({ INPUT_FILE: "x", INPUT_HARD: "yes" })).toThrow('hard must be true or false, found "yes"');
  expect(() => read({ INPUT_FILE: " " })).toThrow("the input file is required: what is read");
});

test("a variable goes into the environment, and no input stays there", () => {
  const given = read({ INPUT_FILE: "x", INPUT_TOKEN: "t", INPUT_JSON: "true", GITHUB_TOKEN: "other", PATH: "/bin" });
  expect(given).toEqual({ args: ["--json", "--file=x"], env: { GITHUB_TOKEN: "t", PATH: "/bin" } });
});
