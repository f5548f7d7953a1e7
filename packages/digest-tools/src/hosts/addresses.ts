import { BlockList, isIP, isIPv4 } from "node:net";
import { hostName } from "@fanfold-internal/kit/http/loopback";

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
