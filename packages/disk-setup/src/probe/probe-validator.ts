import { compiled, type Validate } from "@fanfold-internal/kit/read/compiled-schema";
import type { Probe } from "./probe-data.ts";
import { PROBE } from "./probe-schema.ts";

export const validateProbe: Validate<Probe> = compiled(PROBE);
