import type { Diagnostic } from "@fanfold-internal/kit/process/diagnostic";
import type { GenerateCode } from "../../base/codes.ts";
import type { Family } from "../../config/family.ts";
import { type Blueprint, hasWaves } from "../blueprint/blueprint.ts";

/** A job for each image knows nothing of the others: whether a base is refused, only one that merges both can tell. */
export function checkMerge({ config }: Family, blueprint: Blueprint): readonly Diagnostic<GenerateCode>[] {
  if (blueprint.workflow.merge !== "matrix" || !hasWaves(blueprint)) return [];
  return [
    {
      code: "bases-merged-one-by-one",
      severity: "error",
      message: "merge: matrix is a job for each image, and some of them are built from each other",
      at: config.place(["workflow", "merge"]),
      fix: "set workflow.merge to batch: base and dependents become visible together",
    },
  ];
}
