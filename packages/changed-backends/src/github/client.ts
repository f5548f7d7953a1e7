import type { DebugLog } from "@fanfold-internal/kit/process/debug-log";
import { reasonOf } from "@fanfold-internal/kit/process/errors";
import type { Environment } from "@fanfold-internal/kit/process/host";
import type { Octokit } from "@octokit/rest";
import type { DiffReason } from "../base/diff.ts";

export interface GitHubAccess {
  /** GITHUB_API_URL; `https://host/api/v3` on GitHub Enterprise Server. */
  readonly apiUrl: string;
  /** undefined or empty: anonymous, 60 requests an hour. */
  readonly token: string | undefined;
  readonly owner: string;
  readonly repo: string;
  /** Milliseconds that count as a second of waiting. Tests wait less. Default 1000. */
  readonly second?: number;
  /** Milliseconds that one request may take. Default 20,000. */
  readonly timeout?: number;
  /** Where proxies are named (`HTTPS_PROXY`, `NO_PROXY`). Default: this process's environment. */
  readonly env?: Environment;
  /** Milliseconds that all requests together may take, waiting included. Default 180,000. */
  readonly runTimeout?: number;
  readonly debug?: DebugLog | undefined;
  /** Hears what is waited for when an answer takes long. */
  readonly onWait?: (message: string) => void;
}

/** Octokit with the plugins that wait and try again, for one repository. */
export interface GitHubClient {
  readonly octokit: Octokit;
  readonly repository: { readonly owner: string; readonly repo: string };
}

/** An answer, or the reason why there is none. */
export type Answer<T> = { readonly kind: "answer"; readonly value: T } | Failure;

export interface Failure {
  readonly kind: "failed";
  readonly reason: DiffReason;
  /** The API will not answer any other question either. */
  readonly apiDown: boolean;
  readonly message: string;
}

/** Thrown while an answer is read that lacks what the documentation promises, or is not JSON at all. */
export class IncompleteAnswer extends Error {}

/** Runs a request and sorts its failure, whose message `hide` takes secrets out of. */
export async function ask<T>(request: () => Promise<T>, hide: (text: string) => string): Promise<Answer<T>> {
  try {
    return { kind: "answer", value: await request() };
  } catch (error) {
    return failure(error, hide);
  }
}

/** Whether a server refused because of too many requests: a 429, or a 403 that says so in a header or in words. */
export function isRateLimited({ status, message, headers }: Refusal): boolean {
  if (status === 429) return true;
  return (
    status === 403 &&
    (headers["x-ratelimit-remaining"] === "0" || headers["retry-after"] !== undefined || /rate limit/i.test(message))
  );
}

export interface Refusal {
  readonly status: number;
  readonly message: string;
  readonly headers: Readonly<Record<string, string | number | undefined>>;
}

/** What a server refused with; undefined for an error of the network, which octokit gives the status 500. */
export function refusalOf(error: unknown): Refusal | undefined {
  if (!isRequestError(error) || error.response === undefined) return undefined;
  return { status: error.status, message: error.message, headers: error.response.headers };
}

function failure(error: unknown, hide: (text: string) => string): Answer<never> {
  // A server may echo what it was sent.
  const message = shortened(hide(reasonOf(error)));
  const failed = (reason: DiffReason, apiDown: boolean): Answer<never> => ({
    kind: "failed",
    reason,
    apiDown,
    message,
  });
  if (error instanceof IncompleteAnswer || (error instanceof Error && error.cause instanceof IncompleteAnswer)) {
    return failed("missing-fields", false);
  }
  const refusal = refusalOf(error);
  if (refusal === undefined) return failed("network", true);
  if (isRateLimited(refusal)) return failed("rate-limited", true);
  switch (refusal.status) {
    case 401:
      return failed("forbidden", true);
    case 403:
      return failed("forbidden", false);
    case 404:
    case 409:
    case 410:
      return failed("not-found", false);
    case 422:
      return failed("unprocessable", false);
    default:
      return failed("server-error", false);
  }
}

/** A page of HTML may stand where an error's words are expected. */
function shortened(message: string): string {
  return message.length <= MAX_MESSAGE ? message : `${message.slice(0, MAX_MESSAGE)}…`;
}

const MAX_MESSAGE = 300;

interface RequestError extends Error {
  readonly status: number;
  readonly response?: Pick<Refusal, "headers"> | undefined;
}

function isRequestError(error: unknown): error is RequestError {
  return error instanceof Error && "status" in error && typeof error.status === "number";
}
