import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { errorsOf, generateSample } from "./testing/sample-project.ts";

const EXAMPLE = join(import.meta.dirname, "../../../../examples/backends");

// `vitest --update` on this file writes them; `npm run version` does, for the exact versions in them.
test("the workflows of the example are what generate makes of it", async () => {
  const paths = readdirSync(join(EXAMPLE, ".github"), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(EXAMPLE.length + 1));
  const sample = Object.fromEntries(paths.map((path) => [path, readFileSync(join(EXAMPLE, path), "utf8")]));
  const generation = await generateSample(sample);
  const { files, stale } = generation;
  expect(errorsOf(generation)).toEqual([]);
  expect(stale).toEqual([]);
  for (const { path, text } of files) await expect(text).toMatchFileSnapshot(join(EXAMPLE, path));
});
