import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import type { Host } from "@fanfold-internal/kit/process/host";
import { isJsonObject } from "@fanfold-internal/kit/read/json";
import { type ActionsEvent, readActionsEvent } from "@fanfold-internal/matrix/event";
import { ChangedBackendsError } from "../base/error.ts";

/** Reads the event of an Actions run. @throws ChangedBackendsError `unreadable-input` */
export function readEventFile(name: string, path: string | undefined, { env, cwd }: Host): ActionsEvent {
  if (!path) throw unreadable("is not named", undefined);
  let payload: unknown;
  try {
    payload = JSON.parse(readFileSync(resolve(cwd, path), "utf8"));
  } catch (cause) {
    throw unreadable(`cannot be read: ${cause instanceof Error ? cause.message : String(cause)}`, path, cause);
  }
  if (!isJsonObject(payload)) throw unreadable("is no JSON object", path);
  return readActionsEvent({ name, payload, env });
}

function unreadable(what: string, file: string | undefined, cause?: unknown): ChangedBackendsError {
  return new ChangedBackendsError({
    code: "unreadable-input",
    message: `the event file ${what}`,
    ...(file === undefined ? {} : { at: { file } }),
    fix: "GITHUB_EVENT_PATH (or --event-path) names the JSON file of the event",
    ...(cause === undefined ? {} : { cause }),
  });
}
