import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import own from "../../package.json" with { type: "json" };
import { schemaLine } from "../keys/schema-address.ts";
import { errorsOf, generateSample } from "./testing/sample-project.ts";

const EXAMPLES = join(import.meta.dirname, "../../../../examples");

// `vitest --update` on this file writes them; `npm run version` does, for the exact versions in them.
test.each(readdirSync(EXAMPLES))("the workflows of examples/%s are what generate makes of it", async (name) => {
  const example = join(EXAMPLES, name);
  const paths = readdirSync(join(example, ".github"), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(example.length + 1));
  const sample = Object.fromEntries(paths.map((path) => [path, readFileSync(join(example, path), "utf8")]));
  const generation = await generateSample(sample);
  const { files, stale } = generation;
  expect(errorsOf(generation)).toEqual([]);
  expect(stale).toEqual([]);
  for (const { path, text } of files) await expect(text).toMatchFileSnapshot(join(example, path));
});

test.each(readdirSync(EXAMPLES))("editors find the schemas of examples/%s", async (name) => {
  for (const [schema, file] of [
    ["config", "fanfold.yml"],
    ["matrix", "backend-matrix.yml"],
  ] as const) {
    const path = join(EXAMPLES, name, ".github", file);
    const [, ...lines] = readFileSync(path, "utf8").split("\n");
    await expect([schemaLine(schema, own.version), ...lines].join("\n")).toMatchFileSnapshot(path);
  }
});
