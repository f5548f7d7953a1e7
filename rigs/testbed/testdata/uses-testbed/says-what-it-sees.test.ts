import { expect, inject, test } from "vitest";
import { testbed } from "../../src/index.ts";

test("sees the test bed, or why there is none", async () => {
  const bed = testbed();
  console.log(`provided: ${JSON.stringify(inject("testbed"))}`);
  if ("unavailable" in bed) return console.log(`sees: ${bed.unavailable}`);
  expect((await fetch(`http://${bed.registries[0]?.host}/v2/`)).status).toBe(200);
  console.log(`sees: ${bed.registries.length} registries`);
});
