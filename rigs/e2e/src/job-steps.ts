import { spawn } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { delimiter, join } from "node:path";
import { isJsonObject, type Json, type JsonObject } from "@fanfold-internal/kit/read/json";
import { parse } from "yaml";
import { condition, interpolate, resolved, type Status } from "./expressions.ts";
import { inputVariable, readAction } from "./run-action.ts";

export interface JobOnRunner {
  /** The job of the workflow's file, which has `steps`. */
  readonly job: JsonObject;
  /** `github`, `needs`, `inputs`, `secrets`, … */
  readonly contexts: JsonObject;
  /** What the runner itself has in its environment. */
  readonly env: Readonly<Record<string, string>>;
  /** Where the job gets a new workspace and temporary folder. */
  readonly directory: string;
  /** Folders with an `action.yml`, by `owner/name` and the path there. */
  readonly actions: ReadonlyMap<string, string>;
}

interface JobEnd {
  readonly status: Status;
  readonly outputs: Readonly<Record<string, string>>;
  readonly log: string;
}

/**
 * Runs a job's steps one after the other as a runner does: `bash --noprofile --norc -eo pipefail`, files for outputs,
 * environment and path, `with` as INPUT_… of actions. What generated workflows do not use is refused.
 */
export async function runSteps({ job, contexts, env, directory, actions }: JobOnRunner): Promise<JobEnd> {
  const home = mkdtempSync(join(directory, "job-"));
  const places = { workspace: join(home, "workspace"), temp: join(home, "temp") };
  for (const place of Object.values(places)) mkdirSync(place);
  const arch = String(job["runs-on"]).includes("arm") ? "ARM64" : "X64";
  const runner = { temp: places.temp, arch, os: "Linux" };
  const base = { ...contexts, runner };
  const jobEnv = strings(resolved(job["env"] ?? {}, base));
  const known: Record<string, string> = {
    ...env,
    ...jobEnv,
    GITHUB_WORKSPACE: places.workspace,
    RUNNER_TEMP: places.temp,
    RUNNER_ARCH: arch,
    RUNNER_OS: "Linux",
  };
  const run: StepRun = { home, workspace: places.workspace, actions, known, status: "success", log: "" };
  const steps = await runAll(job["steps"], base, run);
  return { status: run.status, outputs: strings(resolved(job["outputs"] ?? {}, { ...base, steps })), log: run.log };
}

interface StepRun {
  readonly home: string;
  readonly workspace: string;
  readonly actions: JobOnRunner["actions"];
  /** The environment as the steps so far have left it. */
  readonly known: Record<string, string>;
  status: Status;
  log: string;
}

/** Runs steps, and returns what those with an `id` gave out. */
async function runAll(
  steps: Json | undefined,
  contexts: JsonObject,
  run: StepRun,
): Promise<Readonly<Record<string, JsonObject>>> {
  const done: Record<string, JsonObject> = {};
  for (const step of Array.isArray(steps) ? steps : []) {
    if (!isJsonObject(step)) throw new Error("a step is no mapping");
    const unknown = Object.keys(step).filter((key) => !STEP_KEYS.includes(key));
    if (unknown.length > 0) throw new Error(`a step has ${unknown.join(", ")}, which is not interpreted here`);
    const seen = { ...contexts, steps: done, env: run.known };
    if (!condition(step["if"], seen, run.status)) continue;
    const { uses } = step;
    const outputs =
      typeof uses === "string" && uses.startsWith("./")
        ? await runComposite(uses, resolved(step["with"] ?? {}, seen), seen, run)
        : await runOne(step, seen, run);
    if (step["id"] !== undefined) done[String(step["id"])] = { outputs };
  }
  return done;
}

const STEP_KEYS = ["name", "id", "if", "uses", "with", "env", "run", "shell"];

/** A composite action of the repository, as it was checked out: its steps see its inputs, and no secret. */
async function runComposite(uses: string, inputs: Json, contexts: JsonObject, run: StepRun): Promise<JsonObject> {
  const action: Json = parse(readFileSync(join(run.workspace, uses, "action.yml"), "utf8"));
  const runs = isJsonObject(action) ? action["runs"] : undefined;
  if (!isJsonObject(action) || !isJsonObject(runs) || runs["using"] !== "composite") {
    throw new Error(`${uses} is no composite action`);
  }
  const { secrets: _, ...own } = contexts;
  const steps = await runAll(runs["steps"], { ...own, inputs }, run);
  const declared = isJsonObject(action["outputs"]) ? Object.entries(action["outputs"]) : [];
  return Object.fromEntries(
    declared.map(([name, output]) => [
      name,
      resolved(isJsonObject(output) ? (output["value"] ?? "") : "", { ...own, inputs, steps }),
    ]),
  );
}

