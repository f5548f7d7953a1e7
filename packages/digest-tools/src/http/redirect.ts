import { safeUrl } from "@fanfold-internal/kit/text/secrets";
import { DigestToolsError } from "../base/error.ts";
import { checkDestination } from "../hosts/addresses.ts";

/** What was asked when a server sent on to somewhere else. */
interface Asked {
  readonly method: string;
  readonly url: URL;
}

const REDIRECTS: readonly number[] = [301, 302, 303, 307, 308];
const KEEPS_METHOD: readonly number[] = [307, 308];

/**
 * Whether a redirect is to be followed: a read by each, a write by 307 and 308 alone, which keep method and body
 * (RFC 9110 section 15.4).
 */
export function mayFollow({ method, expect }: Asked & { readonly expect: readonly number[] }, status: number): boolean {
  if (expect.includes(status)) return false;
  return method === "GET" || method === "HEAD" ? REDIRECTS.includes(status) : KEEPS_METHOD.includes(status);
}

/**
 * The address in a `Location`, which may be relative.
 *
 * @throws DigestToolsError `insecure` where it leads from HTTPS to plain HTTP or to an address that only this machine or
 *   this network can reach, `bad-response` where it is not an address
 */
export function resolveLocation(request: Asked, location: string | undefined, base: URL = request.url): URL {
  if (location === undefined || !URL.canParse(location, base.href))
    throw misdirected(request, "no address in Location");
  const url = new URL(location, base);
  if (url.protocol === "https:" || (url.protocol === "http:" && base.protocol === "http:")) {
    if (url.hostname !== request.url.hostname) checkDestination(url, request.url);
    return url;
  }
  throw new DigestToolsError({
    code: "insecure",
    message: `${request.method}: expected a Location with https, found ${safeUrl(url)}`,
    at: { url: safeUrl(request.url) },
    fix: "the registry does not know that it is reached over HTTPS; behind a proxy it needs X-Forwarded-Proto or its outer address in its configuration",
  });
}

/** An answer that leads nowhere. */
export function misdirected({ method, url }: Asked, found: string): DigestToolsError {
  return new DigestToolsError({
    code: "bad-response",
    message: `${method}: the registry answered with ${found}`,
    at: { url: safeUrl(url) },
    fix: "see that the host is a registry and not a web page; if it is one, report this",
  });
}
