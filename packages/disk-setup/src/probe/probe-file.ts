import { DiskSetupError } from "../base/error.ts";
import { filesystemOf } from "./filesystems.ts";
import type { Probe } from "./probe-data.ts";
import { validateProbe } from "./probe-validator.ts";

/**
 * A probe from its JSON.
 *
 * @param name what to call the text in a complaint: a file name
 * @throws DiskSetupError `probe-invalid`
 */
export function parseProbe(text: string, name: string): Probe {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw invalid(name, error instanceof Error ? error.message : "no JSON", error);
  }
  if (validateProbe(value)) {
    if (filesystemOf(value, "/") !== undefined) return value;
    throw invalid(name, 'no mount for "/" whose file system is listed');
  }
  const [first] = validateProbe.errors ?? [];
  throw invalid(name, `${first?.instancePath || "the document"} ${first?.message ?? "is something else"}`);
}

function invalid(name: string, found: string, cause?: unknown): DiskSetupError {
  return new DiskSetupError({
    code: "probe-invalid",
    message: `expected a probe as "disk-setup probe" prints it, found: ${found}`,
    at: { file: name },
    fix: "make it anew: disk-setup probe > probe.json",
    cause,
  });
}
