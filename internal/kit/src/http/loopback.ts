import { BlockList, isIP, isIPv4 } from "node:net";

const loopback = new BlockList();
// With the IPv4-mapped form.
loopback.addSubnet("127.0.0.0", 8, "ipv4");
loopback.addAddress("::1", "ipv6");

/** Whether a host name (of a URL, or with a port after it) is this very machine. */
export function isLoopback(host: string): boolean {
  const name = hostName(host);
  if (name === "localhost" || name.endsWith(".localhost")) return true;
  return isIP(name) !== 0 && loopback.check(name, isIPv4(name) ? "ipv4" : "ipv6");
}

/** A host without its port, and an IPv6 address without its brackets; in lower case. */
export function hostName(host: string): string {
  if (host.startsWith("[")) return host.slice(1, host.indexOf("]")).toLowerCase();
  return host.replace(/:\d+$/, "").toLowerCase();
}
