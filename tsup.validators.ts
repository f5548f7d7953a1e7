import { pathToFileURL } from "node:url";
import { Ajv2020 } from "ajv/dist/2020.js";
import standalone from "ajv/dist/standalone/index.js";
import type { Options } from "tsup";
import { AJV_OPTIONS } from "./internal/kit/src/read/compiled-schema.ts";

type Plugin = NonNullable<Options["esbuildPlugins"]>[number];

/** Puts in the place of each `*-validator.ts` the code that ajv makes of the schemas which it compiles. */
export const validators = (): Plugin => ({
  name: "validators",
  setup({ onLoad }) {
    onLoad({ filter: /[\\/]src[\\/].*-validator\.ts$/ }, async ({ path }) => {
      const exports: Readonly<Record<string, unknown>> = await import(pathToFileURL(path).href);
      const ajv = new Ajv2020({ ...AJV_OPTIONS, code: { source: true, esm: true, lines: true } });
      for (const [name, validate] of Object.entries(exports)) {
        if (
          typeof validate !== "function" ||
          !("schema" in validate) ||
          typeof validate.schema !== "object" ||
          validate.schema === null
        )
          throw new Error(`${path}: ${name} must be made by compiled()`);
        ajv.addSchema(validate.schema, name);
      }
      const names = Object.keys(exports).map((name) => [name, name]);
      // The code asks for ajv's helpers, which lie where this file finds ajv.
      return {
        contents: standalone.default(ajv, Object.fromEntries(names)),
        loader: "js",
        resolveDir: import.meta.dirname,
      };
    });
  },
});
