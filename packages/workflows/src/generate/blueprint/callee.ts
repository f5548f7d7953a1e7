import { posix } from "node:path";
import type { Diagnostic } from "@fanfold-internal/kit/process/diagnostic";
import { isJsonObject, type Json } from "@fanfold-internal/kit/read/json";
import { parseYaml } from "@fanfold-internal/kit/read/yaml-source";
import type { GenerateCode } from "../../base/codes.ts";
import type { Grant } from "../yaml/model.ts";

/** The types that GitHub has for inputs (https://docs.github.com/actions/reference/workflows-and-actions/workflow-syntax#onworkflow_callinputsinput_idtype). */
type InputType = "string" | "number" | "boolean";

/** An input of a reusable workflow, as whoever calls it has to know it. */
export interface CalleeInput {
  readonly name: string;
  readonly type: InputType;
  /** A caller must give it: without a default nothing stands in for it. */
  readonly needed: boolean;
}

/** A reusable workflow of the repository, as whoever calls it has to know it. */
export interface Callee {
  readonly path: string;
  /** What its jobs ask for; a caller that grants less cannot start (https://docs.github.com/actions/reference/workflows-and-actions/reusing-workflow-configurations#permissions). */
  readonly grants: readonly Grant[];
  readonly inputs: readonly CalleeInput[];
  readonly secrets: readonly string[];
  /** Local workflows that it calls. */
  readonly calls: readonly string[];
}

export type ReadCallee =
  | { readonly kind: "callee"; readonly callee: Callee }
  | { readonly kind: "problem"; readonly problem: Diagnostic };

/** Reads a workflow that others call. `path` is from the repository's root. */
export function readCallee(path: string, text: string | undefined): ReadCallee {
  const refuse = (code: GenerateCode, message: string, fix: string): ReadCallee => ({
    kind: "problem",
    problem: { code, severity: "error", message, at: { file: path }, fix },
  });
  if (text === undefined) return refuse("callee-missing", "there is no such workflow", "write it, or correct the path");
  const source = parseYaml(text, path);
  if (source.kind === "invalid") {
    const [first] = source.problems;
    return first === undefined
      ? refuse("callee-not-callable", "cannot be read", "write it as YAML")
      : { kind: "problem", problem: first };
  }
  const { value } = source.value;
  const on = at(value, "on");
  if (!isJsonObject(on) || !("workflow_call" in on)) {
    return refuse("callee-not-callable", "cannot be called: it has no trigger on.workflow_call", "add it");
  }
  const call = on["workflow_call"] ?? null;
  const asked = permissionsOf(value);
  if (asked === undefined) {
    return refuse(
      "callee-permissions",
      "asks for permissions by read-all or write-all",
      "name the scopes that its jobs need",
    );
  }
  const required = Object.entries(record(at(call, "secrets"))).find(([, secret]) => at(secret, "required") === true);
  if (required !== undefined) {
    return refuse(
      "callee-secret",
      `requires the secret ${required[0]}, and pull requests are given none`,
      "make it required: false",
    );
  }
  const inputs: CalleeInput[] = [];
  for (const [name, declared] of Object.entries(record(at(call, "inputs")))) {
    const input = readInput(name, declared);
    if (input === undefined) {
      const where = source.value.place(["on", "workflow_call", "inputs", name]);
      const fix = "write type: string, number or boolean; for a choice, string";
      const message = `input ${name} has no type that GitHub knows`;
      const problem: Diagnostic<GenerateCode> = {
        code: "callee-input-type",
        severity: "error",
        message,
        at: where,
        fix,
      };
      return { kind: "problem", problem };
    }
    inputs.push(input);
  }
  return {
    kind: "callee",
    callee: {
      path,
      grants: asked.map(([scope, access]) => ({
        scope,
        access,
        reason: `asked for by ${posix.basename(path)}`,
      })),
      inputs,
      secrets: Object.keys(record(at(call, "secrets"))),
      calls: Object.values(record(at(value, "jobs"))).flatMap((job) => {
        const uses = at(job, "uses");
        return typeof uses === "string" && uses.startsWith("./") ? [uses.slice(2)] : [];
      }),
    },
  };
}

type Access = "read" | "write";

/** The union of what jobs ask for, those of the whole file where a job states none; undefined: everything. */
function permissionsOf(workflow: Json): readonly (readonly [string, Access])[] | undefined {
  const top = at(workflow, "permissions");
  const jobs = Object.values(record(at(workflow, "jobs")));
  const stated = jobs.map((job) => at(job, "permissions") ?? top);
  // A file that states none gets what its caller has: enough to check the repository out.
  if (stated.every((permissions) => permissions === undefined)) return [["contents", "read"]];
  const asked = new Map<string, Access>();
  for (const permissions of stated) {
    if (typeof permissions === "string") return undefined;
    for (const [scope, access] of Object.entries(record(permissions))) {
      if (access === "write" || (access === "read" && asked.get(scope) !== "write")) asked.set(scope, access);
    }
  }
  return [...asked].sort(([left], [right]) => (left < right ? -1 : 1));
}

function at(value: Json | undefined, key: string): Json | undefined {
  return isJsonObject(value) && Object.hasOwn(value, key) ? value[key] : undefined;
}

function record(value: Json | undefined): Readonly<Record<string, Json>> {
  return isJsonObject(value) ? value : {};
}

/** One declaration under `on.workflow_call.inputs`; undefined: GitHub refuses it, because it has no type that there is. */
function readInput(name: string, declared: Json): CalleeInput | undefined {
  if (!isJsonObject(declared)) return undefined;
  const { type, required, default: otherwise } = declared;
  if (type !== "string" && type !== "number" && type !== "boolean") return undefined;
  return { name, type, needed: required === true && (otherwise ?? null) === null };
}

/** The input of a name; GitHub ignores case. */
export function inputNamed(name: string, inputs: readonly CalleeInput[]): CalleeInput | undefined {
  return inputs.find((input) => input.name.toLowerCase() === name.toLowerCase());
}
