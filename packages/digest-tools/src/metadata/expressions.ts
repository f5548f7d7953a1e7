import { formatDate, isTimeZone, unknownDateToken } from "./date-format.ts";
import { isDefaultBranch, type MetadataEvent, refName, shortSha } from "./event.ts";
import { type Expression, type Template, UnusableValue } from "./template.ts";

/**
 * The expressions of docker/metadata-action that hold anywhere
 * (https://github.com/docker/metadata-action#global-expressions), and `{{commit}}`: the whole hash.
 */
const GLOBAL: Readonly<Record<string, (event: MetadataEvent, expression: Expression) => string>> = {
  branch: ({ ref }) => refName(ref, "heads") ?? "",
  tag: ({ ref }) => refName(ref, "tags") ?? "",
  sha: shortSha,
  commit: ({ sha }) => sha,
  base_ref: ({ baseRef }) => baseRef,
  is_default_branch: (event) => String(isDefaultBranch(event)),
  is_not_default_branch: (event) => String(!isDefaultBranch(event)),
  date: ({ now }, expression) => dated(now, expression),
  commit_date: ({ commitDate }, expression) => {
    if (commitDate === undefined) throw new UnusableValue("{{commit_date}}: the commit's time is not known");
    return dated(commitDate, expression);
  },
};

const DATES = ["date", "commit_date"];
export const GLOBAL_NAMES: readonly string[] = Object.keys(GLOBAL);

/** The value of a global expression. @throws UnusableValue */
export function globalValue(event: MetadataEvent, expression: Expression): string {
  return GLOBAL[expression.name]?.(event, expression) ?? "";
}

/** Those of a text that describes an image which has its tags: `{{version}}` is the first of them. */
export const DESCRIBED_NAMES: readonly string[] = [...GLOBAL_NAMES, "version"];

/** Their value; empty where there is no tag. @throws UnusableValue */
export function describedValue(event: MetadataEvent, version: string | undefined, expression: Expression): string {
  return expression.name === "version" ? (version ?? "") : globalValue(event, expression);
}

/** `{{date '…' tz='…'}}` and `{{commit_date …}}`, for patterns that know only these. */
export function dateValue(event: MetadataEvent, expression: Expression): string {
  return DATES.includes(expression.name) ? globalValue(event, expression) : "";
}

/** Why a template cannot be evaluated where these names are known, or undefined. */
export function expressionProblem({ parts }: Template, names: readonly string[]): string | undefined {
  for (const part of parts) {
    if (part.kind !== "expression") continue;
    const { name, argument, timeZone } = part.expression;
    if (!names.includes(name)) return `{{${name}}} is not known here; known are ${names.join(", ")}`;
    if (!DATES.includes(name)) {
      if (argument !== undefined || timeZone !== undefined) return `{{${name}}} takes no text behind it`;
      continue;
    }
    if (argument === undefined) return `{{${name}}} needs a format: {{${name} 'YYYYMMDD'}}`;
    const token = unknownDateToken(argument);
    if (token !== undefined)
      return `{{${name} '${argument}'}}: "${token}" is not taken; write [${token}] for the letters`;
    if (timeZone !== undefined && !isTimeZone(timeZone)) return `{{${name}}}: "${timeZone}" is not a time zone`;
  }
  return undefined;
}

function dated(date: Date, { argument = "", timeZone }: Expression): string {
  return formatDate(date, argument, timeZone);
}
