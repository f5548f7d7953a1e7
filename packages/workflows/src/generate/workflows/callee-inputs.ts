import { isJsonObject, type Json } from "@fanfold-internal/kit/read/json";

/** The types that GitHub has for inputs (https://docs.github.com/actions/reference/workflows-and-actions/workflow-syntax#onworkflow_callinputsinput_idtype). */
type InputType = "string" | "number" | "boolean";

/** An input of a reusable workflow, as whoever calls it has to know it. */
export interface CalleeInput {
  readonly name: string;
  readonly type: InputType;
  /** A caller must give it: without a default nothing stands in for it. */
  readonly needed: boolean;
}

/** One declaration under `on.workflow_call.inputs`; undefined: GitHub refuses it, because it has no type that there is. */
export function readInput(name: string, declared: Json): CalleeInput | undefined {
  if (!isJsonObject(declared)) return undefined;
  const { type, required, default: otherwise } = declared;
  if (type !== "string" && type !== "number" && type !== "boolean") return undefined;
  return { name, type, needed: required === true && (otherwise ?? null) === null };
}

/** The input of a name; GitHub ignores case. */
export function inputNamed(name: string, inputs: readonly CalleeInput[]): CalleeInput | undefined {
  return inputs.find((input) => input.name.toLowerCase() === name.toLowerCase());
}
