import { isFanfoldError, type Problem } from "@fanfold-internal/edge/fanfold-error";
import { findDrift } from "./drift.ts";
import { type Generation, generate, type Project } from "./generation.ts";
import { isGenerated } from "./header.ts";
import { driftProblems } from "./render-drift.ts";

/**
 * Whether generated workflows still fit their configs and matrix files: what `fanfold check` says of them. Nothing, where
 * none has been generated yet.
 */
export function checkGenerated(project: Project): {
  readonly errors: readonly Problem[];
  readonly warnings: readonly Problem[];
} {
  if (![...project.files.values()].some(isGenerated)) return { errors: [], warnings: [] };
  let generation: Generation;
  try {
    generation = generate(project);
  } catch (error) {
    // An image with more legs than a matrix has jobs.
    if (!isFanfoldError(error)) throw error;
    return { errors: error.problems, warnings: [] };
  }
  const { problems, warnings } = generation;
  return {
    // What cannot be made cannot be compared.
    errors: problems.length > 0 ? problems : findDrift(generation, project.files).flatMap(driftProblems),
    warnings,
  };
}
