import { mkdirSync, writeFileSync } from "node:fs";
import { resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { defineConfig } from "tsup";
import { published } from "../../tsup.base.ts";

// Editors and other people's programs read the schemas as files; here they come out of what has just been built.
async function writeSchemas(): Promise<void> {
  const { configSchema, matrixSchema, planSchema } = await import(pathToFileURL(resolve("dist/index.js")).href);
  mkdirSync("dist/schema", { recursive: true });
  for (const [name, schema] of Object.entries({ config: configSchema, matrix: matrixSchema, plan: planSchema })) {
    writeFileSync(`dist/schema/${name}.schema.json`, `${JSON.stringify(schema, null, 2)}\n`);
  }
}

export default defineConfig(published({ onSuccess: writeSchemas }));
