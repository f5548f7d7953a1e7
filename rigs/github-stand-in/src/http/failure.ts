import type { ApiRoute, ApiTarget, GitTarget } from "./locate.ts";
import { json, noCommonAncestor, notFound, type Reply, refusal } from "./reply.ts";

/** An answer in place of the real one. */
export type Refusal =
  /** 403 or 429 with `retry-after`: GitHub's secondary limit when it says how long to wait. */
  | { readonly kind: "retry-after"; readonly status: 403 | 429; readonly seconds: number }
  /** 403 or 429 with nothing remaining, and the limit's reset so many seconds from now. */
  | { readonly kind: "primary-limit"; readonly status: 403 | 429; readonly resetsInSeconds: number }
  /** 403 that says "secondary rate limit" and not how long to wait. */
  | { readonly kind: "secondary-limit" }
  /** 403 for a token without the permission. */
  | { readonly kind: "not-accessible" }
  | { readonly kind: "not-found" }
  /** The 404 of a comparison that has no merge base; anywhere else a plain 404. */
  | { readonly kind: "no-common-ancestor" }
  | { readonly kind: "status"; readonly status: 422 | 500 | 502 | 503 };

/** The connection's fault: closed without an answer, or the real answer after a wait. */
export type Disturbance = { readonly kind: "reset" } | { readonly kind: "slow"; readonly milliseconds: number };

/** The real answer, damaged. */
export type Alteration =
  /** Half of the body, then the connection closes. */
  | { readonly kind: "reset-mid-body" }
  /** Half of the body, as if it were all. */
  | { readonly kind: "invalid-json" }
  /** A comparison without `files`, which GitHub's schema allows. */
  | { readonly kind: "without-files" }
  /** Every file has this status, known to GitHub or not. */
  | { readonly kind: "file-status"; readonly status: string };

interface RuleScope {
  /** How many requests it meets before it is used up. */
  readonly times: number | "always";
  /** Only requests whose address this accepts, such as the second page. */
  readonly when?: (url: URL) => boolean;
}

/** `any-api` is every route of the REST API; `git` is git's own protocol, whose streams are not altered. */
export type FailureRule =
  | (RuleScope & { readonly route: ApiRoute | "any-api"; readonly with: Refusal | Disturbance | Alteration })
  | (RuleScope & { readonly route: "git"; readonly with: Refusal | Disturbance });

export type Failure = FailureRule["with"];

/** Rules in the order they were given: a request meets the first that fits it and is not used up. */
export class FailureQueue {
  readonly #rules: { readonly rule: FailureRule; left: number }[] = [];

  add(rule: FailureRule): void {
    this.#rules.push({ rule, left: rule.times === "always" ? Number.POSITIVE_INFINITY : rule.times });
  }

  clear(): void {
    this.#rules.length = 0;
  }

  take(route: ApiRoute | "git", url: URL): Failure | null {
    const met = this.#rules.find(({ rule, left }) => {
      const routed = rule.route === "any-api" ? route !== "git" : rule.route === route;
      return left > 0 && routed && (rule.when?.(url) ?? true);
    });
    if (met === undefined) return null;
    met.left -= 1;
    return met.rule.with;
  }
}

const secondaryLimit = "You have exceeded a secondary rate limit. Please wait a few minutes before you try again.";

/** The answer of a refusal; `null` for a failure that lets the real answer be made. */
export function refusalReply(failure: Failure, target: ApiTarget | GitTarget): Reply | null {
  switch (failure.kind) {
    case "retry-after":
      return withHeaders(refusal(failure.status, secondaryLimit), { "retry-after": String(failure.seconds) });
    case "primary-limit": {
      const reset = Math.ceil(Date.now() / 1000) + failure.resetsInSeconds;
      return withHeaders(refusal(failure.status, "API rate limit exceeded for installation ID 1."), {
        "x-ratelimit-remaining": "0",
        "x-ratelimit-reset": String(reset),
      });
    }
    case "secondary-limit":
      return refusal(403, secondaryLimit);
    case "not-accessible":
      return refusal(403, "Resource not accessible by integration");
    case "not-found":
      return notFound();
    case "no-common-ancestor":
      return target.route === "compare" ? noCommonAncestor(target.base, target.head) : notFound();
    case "status":
      return statusReply(failure.status);
    default:
      return null;
  }
}

function statusReply(status: 422 | 500 | 502 | 503): Reply {
  if (status !== 422) return json({ message: "Server Error" }, status);
  const errors = [{ resource: "Comparison", field: "diff", code: "not_available" }];
  return refusal(422, "Server Error: Sorry, this diff is taking too long to generate.", { errors });
}

function withHeaders(reply: Reply, headers: Readonly<Record<string, string>>): Reply {
  return { ...reply, headers: { ...reply.headers, ...headers } };
}

/** Applies what changes the meaning of a reply; damage to its bytes is done where they are sent. */
export function alterReply(reply: Reply, failure: Failure): Reply {
  if (reply.body.kind !== "json" || reply.status !== 200) return reply;
  const { value } = reply.body;
  if (failure.kind === "without-files" && isRecord(value)) {
    return { ...reply, body: { kind: "json", value: { ...value, files: undefined } } };
  }
  if (failure.kind === "file-status") {
    return { ...reply, body: { kind: "json", value: withStatus(value, failure.status) } };
  }
  return reply;
}

function withStatus(value: unknown, status: string): unknown {
  if (Array.isArray(value)) return value.map((row: unknown) => (isRecord(row) ? { ...row, status } : row));
  return isRecord(value) && "files" in value ? { ...value, files: withStatus(value["files"], status) } : value;
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
