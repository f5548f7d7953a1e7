import { parseJson } from "@fanfold-internal/kit/read/json";
import { DiskSetupError } from "../base/error.ts";
import { filesystemOf } from "./filesystems.ts";
import type { Probe } from "./probe-data.ts";
import { validateProbe } from "./probe-validator.ts";

/**
 * Parses what `disk-setup probe` printed.
 *
 * @param name the file's name, for error messages
 * @throws DiskSetupError `probe-invalid`
 */
export function parseProbe(text: string, name: string): Probe {
  const parsed = parseJson(text);
  if (parsed.kind === "invalid") throw invalid(name, parsed.reason);
  const { value } = parsed;
  if (validateProbe(value)) {
    if (filesystemOf(value, "/") !== undefined) return value;
    throw invalid(name, 'no mount for "/" whose file system is listed');
  }
  const [first] = validateProbe.errors ?? [];
  throw invalid(name, `${first?.instancePath || "the document"} ${first?.message ?? "is something else"}`);
}

function invalid(name: string, found: string): DiskSetupError {
  return new DiskSetupError({
    code: "probe-invalid",
    message: `expected a probe as "disk-setup probe" prints it, found: ${found}`,
    at: { file: name },
    fix: "make a new one: disk-setup probe > probe.json",
  });
}
