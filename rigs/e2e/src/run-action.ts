import { spawn } from "node:child_process";
import { mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { isJsonObject, type Json } from "@fanfold-internal/kit/read/json";
import { parse } from "yaml";

/** What a step with one of Fanfold's own actions runs on. */
export interface ActionStep {
  /** The folder with its `action.yml`. */
  readonly action: string;
  readonly with: Readonly<Record<string, string>>;
  /** The whole environment, but for what a runner adds to it. */
  readonly env: Readonly<Record<string, string>>;
  readonly workspace: string;
  /** Where the step's files are made. */
  readonly directory: string;
}

export interface ActionEnd {
  readonly code: number | null;
  readonly outputs: ReadonlyMap<string, string>;
  readonly summary: string;
  readonly log: string;
}

/**
 * Runs an action as the runner does: what `action.yml` names, by Node, with each input (its default where a step gives
 * none) as `INPUT_…`, and the files that it reads afterwards.
 */
export async function runAction({ action, with: given, env, workspace, directory }: ActionStep): Promise<ActionEnd> {
  const { inputs, runs } = readAction(action);
  const unknown = Object.keys(given).filter((name) => !(name in inputs));
  if (unknown.length > 0) throw new Error(`${action} has no input ${unknown.join(", ")}`);
  if (runs["using"] !== "node24") throw new Error(`${action} does not run on node24`);
  const home = mkdtempSync(join(directory, "step-"));
  const file = (name: string): string => {
    writeFileSync(join(home, name), "");
    return join(home, name);
  };
  const files = { GITHUB_OUTPUT: file("output"), GITHUB_STEP_SUMMARY: file("summary"), GITHUB_ENV: file("env") };
  const values = Object.entries(inputs).map(([name, { default: otherwise }]): [string, string] => [
    inputVariable(name),
    given[name] ?? otherwise.replace("${{ github.token }}", "github-token"),
  ]);
  const child = spawn(process.execPath, [join(action, String(runs["main"]))], {
    cwd: workspace,
    env: { ...env, ...files, ...Object.fromEntries(values), GITHUB_WORKSPACE: workspace },
    stdio: ["ignore", "pipe", "pipe"],
  });
  const [stdout, stderr] = [text(child.stdout), text(child.stderr)];
  const code = await new Promise<number | null>((resolve, reject) => child.on("error", reject).on("close", resolve));
  return {
    code,
    outputs: readOutputs(readFileSync(files.GITHUB_OUTPUT, "utf8")),
    summary: readFileSync(files.GITHUB_STEP_SUMMARY, "utf8"),
    log: `${await stdout}${await stderr}`,
  };
}

/** The variable that an action finds an input in. */
export function inputVariable(name: string): string {
  return `INPUT_${name.replaceAll(" ", "_").toUpperCase()}`;
}

/** What an `action.yml` says. */
export function readAction(folder: string): {
  readonly inputs: Readonly<Record<string, { readonly default: string }>>;
  readonly outputs: readonly string[];
  readonly runs: Readonly<Record<string, Json>>;
} {
  const file: Json = parse(readFileSync(join(folder, "action.yml"), "utf8"));
  const part = (name: string): Readonly<Record<string, Json>> => {
    const value = isJsonObject(file) ? file[name] : undefined;
    return isJsonObject(value) ? value : {};
  };
  const inputs = Object.entries(part("inputs")).map(([name, input]) => [
    name,
    { default: isJsonObject(input) ? String(input["default"] ?? "") : "" },
  ]);
  return { inputs: Object.fromEntries(inputs), outputs: Object.keys(part("outputs")), runs: part("runs") };
}

function readOutputs(written: string): ReadonlyMap<string, string> {
  const pairs = written.matchAll(/^([^=\n]+)<<(.+)\n([\s\S]*?)\n\2$/gm);
  return new Map([...pairs].map(([, name = "", , value = ""]) => [name, value]));
}
