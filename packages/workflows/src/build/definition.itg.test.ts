import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { isJsonObject, type Json } from "@fanfold-internal/kit/read/json";
import { execa } from "execa";
import fc from "fast-check";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { engineEnvironment, noEngine } from "../testing/engine-project.ts";
import { allowances, linkedDefinition } from "./definition.ts";
import { oddName, oddText } from "./testing/odd-texts.ts";

let directory: string;
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), "fanfold-bake-"));
});
afterAll(() => rm(directory, { recursive: true }));

/** The targets as bake understands them: one process for many cases, each under a name of its own. */
async function printed(targets: readonly Record<string, Json>[]): Promise<readonly Record<string, Json>[]> {
  const named = Object.fromEntries(targets.map((target, index) => [`t${index}`, target] as const));
  const names = Object.keys(named);
  const { text, overrides } = linkedDefinition({ context: "." }, named);
  const file = join(directory, "bake.json");
  await writeFile(file, text);
  const sets = overrides.flatMap((one) => ["--set", one]);
  const args = ["buildx", "bake", "--file", file, ...sets, "--print", ...names];
  const { stdout } = await execa("docker", args, { env: engineEnvironment(directory) });
  const document = JSON.parse(stdout);
  return names.map((name) => document.target[name]);
}

/** What bake prints can be read by bake again: values of mappings are escaped, and nothing else. */
function unescaped(value: Json): Json {
  if (typeof value === "string") return value.replace(/([$%])\1\{/g, (_, sign: string) => `${sign}{`);
  if (Array.isArray(value)) return value.map(unescaped);
  return isJsonObject(value)
    ? Object.fromEntries(Object.entries(value).map(([name, item]) => [name, unescaped(item)]))
    : value;
}

describe("bake", () => {
  beforeEach(({ skip }) => {
    if (noEngine !== undefined) skip(noEngine);
  });

  it("reads any text as it went in, in names and in values", async () => {
    const target = fc.record({
      args: fc.dictionary(oddName, oddText),
      labels: fc.dictionary(oddName, oddText),
      target: oddText,
    });
    await fc.assert(
      fc.asyncProperty(fc.array(target, { minLength: 50, maxLength: 50 }), async (targets) => {
        const back = await printed(targets.map((given) => ({ context: ".", ...given })));
        expect(
          back.map(({ args = {}, labels = {}, target: stage = "" }) => ({
            args: unescaped(args),
            labels: unescaped(labels),
            target: stage,
          })),
        ).toEqual(targets);
      }),
      // Shrinking would ask bake hundreds of times.
      { numRuns: 20, endOnFailure: true },
    );
  }, 120_000);
});

it("is allowed what the target names, and nothing else", () => {
  expect(allowances({ context: "." })).toEqual([]);
  expect(
    allowances({ network: "host", entitlements: ["security.insecure", "network.host"], ssh: ["default"] }),
  ).toEqual(["security.insecure", "network.host", "ssh"]);
});
