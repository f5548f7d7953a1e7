import type { Diagnostic } from "@fanfold-internal/kit/process/diagnostic";
import { isFanfoldError } from "@fanfold-internal/kit/process/errors";
import type { GenerateCode } from "../base/codes.ts";
import type { Family } from "../config/family.ts";
import { isGenerated } from "./blueprint/header.ts";
import { findDrift } from "./files/drift.ts";
import type { Project } from "./files/project-files.ts";
import { driftFindings } from "./files/render-drift.ts";
import { type Generation, generate } from "./generation.ts";

/**
 * What `fanfold check` finds about generated workflows: whether they can be made of every family whose config says
 * anything about them, and, where some have been generated, whether they still are what their configs make.
 */
export function checkGenerated(project: Project): readonly Diagnostic[] {
  const compared = [...project.files.values()].some(isGenerated);
  const families = project.families.filter((family) => isChecked(family, compared));
  let generation: Generation;
  try {
    generation = generate({ ...project, families, complete: project.complete && compared });
  } catch (error) {
    // An image with more legs than a matrix has jobs, which is among the findings about images, with its place.
    if (!isFanfoldError(error)) throw error;
    const known = families.some(({ matrixFindings }) => matrixFindings.some(({ severity }) => severity === "error"));
    return known ? [] : error.diagnostics;
  }
  const { findings, foreign } = generation;
  // Hand-written workflows are nobody's fault as long as none is generated.
  const there = compared ? foreign : [];
  const concerning = findings.filter(({ code }) => compared || !OF_GENERATED.has(code));
  const errors = [...concerning.filter(({ severity }) => severity === "error"), ...there];
  const warnings = concerning.filter(({ severity }) => severity !== "error");
  // What cannot be made cannot be compared.
  if (errors.length > 0) return [...errors, ...warnings];
  return [...(compared ? findDrift(generation, project.files).flatMap(driftFindings) : []), ...warnings];
}

/** What hand-written workflows say themselves: whose pushes they build, and how they log in. */
const OF_GENERATED: ReadonlySet<string> = new Set<GenerateCode>(["no-branches", "registry-without-login"]);

/** A config for plans alone names neither images nor anything about workflows. */
function isChecked({ config: { config } }: Family, compared: boolean): boolean {
  return compared || config.workflow !== undefined || config.images !== undefined;
}
