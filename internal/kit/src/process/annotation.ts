import { printable } from "../text/printable.ts";
import { type Diagnostic, formatPlace } from "./diagnostic.ts";
import { type Host, inActions } from "./host.ts";

/**
 * Reports a finding to people: one line on standard error, and on a runner an annotation instead, which GitHub shows at
 * the file and line
 * (https://docs.github.com/actions/reference/workflows-and-actions/workflow-commands#setting-an-error-message).
 */
export function report(host: Pick<Host, "env" | "stderr" | "debug">, diagnostic: Diagnostic): void {
  const text = inActions(host) ? annotation(diagnostic) : line(diagnostic);
  // What a server or a program echoed may stand in a message.
  host.stderr(host.debug === undefined ? text : host.debug.secrets.hide(text));
}

function line({ severity, at, message, fix }: Diagnostic): string {
  const where = at === undefined ? "" : `${formatPlace(at)}: `;
  return `${printable(`${where}${severity}: ${message}`)}\n${fix === undefined ? "" : `  ${printable(`fix: ${fix}`)}\n`}`;
}

function annotation({ severity, at, message, fix }: Diagnostic): string {
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
  return `::${severity}${properties.length === 0 ? "" : ` ${properties.join(",")}`}::${escapeData(text)}\n`;
}

// Line breaks are kept; what else a log would not show as it is becomes readable before it is escaped.
const escapeData = (text: string): string =>
  text
    .split("\n")
    .map((line) => printable(line).replaceAll("%", "%25"))
    .join("%0A");

const escapeProperty = (text: string): string => escapeData(text).replaceAll(":", "%3A").replaceAll(",", "%2C");
