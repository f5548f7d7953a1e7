import type { Problem } from "@fanfold-internal/kit/process/errors";
import type { PathStep } from "@fanfold-internal/kit/read/yaml-source";

/** A complaint about a value of the config, by the way to it. */
export type Complaint = Omit<Problem, "at"> & { readonly path: readonly PathStep[] };
