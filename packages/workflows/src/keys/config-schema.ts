import type { JsonObject } from "@fanfold-internal/kit/read/json";
import { CONFIG_KEYS, schemaOf } from "./key-table.ts";

/** JSON Schema (draft 2020-12) of a Fanfold config. */
export const configSchema: JsonObject = schemaOf(CONFIG_KEYS);
