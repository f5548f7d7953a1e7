import { compiled, type Validate } from "@fanfold-internal/kit/read/compiled-schema";
import type { InputsConfig } from "./input-rule.ts";
import { inputsSchema } from "./inputs-schema.ts";

export const validateInputs: Validate<InputsConfig> = compiled(inputsSchema);
