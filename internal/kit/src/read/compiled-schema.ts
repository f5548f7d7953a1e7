import { Ajv2020, type Options, type ValidateFunction } from "ajv/dist/2020.js";
import type { JsonObject } from "./json.ts";

export type Validate<T> = ValidateFunction<T>;

/** How schemas are compiled, here and when a package is built. */
export const AJV_OPTIONS: Options = {
  allErrors: true,
  verbose: true,
  strict: true,
  allowUnionTypes: true,
};

/**
 * The function that checks a value against a JSON Schema (draft 2020-12) that describes `T`; for use in files called `*-validator.ts` that
 * do nothing else: building a package puts the function's code in the place of such a file, so that no package carries
 * a compiler of schemas, nor runs it at each start.
 *
 * @throws Error for a schema that is not one
 */
export function compiled<T>(schema: JsonObject): Validate<T> {
  return new Ajv2020(AJV_OPTIONS).compile<T>(schema);
}
