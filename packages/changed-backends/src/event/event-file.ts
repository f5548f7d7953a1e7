import type { Host } from "@fanfold-internal/kit/process/host";
import { isJsonObject, parseJson } from "@fanfold-internal/kit/read/json";
import { readText } from "@fanfold-internal/kit/read/text";
import { type ActionsEvent, readActionsEvent } from "@fanfold-internal/matrix/event";
import { ChangedBackendsError } from "../base/error.ts";

const FIX = "GITHUB_EVENT_PATH (or --event-path) names the JSON file of the event";

/** Reads the event of an Actions run. @throws ChangedBackendsError `unreadable-input`, InputError `unreadable-file` */
export function readEventFile(name: string, path: string | undefined, host: Host): ActionsEvent {
  if (!path) throw new ChangedBackendsError({ code: "unreadable-input", message: "no event file is named", fix: FIX });
  const parsed = parseJson(readText(host, path, { what: "the event file", fix: FIX }));
  if (parsed.kind === "ok" && isJsonObject(parsed.value)) {
    return readActionsEvent({ name, payload: parsed.value, env: host.env });
  }
  throw new ChangedBackendsError({
    code: "unreadable-input",
    message: `the event file must be a JSON object${parsed.kind === "ok" ? "" : `: ${parsed.reason}`}`,
    at: { file: path },
    fix: FIX,
  });
}
