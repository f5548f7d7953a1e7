import type { Diagnostic } from "@fanfold-internal/kit/process/diagnostic";
import { isJsonObject, type Json } from "@fanfold-internal/kit/read/json";
import { didYouMean } from "@fanfold-internal/kit/read/nearest";
import type { MatrixEntry } from "@fanfold-internal/matrix/matrix-file";
import { loneKey, parseTemplate, templateKeys } from "@fanfold-internal/matrix/template";
import type { GenerateCode } from "../../base/codes.ts";
import type { Family } from "../../config/family.ts";
import { ARTIFACT_KEY, BUILT_LIST, handsOverArtifacts, hasMultiGroups } from "../../config/lists.ts";
import type { CalledList } from "../blueprint/blueprint.ts";
import { type CalleeInput, inputNamed } from "../blueprint/callee.ts";
import { checkTemplate, keysOf } from "./template.ts";

type Finding = Diagnostic<GenerateCode>;

/** Whether there is a workflow for every list, and whether those of `workflow.lists` are called as they want to be. */
export function checkLists(family: Family, called: readonly CalledList[]): readonly Finding[] {
  const { lists, file } = family.matrix;
  const { place } = family.config;
  const names = lists.map(({ name }) => name);
  const configured = Object.keys(family.config.config.workflow?.lists ?? {});
  const findings: Finding[] = [];
  const error = (code: GenerateCode, at: Finding["at"], message: string, fix: string) =>
    findings.push({ code, severity: "error", message, at, fix });
  if (!names.includes(BUILT_LIST)) {
    const fix = `name the list of images ${BUILT_LIST}; it may be empty: []`;
    error("no-include-list", place(["matrix"]), `the matrix file ${file} has no list ${BUILT_LIST}`, fix);
  }
  for (const name of configured) {
    if (names.includes(name)) continue;
    const message = `the matrix file has no list ${name}${didYouMean(name, names)}`;
    error("unknown-called-list", place(["workflow", "lists", name]), message, `lists there: ${names.join(", ")}`);
  }
  for (const list of lists) {
    if (list.name === BUILT_LIST || configured.includes(list.name) || !hasMultiGroups(list, family.identity.identify))
      continue;
    const message = `${list.name} has images of several legs, and no workflow builds them`;
    const fix = `add lists: { ${list.name}: { uses: ./.github/workflows/x.yml } }`;
    error("list-without-workflow", place(["workflow"]), message, fix);
  }
  return [...findings, ...called.flatMap((each) => [...checkMerged(family, each), ...checkCall(family, each)])];
}

/** A workflow that is not told what to call its records leaves none that the merge would find. */
function checkMerged(family: Family, { list, with: given }: CalledList): readonly Finding[] {
  const own = family.matrix.lists.find(({ name }) => name === list);
  if (own === undefined || handsOverArtifacts({ with: given }) || !hasMultiGroups(own, family.identity.identify)) {
    return [];
  }
  return [
    {
      code: "list-not-merged",
      severity: "warning",
      message: `${list} has images of several legs, which are not merged: its workflow is not told the names of their artifacts`,
      at: family.config.place(["workflow", "lists", list]),
      fix: 'hand them over, as in with: { record: "{artifact-name}" }, and upload the records under these names',
    },
  ];
}

/** What GitHub takes for an invalid workflow, of which it then starts nothing. */
function checkCall(family: Family, { list, with: given, callee }: CalledList): readonly Finding[] {
  const at = ["workflow", "lists", list, "with"];
  const entries = family.matrix.lists.find(({ name }) => name === list)?.entries ?? [];
  const known = keysOf(family, list);
  const values = Object.entries(given).flatMap(([name, value]): readonly Finding[] => {
    const here = family.config.place([...at, name]);
    const texts = typeof value === "string" ? checkTemplate(value, known, here) : [];
    const error = (code: GenerateCode, message: string, fix: string): Finding => ({
      code,
      severity: "error",
      message,
      at: here,
      fix,
    });
    const input = inputNamed(name, callee.inputs);
    if (input === undefined) {
      const names = callee.inputs.map((each) => each.name);
      const message = `${callee.path} has no input ${name}${didYouMean(name, names)}`;
      return [...texts, error("unknown-input", message, `inputs there: ${names.join(", ") || "none"}`)];
    }
    const fault = texts.length > 0 ? undefined : valueFault(input, value, list, entries);
    if (fault === undefined) return texts;
    const message = `input ${name} of ${callee.path} is a ${input.type}: ${fault.found}`;
    return [error("wrong-input-type", message, fault.fix)];
  });
  const names = new Set(Object.keys(given).map((name) => name.toLowerCase()));
  const missing = callee.inputs.filter(({ name, needed }) => needed && !names.has(name.toLowerCase()));
  return [
    ...values,
    ...missing.map(
      ({ name }): Finding => ({
        code: "missing-input",
        severity: "error",
        message: `${callee.path} requires the input ${name}, and with does not give it`,
        at: family.config.place(at),
        fix: `add ${name} to with, or give it a default there`,
      }),
    ),
  ];
}

interface Fault {
  readonly found: string;
  readonly fix: string;
}

/** GitHub makes text of anything that is one value, and nothing but text of text. */
function valueFault(
  input: CalleeInput,
  value: string | number | boolean,
  list: string,
  entries: readonly MatrixEntry[],
): Fault | undefined {
  const { type } = input;
  if (typeof value !== "string") {
    return type === "string" || typeof value === type ? undefined : { found: `found ${value}`, fix: EXAMPLES[type] };
  }
  const only = loneKey(parseTemplate(value));
  if (type !== "string" && only === undefined) return { found: textFound(value), fix: EXAMPLES[type] };
  for (const key of templateKeys(parseTemplate(value))) {
    for (const [index, entry] of entries.entries()) {
      const filling = key === ARTIFACT_KEY ? ANY_ARTIFACT : entry[key];
      if (type === "string" ? !isCompound(filling) : typeof filling === type) continue;
      const found = `{${key}} is ${described(filling)} in ${list}[${index}]`;
      return { found, fix: type === "string" ? "write it as text there" : `in each entry, ${EXAMPLES[type]}` };
    }
  }
  return undefined;
}

const ANY_ARTIFACT = "digests-…";

const EXAMPLES = {
  string: "write a text",
  number: "write a number, without quotes",
  boolean: "write true or false, without quotes",
} as const;

function textFound(value: string): string {
  const why = templateKeys(parseTemplate(value)).length === 0 ? "" : ", which is text whatever its keys hold";
  return `found the text ${JSON.stringify(value)}${why}`;
}

function described(value: Json | undefined): string {
  if (value === undefined) return "missing";
  if (value === null) return "empty";
  return typeof value === "string" ? `the text ${JSON.stringify(value)}` : JSON.stringify(value);
}

function isCompound(value: Json | undefined): boolean {
  return Array.isArray(value) || isJsonObject(value);
}
