import type { Cause } from "@fanfold/changed-backends";
import { INFERRED } from "@fanfold/changed-backends/internal";
import { imageText } from "@fanfold-internal/matrix/identity";
import { BEFORE_RULE } from "../config/config.ts";
import type { PlannedSelection } from "./planning/planned-push.ts";
import type { ReplayCauseKind } from "./replay-document.ts";

/** A cause as it counts over many pushes. */
export interface NamedCause {
  readonly kind: ReplayCauseKind;
  readonly text: string;
  /** The same for what is one cause, wherever its line stands by now. */
  readonly key: string;
}

/** What an entry is selected for; undefined: another leg of its image is. */
export function namedCause(
  { rule, inferred, base, path, entry, matrix }: Cause,
  { ground, reason }: PlannedSelection,
): NamedCause | undefined {
  switch (rule) {
    case "group":
      return undefined;
    case "base":
      return named("base", `${imageText(base ?? "")}, by ${inferred ?? "needs"}`);
    case INFERRED:
      return named("dockerfile", saidBy(inferred ?? "", path));
    case "everything":
      return named("everything", reason ?? "everything");
    case "context":
      return named("context", "a context whose Dockerfile is not known");
    case "paths":
      return named("paths", `paths of ${imageText(nameAt(matrix, entry, ground))}`);
    case "matrix":
    case "workflow":
    case "unmatched":
      return named(rule, rule === "unmatched" ? "a file that nothing mentions" : (path ?? ""));
    default:
      return named("rule", ruleText(rule, ground));
  }
}

function named(kind: ReplayCauseKind, text: string): NamedCause {
  return { kind, text, key: `${kind} ${text.replace(LINE, "")}` };
}

/** Lines move when others come before them. */
const LINE = /(?<=\S):\d+(?= [A-Z])/;

/** `backend/Dockerfile:12 COPY src`, and with its path what has no such place. */
function saidBy(label: string, path: string | null): string {
  return NAMED_FILE.test(label) && path !== null ? `${path}, ${label}` : label;
}

const NAMED_FILE = /^(?:the|a) /;

function ruleText(rule: string, { family }: PlannedSelection["ground"]): string {
  const { inputs, workflow } = family.config.config;
  if (rule === BEFORE_RULE) return `${workflow?.before ?? rule}/**`;
  const position = Number(/^inputs\[(\d+)\]$/.exec(rule)?.[1]);
  return inputs[position]?.paths.join(", ") ?? rule;
}

function nameAt(list: string, index: number, { family }: PlannedSelection["ground"]): string {
  const entry = family.matrix.lists.find(({ name }) => name === list)?.entries[index];
  return entry === undefined ? "" : family.identity.identify(entry).name;
}
