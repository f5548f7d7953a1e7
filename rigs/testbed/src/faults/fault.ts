/** What goes wrong with one request. */
export type Fault =
  /** Answered in the registry's stead; the registry never sees the request. */
  | {
      readonly kind: "answer";
      readonly status: number;
      readonly headers?: Readonly<Record<string, string>>;
      readonly body?: string;
    }
  /** The connection is reset while the client sends: after `afterBytes` of the request's body; the registry never sees its end. */
  | { readonly kind: "reset-request"; readonly afterBytes: number }
  /** The registry did its work. The connection is reset after `afterBytes` of the answer's body; 0: before the answer's head. */
  | { readonly kind: "reset-response"; readonly afterBytes: number }
  /**
   * The answer's body ends early. `content-length` stays as it was (`kept`: the client sees that the connection closes too soon), or
   * tells the shorter length (`fitted`: only the digest shows it).
   */
  | { readonly kind: "truncate"; readonly afterBytes: number; readonly contentLength: "kept" | "fitted" }
  /** The answer's `Docker-Content-Digest`; null: removed. */
  | { readonly kind: "digest-header"; readonly value: string | null }
  /** Milliseconds between the registry's answer and its first byte. */
  | { readonly kind: "slow-first-byte"; readonly milliseconds: number }
  /** From this request on, it included, the registry cannot be reached, until `revive`. */
  | { readonly kind: "die" };

export interface FaultRule {
  /** Any by default. */
  readonly method?: string;
  /** Tested on path and query; any by default. */
  readonly path?: RegExp;
  /** Which of the requests that match; counted from 1; every one by default. */
  readonly which?: { readonly nth: number } | { readonly first: number } | { readonly from: number };
  readonly fault: Fault;
}

/** How a registry that is asked too much says when to come back. */
export type RetryAfter =
  | { readonly seconds: number }
  | { readonly date: Date }
  /** In the body, as ghcr.io does: `retry-after: 12.5ms, allowed: 2000/minute`. The value is a Go duration. */
  | { readonly body: string }
  | null;

export function tooManyRequests(retryAfter: RetryAfter): Fault {
  const plain = {
    kind: "answer",
    status: 429,
    headers: {},
    body: errorBody("TOOMANYREQUESTS", "too many requests"),
  } as const;
  if (retryAfter === null) return plain;
  if ("seconds" in retryAfter) return { ...plain, headers: { "retry-after": String(retryAfter.seconds) } };
  if ("date" in retryAfter) return { ...plain, headers: { "retry-after": retryAfter.date.toUTCString() } };
  return { ...plain, body: errorBody("TOOMANYREQUESTS", `retry-after: ${retryAfter.body}, allowed: 2000/minute`) };
}

/** With a body of HTML, as load balancers in front of registries send it. */
export function serverError(status: 500 | 502 | 503): Fault {
  const body = `<html><body><h1>${status} Server Error</h1></body></html>`;
  return { kind: "answer", status, headers: { "content-type": "text/html" }, body };
}

/** A token that has expired in mid-run. `challenge`: the `www-authenticate` that the registry gives. */
export function expiredToken(challenge: string): Fault {
  const headers = { "www-authenticate": `${challenge},error="invalid_token"` };
  return { kind: "answer", status: 401, headers, body: errorBody("UNAUTHORIZED", "authentication required") };
}

/** What a registry says that does not know yet what was just pushed to it. */
export function manifestUnknown(): Fault {
  return { kind: "answer", status: 404, body: errorBody("MANIFEST_UNKNOWN", "manifest unknown") };
}

function errorBody(code: string, message: string): string {
  return JSON.stringify({ errors: [{ code, message }] });
}
