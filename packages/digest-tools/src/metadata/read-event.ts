import type { Environment } from "@fanfold-internal/kit/process/host";
import { type ActionsEvent, numberAt, textAt } from "@fanfold-internal/matrix/event";
import type { MetadataEvent } from "./event.ts";

/** What the plan knows beside the event. */
export interface CommitFacts {
  /** When the commit was made, where git or the payload says so. */
  readonly commitDate: Date;
  readonly now: Date;
  readonly shortShaLength: number;
}

/**
 * The event as docker/metadata-action sees it: a pull request's ref is `refs/pull/<n>/merge` whatever event tells of it,
 * since the branch that pull_request_target runs on was not built; with DOCKER_METADATA_PR_HEAD_SHA=true its commit is
 * the head's.
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
  };
}

function baseRefOf(ref: string, { payload }: ActionsEvent): string {
  if (ref.startsWith("refs/tags/")) return (textAt(payload, "base_ref") ?? "").replace(/^refs\/heads\//, "");
  if (ref.startsWith("refs/pull/")) return textAt(payload, "pull_request", "base", "ref") ?? "";
  return "";
}

function addressOf({ repository }: ActionsEvent, env: Environment): string {
  return repository === null ? "" : `${env["GITHUB_SERVER_URL"] || "https://github.com"}/${repository}`;
}
