import { isJsonObject, type Json } from "@fanfold-internal/kit/read/json";
import { didYouMean } from "@fanfold-internal/kit/read/nearest";
import type { MatrixEntry } from "@fanfold-internal/matrix/matrix-file";
import type { Family } from "../../config/family.ts";
import { type CalleeInput, inputNamed } from "../workflows/callee-inputs.ts";
import { BUILT_LIST, type CalledList, hasMultiGroups } from "../workflows/family-facts.ts";
import { loneKey, placeholders } from "../yaml/expression.ts";
import type { Complaint } from "./complaint.ts";
import { ARTIFACT_KEY, keysOf } from "./entry-keys.ts";
import { judgeTemplate } from "./template-verdicts.ts";

/** Whether every list has who builds it, and whether the workflows of `workflow.lists` are called as they want to be. */
export function judgeLists(family: Family, called: readonly CalledList[]): readonly Complaint[] {
  const { lists } = family.matrix;
  const names = lists.map(({ name }) => name);
  const configured = Object.keys(family.config.config.workflow?.lists ?? {});
  const complaints: Complaint[] = [];
  if (!names.includes(BUILT_LIST)) {
    const message = `the matrix file ${family.matrix.file} has no list ${BUILT_LIST}`;
    complaints.push({ path: ["matrix"], message, fix: `name the list of images ${BUILT_LIST}; it may be empty: []` });
  }
  for (const name of configured) {
    if (names.includes(name)) continue;
    const message = `the matrix file has no list ${name}${didYouMean(name, names)}`;
    complaints.push({ path: ["workflow", "lists", name], message, fix: `lists there: ${names.join(", ")}` });
  }
  for (const list of lists) {
    if (list.name === BUILT_LIST || configured.includes(list.name) || !hasMultiGroups(list)) continue;
    const message = `${list.name} has images of several legs, which the merge would wait for in vain: no workflow builds them`;
    complaints.push({
      path: ["workflow"],
      message,
      fix: `add lists: { ${list.name}: { uses: ./.github/workflows/x.yml } }`,
    });
  }
  return [...complaints, ...called.flatMap((each) => judgeCall(family, each))];
}

/** What GitHub takes for an invalid workflow, of which it then starts nothing. */
function judgeCall(family: Family, { list, with: given, callee }: CalledList): readonly Complaint[] {
  const at = ["workflow", "lists", list, "with"];
  const entries = family.matrix.lists.find(({ name }) => name === list)?.entries ?? [];
  const known = keysOf(family, list);
  const values = Object.entries(given).flatMap(([name, value]): readonly Complaint[] => {
    const path = [...at, name];
    const texts = typeof value === "string" ? judgeTemplate(value, known, path) : [];
    const input = inputNamed(name, callee.inputs);
    if (input === undefined) {
      const names = callee.inputs.map((each) => each.name);
      const message = `${callee.path} has no input ${name}${didYouMean(name, names)}`;
      return [...texts, { path, message, fix: `inputs there: ${names.join(", ") || "none"}` }];
    }
    const flaw = texts.length > 0 ? undefined : valueFlaw(input, value, list, entries);
    if (flaw === undefined) return texts;
    return [{ path, message: `input ${name} of ${callee.path} is a ${input.type}: ${flaw.found}`, fix: flaw.fix }];
  });
  const names = new Set(Object.keys(given).map((name) => name.toLowerCase()));
  const missing = callee.inputs.filter(({ name, needed }) => needed && !names.has(name.toLowerCase()));
  return [
    ...values,
    ...missing.map(({ name }) => ({
      path: at,
      message: `${callee.path} requires the input ${name}, and with does not give it`,
      fix: `add ${name} to with, or give it a default there`,
    })),
  ];
}

interface Flaw {
  readonly found: string;
  readonly fix: string;
}

/** GitHub makes text of anything that is one value, and nothing but text of text. */
function valueFlaw(
  input: CalleeInput,
  value: string | number | boolean,
  list: string,
  entries: readonly MatrixEntry[],
): Flaw | undefined {
  const { type } = input;
  if (typeof value !== "string") {
    return type === "string" || typeof value === type ? undefined : { found: `found ${value}`, fix: EXAMPLES[type] };
  }
  const only = loneKey(value);
  if (type !== "string" && only === undefined) return { found: textFound(value), fix: EXAMPLES[type] };
  for (const key of placeholders(value)) {
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
  const why = placeholders(value).length === 0 ? "" : ", which is text whatever its keys hold";
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
