import { spawnSync } from "node:child_process";
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { data, Evaluator, Lexer, Parser } from "@actions/expressions";
import { isJsonObject, type Json, type JsonObject } from "@fanfold-internal/kit/read/json";
import { parse } from "yaml";

/** The contexts that expressions see: `inputs`, `runner`, `needs`, … */
export type Contexts = JsonObject;

export interface StepRun {
  readonly code: number | null;
  readonly output: string;
  /** The command lines of the programs that stood in for npx and docker. */
  readonly calls: readonly (readonly string[])[];
}

/** Text with `${{ }}` as GitHub evaluates it, by GitHub's own evaluator. */
export function evaluate(text: string, contexts: Contexts): string {
  let result = "";
  let rest = text;
  for (let start = rest.indexOf("${{"); start !== -1; start = rest.indexOf("${{")) {
    const end = endOfExpression(rest, start + 3);
    result += rest.slice(0, start) + evaluateExpression(rest.slice(start + 3, end), contexts).coerceString();
    rest = rest.slice(end + 2);
  }
  return result + rest;
}

export function evaluateExpression(expression: string, contexts: Contexts): data.ExpressionData {
  const tree = new Parser(new Lexer(expression.trim()).lex().tokens, Object.keys(contexts), []).parse();
  const context: unknown = JSON.parse(JSON.stringify(contexts), data.reviver);
  if (!(context instanceof data.Dictionary)) throw new Error("contexts are no dictionary");
  return new Evaluator(tree, context).evaluate();
}

/** The step of a job in a workflow's or an action's text. */
export function stepOf(text: string, job: string | undefined, name: string): JsonObject {
  const file: Json = parse(text);
  const owner = job === undefined ? at(file, "runs") : at(at(file, "jobs"), job);
  const steps = at(owner, "steps");
  const found = Array.isArray(steps) ? steps.find((step) => at(step, "name") === name) : undefined;
  if (!isJsonObject(found)) throw new Error(`no step ${name}`);
  return found;
}

/**
 * Runs a step's script as a runner does: its environment evaluated, `bash -eo pipefail`. npx and docker are programs that
 * write down how they were called; `npx … tags` prints two tags.
 */
export function runStep(step: JsonObject, contexts: Contexts, prepare?: (directory: string) => void): StepRun {
  const directory = mkdtempSync(join(tmpdir(), "fanfold-step-"));
  try {
    const bin = join(directory, "bin");
    const temp = join(directory, "temp");
    const log = join(directory, "calls");
    for (const path of [bin, temp]) mkdirSync(path);
    for (const name of ["npx", "docker"]) {
      writeFileSync(join(bin, name), standIn(name, log));
      chmodSync(join(bin, name), 0o755);
    }
    prepare?.(temp);
    const env = Object.fromEntries(
      Object.entries(record(step["env"])).map(([key, value]) => [key, evaluate(String(value), contexts)]),
    );
    const script = evaluate(String(step["run"]), contexts);
    const file = join(directory, "script.sh");
    writeFileSync(file, script);
    const { status, stdout, stderr } = spawnSync("bash", ["--noprofile", "--norc", "-eo", "pipefail", file], {
      cwd: directory,
      env: { PATH: `${bin}${delimiter}${process.env["PATH"]}`, RUNNER_TEMP: temp, ...env },
      encoding: "utf8",
    });
    const calls = existsSync(log) ? readFileSync(log, "utf8").trimEnd().split("\n").map(words) : [];
    return { code: status, output: stdout + stderr, calls };
  } finally {
    rmSync(directory, { recursive: true });
  }
}

function standIn(name: string, log: string): string {
  return `#!${process.execPath}
const { appendFileSync, mkdirSync } = require("node:fs");
const args = process.argv.slice(2);
appendFileSync(${JSON.stringify(log)}, JSON.stringify([${JSON.stringify(name)}, ...args]) + "\\n");
if (args.includes("tags")) console.log("sha-1234567\\nlatest");
if (args.includes("push")) {
  mkdirSync(args[args.indexOf("--record-dir") + 1] + "/" + process.env.ARTIFACT_NAME, { recursive: true });
}
`;
}

function endOfExpression(text: string, from: number): number {
  let quoted = false;
  for (let index = from; index < text.length; index += 1) {
    if (text[index] === "'") quoted = !quoted;
    if (!quoted && text.startsWith("}}", index)) return index;
  }
  throw new Error(`an expression does not end: ${text}`);
}

function words(line: string): readonly string[] {
  const value: unknown = JSON.parse(line);
  if (!Array.isArray(value)) throw new Error(`no list: ${line}`);
  return value.map(String);
}

const at = (value: Json | undefined, key: string): Json | undefined => record(value)[key];

const record = (value: Json | undefined): Readonly<Record<string, Json>> => (isJsonObject(value) ? value : {});
