import type { Problem } from "@fanfold-internal/edge/fanfold-error";
import type { PathStep } from "@fanfold-internal/edge/yaml-source";

/** A complaint about a value of the config, by the way to it. */
export type Complaint = Omit<Problem, "at"> & { readonly path: readonly PathStep[] };
