import type { PushRecord } from "@fanfold/changed-backends/internal";
import type { Host } from "@fanfold-internal/kit/process/host";
import { isJsonObject, type Json, type JsonObject, parseJson } from "@fanfold-internal/kit/read/json";
import { nameOf, readText } from "@fanfold-internal/kit/read/text";
import { WorkflowsError } from "../../base/error.ts";

const FORMAT =
  "write a push a line, the oldest first: the commit before, the commit after, and if you like when (ISO 8601); or give GitHub's answer to GET /repos/{owner}/{repo}/activity";

/**
 * The pushes that a file lists, the oldest first; `-` is standard input. GitHub's answer tells of all branches; those of `ref`
 * are taken, and where no branch is checked out (null), those of the only one there is.
 *
 * @throws InputError `unreadable-file`; WorkflowsError `unreadable-input`
 */
export function readPushesFile(file: string, ref: string | null, host: Host): readonly PushRecord[] {
  const text = readText(host, file, { what: "the list of pushes", fix: FORMAT });
  const found = /^\s*[[{]/.test(text) ? fromActivity(text, nameOf(file), ref) : fromLines(text, nameOf(file));
  if (found.length > 0) return found;
  throw refused("it names no push", { file: nameOf(file) });
}

const SHA = /^(?:[0-9a-f]{40}|[0-9a-f]{64})$/;
const ZERO = /^0+$/;
const TIME = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(?::\d{2}(?:\.\d+)?)?(?:Z|[+-]\d{2}:?\d{2})$/;

function fromLines(text: string, file: string): readonly PushRecord[] {
  return text.split(/\r?\n/).flatMap((line, index): readonly PushRecord[] => {
    const words = line.split(/\s+/).filter((word) => word !== "");
    if (words.length === 0) return [];
    const at = { file, line: index + 1 };
    const [before = "", after = "", time, ...more] = words;
    if (!SHA.test(before) || !SHA.test(after)) {
      throw refused(`expected two full commit SHAs, found ${JSON.stringify(line.slice(0, 120))}`, at);
    }
    if (more.length > 0 || (time !== undefined && !isTime(time))) {
      const found = [time, ...more].join(" ").slice(0, 120);
      throw refused(
        `expected a time as 2026-01-31T12:00:00Z and nothing behind it, found ${JSON.stringify(found)}`,
        at,
      );
    }
    return recorded(before, after, time ?? null);
  });
}

function isTime(text: string): boolean {
  return TIME.test(text) && !Number.isNaN(Date.parse(text));
}

/** A push that deletes a branch builds nothing, and leads nowhere. */
function recorded(before: string, after: string, time: string | null): readonly PushRecord[] {
  if (ZERO.test(after)) return [];
  return [{ before: ZERO.test(before) ? null : before, after, time }];
}

/** https://docs.github.com/rest/repos/repos#list-repository-activities */
function fromActivity(text: string, file: string, branch: string | null): readonly PushRecord[] {
  const parsed = parseJson(text);
  if (parsed.kind === "invalid") {
    const pages = /\]\s*\[/.test(text);
    throw refused(
      `it is no JSON: ${parsed.reason}`,
      { file },
      pages ? "several pages are one document with gh api --paginate --slurp" : FORMAT,
    );
  }
  // Of several pages gh makes a list of lists.
  const items = Array.isArray(parsed.value)
    ? parsed.value.flatMap((each: Json): readonly Json[] => (Array.isArray(each) ? each : [each]))
    : [parsed.value];
  const activities = items.map((item, index) => activity(item, index, file));
  const refs = new Set(activities.map(({ ref }) => ref));
  const ref = branch ?? (refs.size === 1 ? [...refs][0] : undefined);
  if (ref === undefined) {
    throw refused(
      `it tells of ${refs.size} branches, and none is checked out`,
      { file },
      "check the branch out (git switch), or ask GitHub with ?ref=",
    );
  }
  const own = activities.filter((each) => each.ref === ref);
  if (own.length === 0)
    throw refused(`it tells of no push to ${ref}`, { file }, "check the branch out that it is about");
  return own
    .toSorted((left, right) => Date.parse(left.timestamp) - Date.parse(right.timestamp))
    .flatMap(({ before, after, timestamp }) => recorded(before, after, timestamp));
}

interface Activity {
  readonly before: string;
  readonly after: string;
  readonly ref: string;
  readonly timestamp: string;
}

function activity(item: Json, index: number, file: string): Activity {
  const fields: JsonObject = isJsonObject(item) ? item : {};
  const text = (key: string, holds: (value: string) => boolean, expected: string): string => {
    const value = fields[key];
    if (typeof value === "string" && holds(value)) return value;
    throw refused(`[${index}].${key}: expected ${expected}, found ${JSON.stringify(value ?? null).slice(0, 120)}`, {
      file,
    });
  };
  return {
    before: text("before", (value) => SHA.test(value), "a full commit SHA"),
    after: text("after", (value) => SHA.test(value), "a full commit SHA"),
    ref: text("ref", (value) => value.startsWith("refs/"), "a ref such as refs/heads/main"),
    timestamp: text("timestamp", isTime, "a time as 2026-01-31T12:00:00Z"),
  };
}

function refused(
  message: string,
  at: { readonly file: string; readonly line?: number },
  fix: string = FORMAT,
): WorkflowsError {
  return new WorkflowsError({ code: "unreadable-input", message: `the list of pushes: ${message}`, at, fix });
}
