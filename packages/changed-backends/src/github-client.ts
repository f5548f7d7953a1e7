import { retry } from "@octokit/plugin-retry";
import { throttling } from "@octokit/plugin-throttling";
import { Octokit } from "@octokit/rest";
import type { DiffReason } from "./diff.ts";

export interface GitHubAccess {
  /** GITHUB_API_URL; `https://host/api/v3` on GitHub Enterprise Server. */
  readonly apiUrl: string;
  /** undefined or empty: anonymous, 60 requests an hour. */
  readonly token: string | undefined;
  readonly owner: string;
  readonly repo: string;
  /** Milliseconds that count as a second of waiting. Tests wait less. Default 1000. */
  readonly second?: number;
}

/** Octokit with the plugins that wait and try again, for one repository. */
export interface GitHubClient {
  readonly octokit: Octokit;
  readonly repository: { readonly owner: string; readonly repo: string };
  /** Requests made so far, retries included. */
  calls(): number;
}

/** An answer, or the reason why there is none. */
export type Answer<T> =
  | { readonly kind: "answer"; readonly value: T }
  /** `gone`: asking the API anything else is as useless. */
  | { readonly kind: "failed"; readonly reason: DiffReason; readonly gone: boolean; readonly message: string };

/** Waiting that the servers ask for, in sum; beyond it, the next rung of the ladder is faster. */
const MAX_WAIT_SECONDS = 60;
const REQUEST_TIMEOUT_SECONDS = 20;

const ThrottledOctokit = Octokit.plugin(retry, throttling);

export function connect({ apiUrl, token, owner, repo, second = 1000 }: GitHubAccess): GitHubClient {
  let calls = 0;
  let waited = 0;
  const mayWait = (seconds: number): boolean => {
    if (waited + seconds > MAX_WAIT_SECONDS) return false;
    waited += seconds;
    return true;
  };
  const octokit = new ThrottledOctokit({
    baseUrl: apiUrl.replace(/\/+$/, ""),
    ...(token ? { auth: token } : {}),
    userAgent: "fanfold",
    log: { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} },
    request: {
      fetch: (url: string | URL, options: RequestInit = {}) => {
        calls += 1;
        return fetch(url, { ...options, signal: AbortSignal.timeout(REQUEST_TIMEOUT_SECONDS * second) });
      },
    },
    throttle: {
      retryAfterBaseValue: second,
      onRateLimit: mayWait,
      onSecondaryRateLimit: mayWait,
    },
    // Two more tries, after 1 and 4 seconds; 403 and 429 are the other plugin's.
    retry: { retries: 2, retryAfterBaseValue: second, doNotRetry: [400, 401, 403, 404, 410, 422, 429, 451] },
  });
  return { octokit, repository: { owner, repo }, calls: () => calls };
}

/** Runs a request and sorts its failure. */
export async function ask<T>(request: () => Promise<T>): Promise<Answer<T>> {
  try {
    return { kind: "answer", value: await request() };
  } catch (error) {
    return failure(error);
  }
}

function failure(error: unknown): Answer<never> {
  const message = error instanceof Error ? error.message : String(error);
  const failed = (reason: DiffReason, gone: boolean): Answer<never> => ({ kind: "failed", reason, gone, message });
  // Octokit gives errors of the network status 500, and no response.
  if (!hasStatus(error) || error.response === undefined) return failed("network", true);
  const headers = error.response.headers;
  switch (error.status) {
    case 404:
    case 409:
    case 410:
      return failed("not-found", false);
    case 422:
      return failed("unprocessable", false);
    case 429:
      return failed("rate-limited", true);
    case 401:
      return failed("forbidden", true);
    case 403:
      return headers["x-ratelimit-remaining"] === "0" ||
        headers["retry-after"] !== undefined ||
        /rate limit/i.test(message)
        ? failed("rate-limited", true)
        : failed("forbidden", false);
    default:
      return failed("server-error", false);
  }
}

interface RequestFailure {
  readonly status: number;
  readonly response?: { readonly headers: Readonly<Record<string, string | number | undefined>> } | undefined;
}

function hasStatus(error: unknown): error is RequestFailure {
  return error instanceof Error && "status" in error && typeof error.status === "number";
}
