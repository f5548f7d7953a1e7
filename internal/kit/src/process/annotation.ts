import { printable } from "../text/printable.ts";
import { formatPlace, type Problem } from "./errors.ts";
import { type Host, inActions } from "./host.ts";

/**
 * A warning or an error for people: one line on standard error, and on a runner an annotation as well, which GitHub
 * shows at the file and line
 * (https://docs.github.com/actions/reference/workflows-and-actions/workflow-commands#setting-an-error-message).
 */
export function report(host: Host, level: "warning" | "error", problem: Problem): void {
  host.stderr(inActions(host) ? annotation(level, problem) : line(level, problem));
}

function line(level: string, { at, message, fix }: Problem): string {
  const where = at === undefined ? "" : `${formatPlace(at)}: `;
  return `${printable(`${where}${level}: ${message}`)}\n${fix === undefined ? "" : `  ${printable(`fix: ${fix}`)}\n`}`;
}

function annotation(level: string, { at, message, fix }: Problem): string {
  const properties: string[] = [];
  let where = "";
  if (at !== undefined && "file" in at) {
    properties.push(`file=${escapeProperty(at.file)}`);
    if (at.line !== undefined) properties.push(`line=${at.line}`);
    if (at.column !== undefined) properties.push(`col=${at.column}`);
  } else if (at !== undefined) {
    where = `${at.url}: `;
  }
  const text = `${where}${message}${fix === undefined ? "" : `; ${fix}`}`;
  return `::${level}${properties.length === 0 ? "" : ` ${properties.join(",")}`}::${escapeData(text)}\n`;
}

// Line breaks are kept; what else a log would not show as it is becomes readable before it is escaped.
const escapeData = (text: string): string =>
  text
    .split("\n")
    .map((line) => printable(line).replaceAll("%", "%25"))
    .join("%0A");

const escapeProperty = (text: string): string => escapeData(text).replaceAll(":", "%3A").replaceAll(",", "%2C");
