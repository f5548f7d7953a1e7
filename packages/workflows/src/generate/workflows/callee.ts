import { posix } from "node:path";
import type { Problem } from "@fanfold-internal/kit/process/errors";
import { isJsonObject, type Json } from "@fanfold-internal/kit/read/json";
import { parseYaml } from "@fanfold-internal/kit/read/yaml-source";
import type { Grant } from "../yaml/model.ts";
import { type CalleeInput, readInput } from "./callee-inputs.ts";

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
  | { readonly kind: "problem"; readonly problem: Problem };

/** Reads a workflow that others call. `path` is from the repository's root. */
export function readCallee(path: string, text: string | undefined): ReadCallee {
  const refuse = (message: string, fix: string): ReadCallee => ({
    kind: "problem",
    problem: { message, at: { file: path }, fix },
  });
  if (text === undefined) return refuse("there is no such workflow", "write it, or correct the path");
  const source = parseYaml(text, path);
  if (source.kind === "invalid") {
    const [first] = source.problems;
    return { kind: "problem", problem: first ?? { message: "cannot be read", at: { file: path } } };
  }
  const { value } = source.value;
  const on = at(value, "on");
  if (!isJsonObject(on) || !("workflow_call" in on)) {
    return refuse("cannot be called: it has no trigger on.workflow_call", "add it");
  }
  const call = on["workflow_call"] ?? null;
  const asked = permissionsOf(value);
  if (asked === undefined) {
    return refuse("asks for permissions by read-all or write-all", "name the scopes that its jobs need");
  }
  const required = Object.entries(record(at(call, "secrets"))).find(([, secret]) => at(secret, "required") === true);
  if (required !== undefined) {
    return refuse(`requires the secret ${required[0]}, and pull requests are given none`, "make it required: false");
  }
  const inputs: CalleeInput[] = [];
  for (const [name, declared] of Object.entries(record(at(call, "inputs")))) {
    const input = readInput(name, declared);
    if (input === undefined) {
      const where = source.value.place(["on", "workflow_call", "inputs", name]);
      const fix = "write type: string, number or boolean; for a choice, string";
      return { kind: "problem", problem: { message: `input ${name} has no type that GitHub knows`, at: where, fix } };
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
