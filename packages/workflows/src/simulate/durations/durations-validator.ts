import { compiled, type Validate } from "@fanfold-internal/kit/read/compiled-schema";
import { type DurationsData, durationsSchema } from "./durations-schema.ts";

export const validateDurations: Validate<DurationsData> = compiled(durationsSchema);
