import { mkdirSync, writeFileSync } from "node:fs";
import { resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { defineConfig } from "tsup";
import { published } from "../../tsup.base.ts";
import own from "./package.json" with { type: "json" };
import { type SchemaName, schemaAddress } from "./src/keys/schema-address.ts";

// Editors and other people's programs read the schemas as files; here they come out of what has just been built.
async function writeSchemas(): Promise<void> {
  const { configSchema, matrixSchema, planSchema } = await import(pathToFileURL(resolve("dist/index.js")).href);
  const schemas: Readonly<Record<SchemaName, object>> = {
    config: configSchema,
    matrix: matrixSchema,
    plan: planSchema,
  };
  mkdirSync("dist/schema", { recursive: true });
  for (const name of ["config", "matrix", "plan"] as const) {
    const { $schema, ...rest }: { readonly $schema?: string } = schemas[name];
    const document = { $schema, $id: schemaAddress(name, own.version), ...rest };
    writeFileSync(`dist/schema/${name}.schema.json`, `${JSON.stringify(document)}\n`);
  }
}

export default defineConfig(
  published({
    onSuccess: writeSchemas,
    // The commit of the actions that a release belongs to; whoever runs what is published has no say in it.
    env: { FANFOLD_ACTIONS_COMMIT: process.env["FANFOLD_ACTIONS_COMMIT"] ?? "" },
  }),
);
