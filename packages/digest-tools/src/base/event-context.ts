import type { Environment, Host } from "@fanfold-internal/kit/process/host";
import { isJsonObject, type JsonObject, parseJson } from "@fanfold-internal/kit/read/json";
import { readText } from "@fanfold-internal/kit/read/text";
import { type ActionsEvent, readActionsEvent } from "@fanfold-internal/matrix/event";
import { DigestToolsError } from "./error.ts";

/** What the tag rules look at: the event's name, the full ref (`refs/heads/main`) and the commit. */
export interface EventContext {
  readonly name: string;
  readonly ref: string | undefined;
  readonly sha: string | undefined;
}

/** The workflow run that builds an image: a re-run keeps the id and counts the attempt up. */
export interface RunContext {
  readonly id: string;
  readonly attempt: number;
  /** Which GitHub counts the runs: `https://github.com`. Ids of different servers cannot be compared. */
  readonly server?: string | undefined;
}

/** GitHub's are 64-bit numbers; anything longer would be later than every run there will be. */
export function isRunId(text: string): boolean {
  return /^[1-9]\d{0,18}$/.test(text) && BigInt(text) < 2n ** 63n;
}

/** Far above what GitHub allows, https://docs.github.com/actions/reference/limits. */
export const MAX_ATTEMPT = 99_999;

/**
 * The event from GitHub's environment variables
 * (https://docs.github.com/actions/reference/workflows-and-actions/variables). What they lack is read from the event's
 * file: `eventPath`, or else GITHUB_EVENT_PATH.
 * @throws DigestToolsError `invalid-event`
 * @throws InputError `unreadable-file`
 */
export function readEventContext(host: EventHost, eventPath?: string): EventContext {
  const { env } = host;
  const complete = Boolean(env["GITHUB_REF"] && env["GITHUB_SHA"]);
  const file = eventPath ?? (complete ? undefined : env["GITHUB_EVENT_PATH"] || undefined);
  const { name, ref, metadataSha } = eventOf(host, file);
  return { name, ref: ref ?? undefined, sha: metadataSha ?? undefined };
}

/** The event with all that its file says of it. @throws DigestToolsError `invalid-event`; InputError `unreadable-file` */
export function readWholeEvent(host: EventHost, eventPath?: string): ActionsEvent {
  return eventOf(host, eventPath ?? (host.env["GITHUB_EVENT_PATH"] || undefined));
}

type EventHost = Pick<Host, "env" | "cwd" | "stdin">;

function eventOf(host: EventHost, file: string | undefined): ActionsEvent {
  const { env } = host;
  const payload = file === undefined ? {} : readPayload(host, file);
  return readActionsEvent({ name: env["GITHUB_EVENT_NAME"] || "unknown", payload, env });
}

/** The run's id, attempt and server; undefined outside Actions. @throws DigestToolsError `invalid-event` */
export function readRunContext(env: Environment): RunContext | undefined {
  const id = env["GITHUB_RUN_ID"] ?? "";
  const attempt = env["GITHUB_RUN_ATTEMPT"] ?? "1";
  if (id === "") return undefined;
  if (!isRunId(id) || !/^[1-9]\d{0,4}$/.test(attempt)) {
    const shown = [id, attempt].map((text) => JSON.stringify(text.slice(0, 40))).join(" and ");
    throw new DigestToolsError({
      code: "invalid-event",
      message: `GITHUB_RUN_ID must be a number of at most 64 bits and GITHUB_RUN_ATTEMPT one of at most 5 digits, found ${shown}`,
      fix: "leave them as GitHub sets them; elsewhere unset both",
    });
  }
  const server = (env["GITHUB_SERVER_URL"] ?? "").replace(/\/$/, "");
  return { id, attempt: Number(attempt), ...(server === "" ? {} : { server }) };
}

/** `v1.2.3` of `refs/tags/v1.2.3`, `main` of `refs/heads/main`; undefined for pull requests and other refs. */
export function versionOfEvent({ name, ref }: EventContext): string | undefined {
  // GITHUB_REF is the target branch, which is not what was built.
  if (name === "pull_request_target") return undefined;
  return /^refs\/(?:heads|tags)\/(.+)$/s.exec(ref ?? "")?.[1];
}

function readPayload(host: Pick<Host, "cwd" | "stdin">, file: string): JsonObject {
  const fix = "name the event's JSON file, as GITHUB_EVENT_PATH does";
  const parsed = parseJson(readText(host, file, { what: "the event file", fix }));
  if (parsed.kind === "ok" && isJsonObject(parsed.value)) return parsed.value;
  const found = parsed.kind === "ok" ? "another JSON value" : parsed.reason;
  throw new DigestToolsError({
    code: "invalid-event",
    message: `the event must be a JSON object, found ${found}`,
    at: { file },
    fix,
  });
}
