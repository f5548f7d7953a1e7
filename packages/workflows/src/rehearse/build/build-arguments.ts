import type { Json, JsonObject } from "@fanfold-internal/kit/read/json";
import { parseTemplate, renderTemplate } from "@fanfold-internal/matrix/template";
import { WorkflowsError } from "../../base/error.ts";
import type { WorkflowConfig } from "../../config/config.ts";

/**
 * What an entry gives `docker buildx build`, as the generated build workflow does: its Dockerfile, its build arguments (an
 * empty value is unset), its context. The cache is left out: it lives in a registry that needs a login.
 * @throws WorkflowsError `rehearsal`, when a required build argument has no value
 */
export function buildArguments(entry: JsonObject, workflow: WorkflowConfig): readonly string[] {
  const dockerfile = valueText(entry["dockerfile"]);
  const values = Object.entries(workflow["build-args"] ?? {})
    .toSorted(([left], [right]) => (left < right ? -1 : 1))
    .map(([name, template]) => [name, filledIn(template, entry)] as const);
  const missing = (workflow["required-build-args"] ?? []).find(
    (name) => !values.some((pair) => pair[0] === name && pair[1] !== ""),
  );
  if (missing !== undefined) {
    throw new WorkflowsError({
      code: "rehearsal",
      message: `the entry has no value for build argument ${missing}`,
      fix: "give the entry the key that workflow.build-args names",
    });
  }
  return [
    ...(dockerfile === "" ? [] : ["--file", dockerfile]),
    ...values.flatMap(([name, value]) => (value === "" ? [] : ["--build-arg", `${name}=${value}`])),
    "--",
    contextOf(entry),
  ];
}

/** The build's context, from the repository's root. */
export function contextOf(entry: JsonObject): string {
  return valueText(entry["context"]) || ".";
}

/** The template with the entry's values in its `{key}` placeholders; empty when one of them is. */
function filledIn(template: string, entry: JsonObject): string {
  return renderTemplate(parseTemplate(template), (key) => valueText(entry[key])) ?? "";
}

/** As GitHub's expressions make text of a value: https://docs.github.com/actions/reference/workflows-and-actions/expressions#literals */
function valueText(value: Json | undefined): string {
  if (value === undefined || value === null) return "";
  if (typeof value === "object") return Array.isArray(value) ? "Array" : "Object";
  return String(value);
}
