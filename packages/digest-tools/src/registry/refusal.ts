import type { Credentials } from "../auth/credentials.ts";
import { DigestToolsError, type DigestToolsErrorCode } from "../base/error.ts";
import { safeUrl } from "../base/secrets.ts";
import type { RegistryFault } from "./answer-text.ts";

/** What was asked, for messages. */
interface Asked {
  readonly method: string;
  readonly url: URL;
}

/** Who refused, and what is known of what it refused. */
export interface Refused {
  readonly status: number;
  readonly faults: readonly RegistryFault[];
  /** Where the answer came from. */
  readonly url: URL;
  /** From the registry itself, and not from a host that it sent the request on to. */
  readonly own: boolean;
  /**
   * A tag was to be set. `pushed`: this process has put something into the repository before; `found`: the image was
   * there, and somebody has.
   */
  readonly tag?: "pushed" | "found" | undefined;
}

/** An answer that the call does not expect, in the words of whoever gave it. */
export function refusal(method: string, { status, url, own }: Refused, said: string, fix: string): DigestToolsError {
  const who = own ? "the registry" : "the host that the registry sent this on to";
  return new DigestToolsError({
    // No login of the user's reaches another host than the registry.
    code: own || (status !== 401 && status !== 403) ? codeOf(status) : "rejected",
    message: `${method}: ${who} answered ${status}${said === "" ? "" : ` (${said})`}`,
    at: { url: safeUrl(url) },
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

/** With these, registries refuse to move a tag that they protect; each has its own. */
const TAG_REFUSALS = [400, 403, 405, 409, 412];

/** What to do about it. */
export async function advice(refused: Refused, credentials: () => Promise<Credentials>): Promise<string> {
  const { status, faults, own, tag } = refused;
  if (!own && (status === 401 || status === 403)) {
    return "that host refuses the address that the registry gave, and no login of yours goes there: run again; if it stays, tell whoever runs the registry";
  }
  if (faults.some(({ code }) => code === "MANIFEST_BLOB_UNKNOWN" || code === "MANIFEST_UNKNOWN")) {
    return "something that the manifest names is not in this repository (never pushed, or cleaned away since): push it again";
  }
  if (tag !== undefined && TAG_REFUSALS.includes(status) && (status !== 403 || tag === "pushed")) return PROTECTED;
  if (status === 401 || status === 403) {
    // A broken config file is not what this refusal is about.
    const found = await credentials().catch(() => undefined);
    if (found === undefined) return "see that docker login works for it, and that the repository's name is right";
    const { kind, origin } = found;
    if (kind === "anonymous")
      return `no credentials for it in ${origin}: run docker login; or the repository's name is wrong`;
    if (status === 401)
      return `the credentials from ${origin} were not accepted: log in again; or the repository's name is wrong`;
    const other = tag === undefined ? "the repository's name is wrong" : "the registry protects this tag";
    return `the credentials from ${origin} do not allow this: ask for write access; or ${other}`;
  }
  if (status === 404) return "see that the repository's name is right, and create it if this registry wants that first";
  if (status === 429) return "wait until the limit has passed, or log in where that raises it; then run again";
  if (status >= 500 || status === 408)
    return "the registry has a fault that did not pass within several tries: run again later";
  return "the registry does not take this; its own message says why";
}

const PROTECTED =
  "the repository has taken this image and refuses the tag alone: see whether the registry protects it (immutable tags, a rule for tags, a permission of its own), or publish under another tag";
