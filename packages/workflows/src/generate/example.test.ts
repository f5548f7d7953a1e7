import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
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
