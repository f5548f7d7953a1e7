import { isJsonObject, type Json } from "@fanfold-internal/kit/read/json";

/**
 * Why GitHub finds no runner by a value of `runs-on`, which the build job hands on as it is: a label, labels, or a group
 * of runners, with or without labels. Undefined: it does; without a value an entry is built on `ubuntu-latest`.
 * https://docs.github.com/actions/reference/workflows-and-actions/workflow-syntax#jobsjob_idruns-on
 */
export function runnerFault(value: Json): { readonly message: string; readonly fix: string } | undefined {
  if (value === "" || value === null || isLabels(value) || isGroup(value)) return undefined;
  return {
    message: `runs-on must be a label, a list of labels or { group, labels }, found ${JSON.stringify(value)}`,
    fix: FIXES[kindOf(value)],
  };
}

const FIXES = {
  list: "name a label at least, and each as text: [self-hosted, linux]",
  mapping: "name a group of runners, labels or both: { group: large, labels: [linux] }",
  value: "quote it",
} as const;

function kindOf(value: Json): keyof typeof FIXES {
  return Array.isArray(value) ? "list" : isJsonObject(value) ? "mapping" : "value";
}

function isLabels(value: Json): boolean {
  return isText(value) || (Array.isArray(value) && value.length > 0 && value.every(isText));
}

function isGroup(value: Json): boolean {
  if (!isJsonObject(value)) return false;
  const { group, labels, ...others } = value;
  if (group === undefined && labels === undefined) return false;
  const named = (group === undefined || isText(group)) && (labels === undefined || isLabels(labels));
  return named && Object.keys(others).length === 0;
}

function isText(value: Json): boolean {
  return typeof value === "string" && value !== "";
}
