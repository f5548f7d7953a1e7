import type { Environment } from "@fanfold-internal/kit/process/host";
import { type ActionsEvent, numberAt, textAt } from "@fanfold-internal/matrix/event";
import { DigestToolsError } from "../base/error.ts";
import type { MetadataEvent } from "./event.ts";

/** What is known beside the event. */
export interface CommitFacts {
  /** When the commit was made; undefined where nobody knows it. */
  readonly commitDate: Date | undefined;
  readonly now: Date;
}

/**
 * The event as docker/metadata-action sees it: a pull request's ref is `refs/pull/<n>/merge` whatever event tells of it,
 * since the branch that pull_request_target runs on was not built; with DOCKER_METADATA_PR_HEAD_SHA=true its commit is
 * the head's.
 *
 * @throws DigestToolsError `invalid-tag` for a DOCKER_METADATA_SHORT_SHA_LENGTH that is no length
 */
export function readMetadataEvent(event: ActionsEvent, env: Environment, facts: CommitFacts): MetadataEvent {
  const { name, payload } = event;
  const ref =
    name === "pull_request_target" ? `refs/pull/${numberAt(payload, "number") ?? ""}/merge` : (event.ref ?? "");
  const head = /true/i.test(env["DOCKER_METADATA_PR_HEAD_SHA"] ?? "") && name.startsWith("pull_request");
  return {
    name,
    ref,
    sha: (head ? textAt(payload, "pull_request", "head", "sha") : undefined) ?? event.sha ?? "",
    defaultBranch: event.defaultBranch ?? undefined,
    baseRef: baseRefOf(ref, event),
    repository: {
      name: textAt(payload, "repository", "name") ?? event.repository?.split("/")[1] ?? "",
      description: textAt(payload, "repository", "description") ?? "",
      url: textAt(payload, "repository", "html_url") ?? addressOf(event, env),
      license: textAt(payload, "repository", "license", "spdx_id") ?? "",
    },
    ...facts,
    shortShaLength: parseShortShaLength(env["DOCKER_METADATA_SHORT_SHA_LENGTH"]),
  };
}

/** @throws DigestToolsError `invalid-tag` */
export function parseShortShaLength(text: string | undefined): number {
  if (text === undefined || text === "") return 7;
  if (/^[1-9]\d*$/.test(text)) return Number(text);
  throw new DigestToolsError({
    code: "invalid-tag",
    message: `DOCKER_METADATA_SHORT_SHA_LENGTH is ${JSON.stringify(text)}`,
    fix: "set it to the number of characters to keep of a commit's hash, 1 or more",
  });
}

function baseRefOf(ref: string, { payload }: ActionsEvent): string {
  if (ref.startsWith("refs/tags/")) return (textAt(payload, "base_ref") ?? "").replace(/^refs\/heads\//, "");
  if (ref.startsWith("refs/pull/")) return textAt(payload, "pull_request", "base", "ref") ?? "";
  return "";
}

function addressOf({ repository }: ActionsEvent, env: Environment): string {
  return repository === null ? "" : `${env["GITHUB_SERVER_URL"] || "https://github.com"}/${repository}`;
}
