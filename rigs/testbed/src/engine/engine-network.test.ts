import fc from "fast-check";
import { expect, test } from "vitest";
import { bridgeFor } from "./engine-network.ts";

test("a bridge has a name the kernel takes and an address set aside for tests", () => {
  const seed = fc.stringMatching(/^[0-9a-f]{64}$/);
  fc.assert(
    fc.property(seed, (hash) => {
      const { name, address } = bridgeFor(hash);
      expect(name.length).toBeLessThanOrEqual(15);
      const octets = /^198\.(18|19)\.(\d+)\.1\/24$/.exec(address);
      expect(Number(octets?.[2])).toBeLessThanOrEqual(255);
    }),
  );
});
