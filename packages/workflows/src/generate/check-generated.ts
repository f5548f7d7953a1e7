import { isFanfoldError, type Problem } from "@fanfold-internal/kit/process/errors";
import type { Family } from "../config/family.ts";
import { findDrift } from "./files/drift.ts";
import type { Project } from "./files/project.ts";
import { driftProblems } from "./files/render-drift.ts";
import { type Generation, generate } from "./generation.ts";
import { isGenerated } from "./workflows/header.ts";

/**
 * What `fanfold check` says of generated workflows: whether they can be made of every family whose config speaks of what
 * they are made of, and, where some have been generated, whether they still are what their configs make.
 */
export function checkGenerated(project: Project): {
  readonly errors: readonly Problem[];
  readonly warnings: readonly Problem[];
} {
  const compared = [...project.files.values()].some(isGenerated);
  const families = project.families.filter((family) => isJudged(family, compared));
  let generation: Generation;
  try {
    generation = generate({ ...project, families, complete: project.complete && compared });
  } catch (error) {
    // An image with more legs than a matrix has jobs, which its verdict says, too, with a place.
    if (!isFanfoldError(error)) throw error;
    const told = families.some(({ verdicts }) => verdicts.some(({ severity }) => severity === "error"));
    return { errors: told ? [] : error.problems, warnings: [] };
  }
  const { problems, foreign, warnings } = generation;
  // Hand-written workflows are nobody's fault as long as none is generated.
  const there = compared ? foreign : [];
  return {
    // What cannot be made cannot be compared.
    errors:
      problems.length + there.length > 0
        ? [...problems, ...there]
        : compared
          ? findDrift(generation, project.files).flatMap(driftProblems)
          : [],
    warnings,
  };
}

/** Whoever only plans has neither images to publish nor a word on workflows. */
function isJudged({ config: { config } }: Family, compared: boolean): boolean {
  return compared || config.workflow !== undefined || config.images !== undefined;
}
