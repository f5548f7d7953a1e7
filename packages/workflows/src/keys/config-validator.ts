import { compiled, type Validate } from "@fanfold-internal/kit/read/compiled-schema";
import type { Config } from "./config-data.ts";
import { configSchema } from "./config-schema.ts";

export const validateConfig: Validate<Config> = compiled(configSchema);
