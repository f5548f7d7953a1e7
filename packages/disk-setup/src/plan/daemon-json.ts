import { createHash } from "node:crypto";
import { DiskSetupError } from "../base/error.ts";
import type { DaemonJson } from "../probe/probe-data.ts";
import type { DaemonJsonChange } from "./plan-data.ts";

/**
 * Docker's configuration with `data-root` set and every other key kept, in its order
 * (https://docs.docker.com/reference/cli/dockerd/#daemon-configuration-file).
 *
 * @throws DiskSetupError `daemon-json-invalid`
 */
export function changeDaemonJson(
  file: DaemonJson & { readonly state: "read" | "absent" },
  dataRoot: string,
): DaemonJsonChange {
  const { path } = file;
  const text = file.state === "read" ? file.text : "";
  // dockerd takes an empty file for an empty object.
  const settings = text.trim() === "" ? {} : parseObject(path, text);
  return {
    path,
    replaces: file.state === "read" ? createHash("sha256").update(text).digest("hex") : null,
    text: `${JSON.stringify({ ...settings, "data-root": dataRoot }, null, 2)}\n`,
  };
}

function parseObject(path: string, text: string): object {
  const invalid = (found: string, cause?: unknown): DiskSetupError =>
    new DiskSetupError({
      code: "daemon-json-invalid",
      message: `expected Docker's configuration to be a JSON object so that "data-root" can be added, found ${found}; it was left untouched`,
      at: { file: path },
      fix: "repair the file, or use --method bind, which needs no configuration",
      cause,
    });
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw invalid(error instanceof Error ? error.message : "something else", error);
  }
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    throw invalid(value === null ? "null" : Array.isArray(value) ? "a list" : `a ${typeof value}`);
  }
  return value;
}
