import { isJsonObject, type Json, type JsonObject } from "@fanfold-internal/kit/read/json";

/** What happened, as GitHub Actions tells a job: https://docs.github.com/actions/reference/workflows-and-actions/variables */
export interface ActionsEvent {
  /** GITHUB_EVENT_NAME */
  readonly name: string;
  /** GITHUB_REF, or the payload's: `refs/heads/main`, `refs/tags/v1`, `refs/pull/7/merge`. */
  readonly ref: string | null;
  /** GITHUB_SHA, or the commit that the payload is about: what is built. */
  readonly sha: string | null;
  /** What tags and labels name: `sha`, or the pull request's head where DOCKER_METADATA_PR_HEAD_SHA asks for it. */
  readonly metadataSha: string | null;
  /** The branch that a repository's pull requests go to, from the payload. */
  readonly defaultBranch: string | null;
  /** `owner/name` */
  readonly repository: string | null;
  readonly payload: JsonObject;
}

export interface EventSource {
  readonly name: string;
  readonly payload: JsonObject;
  readonly env: Readonly<Record<string, string | undefined>>;
}

/** Environment variables win over the payload: they are about this run, which may be a re-run. */
export function readActionsEvent({ name, payload, env }: EventSource): ActionsEvent {
  // Of a pull_request_target, the base is what GITHUB_SHA names.
  const side = name === "pull_request_target" ? "base" : "head";
  const sha =
    env["GITHUB_SHA"] ||
    textAt(payload, "after") ||
    textAt(payload, "pull_request", side, "sha") ||
    textAt(payload, "merge_group", "head_sha") ||
    null;
  // https://github.com/docker/metadata-action#docker_metadata_pr_head_sha
  const wantsHead = /^true$/i.test(env["DOCKER_METADATA_PR_HEAD_SHA"] ?? "");
  return {
    name,
    ref: env["GITHUB_REF"] || textAt(payload, "ref") || textAt(payload, "merge_group", "head_ref") || null,
    sha,
    metadataSha: (wantsHead ? textAt(payload, "pull_request", "head", "sha") : undefined) ?? sha,
    defaultBranch: textAt(payload, "repository", "default_branch") || null,
    repository: env["GITHUB_REPOSITORY"] || textAt(payload, "repository", "full_name") || null,
    payload,
  };
}

/** The text at a path of keys; `undefined` when something else or nothing is there. */
export function textAt(value: Json, ...path: readonly string[]): string | undefined {
  const found = valueAt(value, path);
  return typeof found === "string" ? found : undefined;
}

export function numberAt(value: Json, ...path: readonly string[]): number | undefined {
  const found = valueAt(value, path);
  return typeof found === "number" ? found : undefined;
}

function valueAt(value: Json, path: readonly string[]): Json | undefined {
  let here: Json | undefined = value;
  for (const key of path) here = isJsonObject(here) && Object.hasOwn(here, key) ? here[key] : undefined;
  return here;
}
