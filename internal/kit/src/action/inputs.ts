import type { Option } from "commander";
import type { Environment, Host } from "../process/host.ts";
import { UsageError } from "../process/usage-error.ts";
import type { Action } from "./action.ts";

/** An input of an action. */
export interface Input {
  readonly name: string;
  readonly description: string;
  readonly required: boolean;
  readonly default: string | undefined;
  /** `switch`: true or false; `list`: a value on each line; `variable`: of the environment, in the place of an option. */
  readonly kind: "value" | "switch" | "list" | "variable";
}

/** The inputs of an action: its command's options, and what else it takes. */
export function inputsOf(action: Action, host: Host): readonly Input[] {
  const { command, defaults, lists, without } = action;
  const found = action.program(host).commands.find((each) => each.name() === command);
  if (found === undefined) throw new Error(`${action.name}: there is no command ${command}`);
  const options = found.options.map((option): Input => {
    const { long, mandatory, required } = option;
    const name = (long ?? "").slice(2);
    return {
      name,
      description: describe(option),
      required: mandatory && !Object.hasOwn(defaults, name),
      default: defaults[name],
      kind: required ? (lists.includes(name) ? "list" : "value") : "switch",
    };
  });
  const variables = Object.entries(action.variables).map(
    ([name, { description }]): Input => ({
      name,
      description,
      required: false,
      default: defaults[name],
      kind: "variable",
    }),
  );
  return [...options.filter(({ name }) => !without.includes(name)), ...variables];
}

/** As `--help` has it: with its choices where the text does not name them, and its default. */
function describe({ description, argChoices = [], defaultValue, defaultValueDescription }: Option): string {
  const text = description.replace(/[;,]? \(?(?:may be repeated|repeatable)\)?/, "");
  const choices = argChoices.every((choice) => text.includes(choice)) ? "" : `: ${argChoices.join(", ")}`;
  const otherwise = defaultValueDescription ?? (typeof defaultValue === "boolean" ? "" : String(defaultValue ?? ""));
  return `${text}${choices}${otherwise === "" || otherwise === "none" ? "" : ` (default: ${otherwise})`}`;
}

/** What a runner hands to an action. */
export interface Given {
  /** The command line without the command. */
  readonly args: readonly string[];
  /** The environment of the command: no program that it starts sees an input. */
  readonly env: Environment;
}

/**
 * Reads the inputs of an action: `INPUT_<NAME>`, upper case, spaces as `_`. An empty one was not given.
 * @throws UsageError for one that is missing, or a switch that is neither true nor false
 */
export function readInputs(action: Action, host: Host): Given {
  const env: Record<string, string | undefined> = Object.fromEntries(
    Object.entries(host.env).filter(([name]) => !name.startsWith("INPUT_")),
  );
  const args: string[] = [...action.always];
  for (const { name, kind, required, description } of inputsOf(action, host)) {
    const text = (host.env[variableOf(name)] ?? "").trim();
    if (text === "") {
      if (required) throw new UsageError(`the input ${name} is required: ${description}`);
      continue;
    }
    if (kind === "variable") env[action.variables[name]?.variable ?? name] = text;
    else if (kind === "switch") args.push(...(isOn(name, text) ? [`--${name}`] : []));
    else args.push(...(kind === "list" ? linesOf(text) : [text]).map((value) => `--${name}=${value}`));
  }
  return { args, env };
}

function linesOf(text: string): readonly string[] {
  const lines = text.split("\n").map((line) => line.trim());
  return lines.filter((line) => line !== "");
}

/** As the runner names it: https://docs.github.com/actions/reference/workflows-and-actions/metadata-syntax#inputs */
function variableOf(name: string): string {
  return `INPUT_${name.replaceAll(" ", "_").toUpperCase()}`;
}

/** What YAML 1.2 has for it, and what expressions come out as. */
function isOn(name: string, text: string): boolean {
  if (/^(?:true|True|TRUE)$/.test(text)) return true;
  if (/^(?:false|False|FALSE)$/.test(text)) return false;
  throw new UsageError(`the input ${name} must be true or false, found ${JSON.stringify(text)}`);
}
