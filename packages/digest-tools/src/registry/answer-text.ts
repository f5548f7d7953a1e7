import { isJsonObject } from "@fanfold-internal/kit/read/json";

/** One element of a registry's `{ "errors": […] }` (distribution specification, "Error Codes"). */
export interface RegistryFault {
  readonly code: string;
  readonly message: string;
}

type Hide = (text: string) => string;

const MAX_TEXT = 300;

/**
 * What a registry or a token service says went wrong. Beside the distribution specification's form there is OAuth's
 * (`error`, `error_description`), some gateways' (`message`, `details`), and pages in HTML. Secrets in it are hidden before it
 * is cut short: half a secret would not be known again.
 */
export function readFaults(
  contentType: string | undefined,
  text: string,
  hide: Hide = (all) => all,
): readonly RegistryFault[] {
  if (text.trim() === "") return [];
  const root = parseJson(text);
  if (isJsonObject(root)) {
    const errors = root["errors"];
    if (Array.isArray(errors)) return errors.filter(isJsonObject).map((fault) => readFault(fault, hide));
    const code = string(root["error"]) ?? string(root["code"]) ?? "";
    const message = string(root["error_description"]) ?? string(root["message"]) ?? string(root["details"]) ?? "";
    return code === "" && message === "" ? [] : [{ code: short(hide(code)), message: short(hide(message)) }];
  }
  const html = contentType?.includes("html") === true || /^\s*<(?:!doctype|html)/i.test(text);
  if (!html) return [{ code: "", message: short(hide(text)) }];
  const title = /<title[^>]*>([^<]*)/i.exec(text)?.[1]?.trim();
  return [{ code: "", message: title ? `a page titled ${JSON.stringify(short(hide(title)))}` : "a page of HTML" }];
}

export function formatFaults(faults: readonly RegistryFault[]): string {
  return faults.map(({ code, message }) => [code, message].filter((part) => part !== "").join(": ")).join("; ");
}

function readFault(fault: Readonly<Record<string, unknown>>, hide: Hide): RegistryFault {
  const detail = fault["detail"];
  const message = string(fault["message"]) ?? "";
  // The detail names the missing blob or the action that was not allowed.
  const more = detail === undefined || detail === null || detail === "" ? "" : ` (${JSON.stringify(detail)})`;
  return { code: short(hide(string(fault["code"]) ?? "")), message: short(hide(`${message}${more}`)) };
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function string(value: unknown): string | undefined {
  return typeof value === "string" && value !== "" ? value : undefined;
}

function short(text: string): string {
  const line = text.trim().replace(/\s+/g, " ");
  return line.length <= MAX_TEXT ? line : `${line.slice(0, MAX_TEXT)}…`;
}
