import { BlockList, isIP, isIPv4 } from "node:net";
import { hostName } from "@fanfold-internal/kit/http/loopback";

/** Where a registry's API answers, `host[:port]`. Only Docker Hub's differs from its name. */
export function apiHost(registry: string): string {
  return registry === "docker.io" ? "registry-1.docker.io" : registry;
}

/**
 * The keys under which credentials for a registry may stand in Docker's config file, the usual one first. Docker Hub's
 * is an address (https://github.com/docker/cli/blob/master/cli/command/registry.go).
 */
export function configKeys(registry: string): readonly [string, ...string[]] {
  if (registry !== "docker.io") return [registry];
  return ["https://index.docker.io/v1/", "index.docker.io", "docker.io", "registry-1.docker.io"];
}

// RFC 1918, 4193, 3927, 4291, 6598, "this network" (RFC 1122), and the IPv4-mapped forms of all of them, which BlockList
// finds by itself. 169.254.169.254 is the metadata service of the clouds.
const internal = new BlockList();
for (const [network, prefix] of [
  ["0.0.0.0", 8],
  ["10.0.0.0", 8],
  ["100.64.0.0", 10],
  ["127.0.0.0", 8],
  ["169.254.0.0", 16],
  ["172.16.0.0", 12],
  ["192.168.0.0", 16],
] as const) {
  internal.addSubnet(network, prefix, "ipv4");
}
internal.addSubnet("fc00::", 7, "ipv6");
internal.addSubnet("fe80::", 10, "ipv6");
internal.addAddress("::1", "ipv6");
internal.addAddress("::", "ipv6");

/** Whether a host name is an address, not a name, that does not lead into the internet. */
export function isInternalAddress(host: string): boolean {
  const name = hostName(host);
  return isIP(name) !== 0 && internal.check(name, isIPv4(name) ? "ipv4" : "ipv6");
}
