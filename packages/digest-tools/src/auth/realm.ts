import { isLoopback } from "@fanfold-internal/kit/http/loopback";
import { safeUrl } from "@fanfold-internal/kit/text/secrets";
import { DigestToolsError } from "../base/error.ts";
import { isInternalAddress } from "../hosts/addresses.ts";

/**
 * The token service that a registry names gets the user's password, so a registry must not be able to name just
 * anything: HTTPS only, unless the registry itself is on this machine or was asked for over plain HTTP; and no address
 * inside the network (a cloud's metadata service, a router), unless it is the registry's own host.
 *
 * @throws DigestToolsError `insecure`
 */
export function checkRealm(realm: string, registry: URL): URL {
  const refuse = (found: string): DigestToolsError =>
    new DigestToolsError({
      code: "insecure",
      message: `the registry sends its users to a token service that gets no credentials from here: ${found}`,
      at: { url: registry.origin },
      fix: "expected an https:// address on the internet or on the registry's own host; tell whoever runs the registry",
    });
  if (!URL.canParse(realm)) throw refuse("it is not an address");
  const url = new URL(realm);
  if (url.username !== "" || url.password !== "") throw refuse("its address holds a user or a password");
  const local = isLoopback(registry.hostname) && isLoopback(url.hostname);
  const own = url.hostname === registry.hostname;
  if (url.protocol !== "https:" && !(url.protocol === "http:" && registry.protocol === "http:" && (own || local))) {
    throw refuse(`${safeUrl(url)} is not HTTPS`);
  }
  if ((isInternalAddress(url.hostname) || isLoopback(url.hostname)) && !own && !local) {
    throw refuse(`${safeUrl(url)} is inside the network`);
  }
  return url;
}
