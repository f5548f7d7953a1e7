import { BlockList, isIPv4, isIPv6 } from "node:net";
import { hostName, isLoopback } from "@fanfold-internal/kit/http/loopback";
import { safeUrl } from "@fanfold-internal/kit/text/secrets";
import { DigestToolsError } from "../base/error.ts";

/**
 * Where a host leads that is written as an address: `machine` is this machine and what it alone reaches (loopback,
 * link-local, the clouds' metadata services), `network` a private network, `internet` the rest, all names included.
 */
export type Reach = "machine" | "network" | "internet";

// RFC 1122 (this network, loopback), 3927 (link-local), 6598 (shared; a cloud's metadata at 100.100.100.200), 6890,
// 2544 (benchmarks), 5771 (multicast), 1112 (reserved); and what Azure's machines reach their host at.
const machine = blockList([
  ["0.0.0.0", 8],
  ["100.64.0.0", 10],
  ["127.0.0.0", 8],
  ["168.63.129.16", 32],
  ["169.254.0.0", 16],
  ["192.0.0.0", 24],
  ["198.18.0.0", 15],
  ["224.0.0.0", 4],
  ["240.0.0.0", 4],
]);
// RFC 1918.
const network = blockList([
  ["10.0.0.0", 8],
  ["172.16.0.0", 12],
  ["192.168.0.0", 16],
]);
/** The names of metadata services that public DNS knows. */
const METADATA_NAMES: readonly string[] = ["metadata.google.internal", "metadata.goog", "instance-data.ec2.internal"];

/** @param host - of a URL, or `host[:port]` of an image's name */
export function reachOf(host: string): Reach {
  const name = hostName(host).replace(/\.$/, "");
  if (isLoopback(name) || METADATA_NAMES.includes(name)) return "machine";
  if (isIPv4(name)) return reachOfIPv4(name);
  return isIPv6(name) ? reachOfIPv6(groupsOf(name)) : "internet";
}

/** Whether a host name is an address, not a name, that does not lead into the internet. */
export function isInternalAddress(host: string): boolean {
  return reachOf(host) !== "internet";
}

/**
 * A registry may send requests to other hosts, and must not thereby reach what only this machine or its network can:
 * a cloud's metadata service, a router. A registry that is there itself may.
 *
 * @throws DigestToolsError `insecure`
 */
export function checkDestination(url: URL, asked: URL): void {
  const reach = reachOf(url.hostname);
  const bothHere = isLoopback(url.hostname) && isLoopback(asked.hostname);
  const inside = asked.protocol === "http:" || reachOf(asked.hostname) !== "internet";
  if (reach === "internet" || bothHere || (reach === "network" && inside)) return;
  throw new DigestToolsError({
    code: "insecure",
    message: `${asked.host} sends requests on to ${safeUrl(url)}, which is inside the network`,
    at: { url: asked.origin },
    fix: "expected an address on the internet or the registry's own host; tell whoever runs the registry",
  });
}

function reachOfIPv4(address: string): Reach {
  return machine.check(address) ? "machine" : network.check(address) ? "network" : "internet";
}

function reachOfIPv6(groups: readonly number[]): Reach {
  const [first = 0, second = 0, third = 0] = groups;
  const zeros = (end: number) => groups.slice(0, end).every((group) => group === 0);
  const ipv4 = (at: number) => {
    const [high = 0, low = 0] = groups.slice(at, at + 2);
    return reachOfIPv4([high >> 8, high & 255, low >> 8, low & 255].join("."));
  };
  // RFC 4291: `::`, `::1`, and IPv4 within IPv6, compatible and mapped.
  if (zeros(6) || (zeros(5) && groups[5] === 0xffff)) return ipv4(6);
  // RFC 2765: translated.
  if (zeros(4) && groups[4] === 0xffff && groups[5] === 0) return ipv4(6);
  // RFC 6052 and 8215: NAT64.
  if (first === 0x64 && second === 0xff9b) return ipv4(6);
  // RFC 3056: 6to4. RFC 4380: Teredo, whose client is written inverted.
  if (first === 0x2002) return ipv4(1);
  if (first === 0x2001 && second === 0) return "machine";
  // RFC 5214: ISATAP.
  if ((groups[4] === 0 || groups[4] === 0x200) && groups[5] === 0x5efe) return ipv4(6);
  // The metadata service of Amazon's machines is among the unique local addresses of RFC 4193.
  if (first === 0xfd00 && second === 0xec2 && third === 0) return "machine";
  if ((first & 0xfe00) === 0xfc00) return "network";
  // RFC 4291: link-local, site-local, multicast.
  return (first & 0xff80) === 0xfe80 || first >> 8 === 0xff ? "machine" : "internet";
}

/** The eight groups of an IPv6 address, in whatever way it is written. */
function groupsOf(address: string): readonly number[] {
  // A zone (`%eth0`) names an interface of this machine. URLs have none.
  const [bare = ""] = address.split("%", 1);
  const [head = "", tail] = new URL(`http://[${bare}]`).hostname.slice(1, -1).split("::");
  const read = (text: string) => text.split(":").flatMap((group) => (group === "" ? [] : [Number.parseInt(group, 16)]));
  const [left, right] = [read(head), read(tail ?? "")];
  return [...left, ...Array.from({ length: 8 - left.length - right.length }, () => 0), ...right];
}

function blockList(networks: readonly (readonly [string, number])[]): BlockList {
  const list = new BlockList();
  for (const [address, prefix] of networks) list.addSubnet(address, prefix, "ipv4");
  return list;
}
