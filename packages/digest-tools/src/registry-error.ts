import type { RegistryFault } from "./answer-text.ts";
import type { Credentials } from "./credentials.ts";
import { DigestToolsError, type DigestToolsErrorCode } from "./digest-tools-error.ts";
import { safeUrl } from "./secrets.ts";

/** What was asked, for messages. */
interface Asked {
  readonly method: string;
  readonly url: URL;
}

/** An answer that the call does not expect, in the registry's own words. */
export function refusal(call: Asked, status: number, said: string, fix: string): DigestToolsError {
  return new DigestToolsError({
    code: codeOf(status),
    message: `${call.method}: the registry answered ${status}${said === "" ? "" : ` (${said})`}`,
    at: { url: safeUrl(call.url) },
    fix,
  });
}

/** An answer that the distribution specification does not have. */
export function badResponse(request: Asked, found: string): DigestToolsError {
  return new DigestToolsError({
    code: "bad-response",
    message: `${request.method}: the registry answered with ${found}`,
    at: { url: safeUrl(request.url) },
    fix: "see that the host is a registry and not a web page; if it is one, report this",
  });
}

function codeOf(status: number): DigestToolsErrorCode {
  if (status === 401) return "unauthorized";
  if (status === 403) return "denied";
  if (status === 404) return "not-found";
  if (status === 413) return "too-large";
  if (status === 429) return "rate-limited";
  if (status === 408 || status >= 500) return "server-error";
  return status >= 400 ? "rejected" : "bad-response";
}

/** What to do about it. */
export async function advice(
  status: number,
  faults: readonly RegistryFault[],
  credentials: () => Promise<Credentials>,
): Promise<string> {
  if (status === 401 || status === 403) {
    // A broken config file is not what this refusal is about.
    const found = await credentials().catch(() => undefined);
    if (found === undefined) return "see that docker login works for it, and that the repository's name is right";
    const { kind, origin } = found;
    if (kind === "anonymous")
      return `no credentials for it in ${origin}: run docker login; or the repository's name is wrong`;
    const what = status === 401 ? "were not accepted: log in again" : "do not allow this: ask for write access";
    return `the credentials from ${origin} ${what}; or the repository's name is wrong`;
  }
  if (faults.some(({ code }) => code === "MANIFEST_BLOB_UNKNOWN" || code === "MANIFEST_UNKNOWN")) {
    return "something that the manifest names is not in this repository (never pushed, or cleaned away since): push it again";
  }
  if (status === 404) return "see that the repository's name is right, and create it if this registry wants that first";
  if (status === 429) return "wait until the limit has passed, or log in where that raises it; then run again";
  if (status >= 500 || status === 408)
    return "the registry has a fault that did not pass within several tries: run again later";
  return "the registry does not take this; its own message says why";
}