async function runOne(step: JsonObject, contexts: JsonObject, run: StepRun): Promise<Record<string, string>> {
  const { known } = run;
  const files = stepFiles(run.home);
  const stepEnv = { ...known, ...files, ...strings(resolved(step["env"] ?? {}, contexts)) };
  const [program, args, inputs] = commandOf(step, contexts, run.home, run.actions);
  const { code, output } = await execute(program, args, run.workspace, { ...stepEnv, ...inputs });
  run.log += `## ${String(step["name"])}: ${code}\n${output}`;
  Object.assign(known, readPairs(files.GITHUB_ENV));
  const paths = readFileSync(files.GITHUB_PATH, "utf8").split("\n").filter(Boolean);
  known["PATH"] = [...paths.toReversed(), known["PATH"]].join(delimiter);
  if (code !== 0) run.status = "failure";
  return readPairs(files.GITHUB_OUTPUT);
}

type Command = readonly [program: string, args: readonly string[], inputs: Readonly<Record<string, string>>];

function commandOf(
  step: JsonObject,
  contexts: JsonObject,
  home: string,
  actions: ReadonlyMap<string, string>,
): Command {
  const { uses, run } = step;
  if (typeof run === "string") {
    const script = join(home, "script.sh");
    writeFileSync(script, interpolate(run, contexts));
    return ["bash", ["--noprofile", "--norc", "-eo", "pipefail", script], {}];
  }
  const [name = "", pin = ""] = String(uses).split("@");
  const folder = actions.get(name);
  if (folder === undefined || !/^[0-9a-f]{40}$/.test(pin)) throw new Error(`nothing stands in for ${String(uses)}`);
  const { inputs: declared, runs } = readAction(folder);
  const defaults = Object.entries(declared).map(([key, input]) => [key, interpolate(input.default, contexts)]);
  const given = { ...Object.fromEntries(defaults), ...strings(resolved(step["with"] ?? {}, contexts)) };
  const inputs = Object.entries(given).map(([key, value]) => [inputVariable(key), String(value).trim()]);
  return [process.execPath, [join(folder, String(runs["main"]))], Object.fromEntries(inputs)];
}

async function execute(
  program: string,
  args: readonly string[],
  cwd: string,
  env: Readonly<Record<string, string>>,
): Promise<{ readonly code: number | null; readonly output: string }> {
  const child = spawn(program, args, { cwd, env, stdio: ["ignore", "pipe", "pipe"] });
  let output = "";
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding("utf8").on("data", (text: string) => {
      output += text;
    });
  }
  const code = await new Promise<number | null>((resolve, reject) => child.on("error", reject).on("close", resolve));
  return { code, output };
}

let serial = 0;

function stepFiles(
  home: string,
): Readonly<Record<"GITHUB_ENV" | "GITHUB_OUTPUT" | "GITHUB_PATH" | "GITHUB_STEP_SUMMARY", string>> {
  serial += 1;
  const file = (name: string): string => {
    const path = join(home, `${name}-${serial}`);
    writeFileSync(path, "");
    return path;
  };
  return {
    GITHUB_ENV: file("env"),
    GITHUB_OUTPUT: file("output"),
    GITHUB_PATH: file("path"),
    GITHUB_STEP_SUMMARY: file("summary"),
  };
}

/** `name=value` lines, and values of several lines between `name<<MARK` and `MARK`. */
function readPairs(file: string): Record<string, string> {
  const text = readFileSync(file, "utf8");
  const pairs = text.matchAll(/^([^=\n]+?)(?:<<(.+)\n([\s\S]*?)\n?^\2$|=(.*)$)/gm);
  return Object.fromEntries([...pairs].map(([, name = "", , block, line]) => [name, block ?? line ?? ""]));
}

function strings(value: unknown): Record<string, string> {
  if (typeof value !== "object" || value === null) throw new Error("no mapping");
  return Object.fromEntries(Object.entries(value).map(([key, each]) => [key, each === null ? "" : String(each)]));
}
