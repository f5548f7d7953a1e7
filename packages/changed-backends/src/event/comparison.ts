import { type ActionsEvent, numberAt, textAt } from "@fanfold-internal/matrix/event";
import type { DiffReason } from "../base/diff.ts";
import { ChangedBackendsError } from "../base/error.ts";

/** What has to be compared to know what changed. */
export type Comparison =
  | { readonly kind: "nothing"; readonly reason: DiffReason }
  | { readonly kind: "everything"; readonly reason: DiffReason }
  /** Two commits, as they are. */
  | { readonly kind: "commits"; readonly base: string; readonly head: string }
  /** From the merge base of the two; `branch` is where the pull request goes. */
  | {
      readonly kind: "pull-request";
      readonly number: number;
      readonly branch: string;
      readonly base: string;
      readonly head: string;
    }
  /** From the merge base of the target branch and the head; without one, from the branch's tip. */
  | { readonly kind: "merge-group"; readonly branch: string; readonly head: string }
  /** A list of paths, of unknown origin. */
  | { readonly kind: "files"; readonly paths: readonly string[] };

const ZERO = /^0+$/;
const SHA = /^(?:[0-9a-f]{40}|[0-9a-f]{64})$/;

/**
 * What an event compares. An event this does not know selects everything.
 * @throws ChangedBackendsError `unreadable-input`, when the payload lacks what its event always has
 */
export function comparisonOf(event: ActionsEvent): Comparison {
  switch (event.name) {
    case "push":
      return push(event);
    case "pull_request":
    case "pull_request_target":
      return {
        kind: "pull-request",
        number: pullRequestNumber(event),
        branch: required(event, "pull_request", "base", "ref"),
        base: commit(event, "pull_request", "base", "sha"),
        head: commit(event, "pull_request", "head", "sha"),
      };
    case "merge_group":
      // Not base_sha: that is the previous entry of the queue, whose own changes may yet be thrown out of it.
      return {
        kind: "merge-group",
        branch: required(event, "merge_group", "base_ref").replace(/^refs\/heads\//, ""),
        head: commit(event, "merge_group", "head_sha"),
      };
    case "schedule":
      return { kind: "everything", reason: "scheduled" };
    case "workflow_dispatch":
      return { kind: "everything", reason: "dispatched" };
    case "release":
      return { kind: "everything", reason: "released" };
    default:
      return { kind: "everything", reason: "unknown-event" };
  }
}

function push(event: ActionsEvent): Comparison {
  const { payload } = event;
  const after = textAt(payload, "after") ?? event.sha ?? "";
  if (payload["deleted"] === true || (after !== "" && ZERO.test(after))) return { kind: "nothing", reason: "deleted" };
  if (event.ref?.startsWith("refs/tags/") === true) return { kind: "everything", reason: "tag" };
  const before = textAt(payload, "before") ?? "";
  if (before === "" || ZERO.test(before)) return { kind: "everything", reason: "zero-base" };
  return { kind: "commits", base: sha(before, "before"), head: sha(after, "after") };
}

function pullRequestNumber(event: ActionsEvent): number {
  const number = numberAt(event.payload, "pull_request", "number") ?? numberAt(event.payload, "number");
  if (number === undefined) throw lacks(event, "pull_request.number");
  return number;
}

function commit(event: ActionsEvent, ...path: readonly string[]): string {
  return sha(required(event, ...path), path.join("."));
}

function required(event: ActionsEvent, ...path: readonly string[]): string {
  const value = textAt(event.payload, ...path);
  if (value === undefined || value === "") throw lacks(event, path.join("."));
  return value;
}

function lacks(event: ActionsEvent, field: string): ChangedBackendsError {
  return new ChangedBackendsError({
    code: "unreadable-input",
    message: `the event file of a ${event.name} event has no ${field}`,
    fix: "hand over the file that GITHUB_EVENT_PATH names, as it is",
  });
}

function sha(value: string, field: string): string {
  if (SHA.test(value)) return value;
  throw new ChangedBackendsError({
    code: "unreadable-input",
    message: `${field} in the event file must be a full commit SHA, found ${JSON.stringify(value)}`,
    fix: "hand over the file that GITHUB_EVENT_PATH names, as it is",
  });
}
