import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { checkDestination, type Reach, reachOf } from "./addresses.ts";

describe("reachOf", () => {
  it.each<[host: string, reach: Reach]>([
    ["quay.io", "internet"],
    ["8.8.8.8", "internet"],
    ["172.32.0.1", "internet"],
    ["[2001:db8::1]", "internet"],
    ["[2606:4700::1111]:443", "internet"],
    ["10.1.2.3", "network"],
    ["192.168.0.1:5000", "network"],
    ["[fd12::1]", "network"],
    ["localhost", "machine"],
    ["localhost.", "machine"],
    ["x.localhost:80", "machine"],
    ["127.9.9.9", "machine"],
    ["0.0.0.0", "machine"],
    ["169.254.169.254", "machine"],
    ["100.100.100.200", "machine"],
    ["168.63.129.16", "machine"],
    ["192.0.0.192", "machine"],
    ["255.255.255.255", "machine"],
    ["[::]", "machine"],
    ["[::1]", "machine"],
    ["[fe80::1]", "machine"],
    ["[fec0::1]", "machine"],
    ["[ff02::1]", "machine"],
    ["[fd00:ec2::254]", "machine"],
    ["metadata.google.internal", "machine"],
  ])("%s: %s", (host, reach) => {
    expect(reachOf(host)).toBe(reach);
  });

  it("is the same in whatever way an IPv4 address is written", () => {
    const octet = fc.oneof(fc.integer({ min: 0, max: 255 }), fc.constantFrom(0, 10, 100, 127, 169, 172, 192, 254));
    fc.assert(
      fc.property(fc.tuple(octet, octet, octet, octet), ([a, b, c, d]) => {
        const plain = `${a}.${b}.${c}.${d}`;
        const [high, low] = [((a << 8) | b).toString(16), ((c << 8) | d).toString(16)];
        const whole = ((a * 256 + b) * 256 + c) * 256 + d;
        const spellings = [
          String(whole),
          `0x${whole.toString(16)}`,
          `0${a.toString(8)}.${b}.${c}.${d}`,
          `${a}.${(b * 256 + c) * 256 + d}`,
          `[::ffff:${plain}]`,
          `[::ffff:${high}:${low}]`,
          `[0:0:0:0:0:FFFF:${high}:${low}]`,
          `[::${plain}]`,
          `[::ffff:0:${plain}]`,
          `[64:ff9b::${plain}]`,
          `[64:ff9b:1::${high}:${low}]`,
          `[2002:${high}:${low}::1]`,
          `[2001:db8::5efe:${plain}]`,
        ];
        for (const spelling of spellings) {
          // As it comes in a Location: through the parser of addresses.
          const { hostname } = new URL(`https://${spelling}/x`);
          expect([spelling, reachOf(hostname)]).toEqual([spelling, reachOf(plain)]);
        }
      }),
    );
  });
});

describe("checkDestination", () => {
  const may = (to: string, from: string) => () => checkDestination(new URL(to), new URL(from));

  it.each([
    ["https://storage.example/x", "https://quay.io"],
    ["https://10.0.0.7:9000/x", "https://10.0.0.5"],
    ["http://10.0.0.7:9000/x", "http://registry.lan"],
    ["http://localhost:9000/x", "http://127.0.0.1:5000"],
  ])("lets %s be named by %s", (to, from) => {
    expect(may(to, from)).not.toThrow();
  });

  it.each([
    ["https://169.254.169.254/latest/meta-data", "https://quay.io"],
    ["https://[::ffff:169.254.169.254]/", "https://quay.io"],
    ["https://[64:ff9b::a9fe:a9fe]/", "https://quay.io"],
    ["https://2852039166/", "https://quay.io"],
    ["https://0xa9fea9fe/", "https://quay.io"],
    ["https://10.0.0.7/", "https://quay.io"],
    ["https://127.0.0.1:8080/", "https://quay.io"],
    ["http://169.254.169.254/", "http://registry.lan"],
    ["http://169.254.169.254/", "http://127.0.0.1:5000"],
    ["http://127.0.0.1:22/", "http://registry.lan"],
    ["https://169.254.169.254/", "https://10.0.0.5"],
  ])("refuses %s to %s", (to, from) => {
    expect(may(to, from)).toThrow(/sends requests on to .* which is inside the network/);
  });
});
