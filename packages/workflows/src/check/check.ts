import type { SelectedChanges } from "@fanfold/changed-backends";
import type { Diagnostic } from "@fanfold-internal/kit/process/diagnostic";
import { isFanfoldError } from "@fanfold-internal/kit/process/errors";
import type { CheckCode } from "../base/codes.ts";
import type { FamilyGraph } from "../bases/family-graph.ts";
import type { Family } from "../config/family.ts";
import type { Clone } from "../generate/repository/clone.ts";
import { checkRepository } from "../generate/repository/repository-checks.ts";
import { makePlan } from "../plan/plan.ts";
import { placedOutputProblems, plannedLists, planOutputs } from "../plan/plan-outputs.ts";
import { checkGitTags } from "../published/git-tags.ts";
import { publishedImages } from "../published/published-images.ts";
import { sampleEvent, sampleTagErrors } from "../published/sample-events.ts";
import { checkReuse } from "../reuse/reuse-setting.ts";
import { checkDockerfiles } from "./dockerfiles.ts";
import { checkFiles } from "./files.ts";
import { checkRules } from "./rules.ts";
import type { Survey } from "./surveyed-builds.ts";
import { checkWideRules, type RecentCommits } from "./wide-rules.ts";

/** What is known of a family besides its files. */
export interface FamilySurvey {
  /** All of its entries. */
  readonly everything: SelectedChanges;
  /** What its images are built from. */
  readonly graph: FamilyGraph;
  /** What its Dockerfiles read. */
  readonly survey: Survey;
  readonly clone: Clone;
  readonly commits: RecentCommits;
}

/** A family against the files that git tracks. */
export function checkFamily(
  family: Family,
  tracked: readonly string[],
  { everything, graph, survey, clone, commits }: FamilySurvey,
): readonly Diagnostic[] {
  const { config, matrix } = family;
  return [
    ...config.warnings,
    ...matrix.warnings,
    ...checkPublished(family),
    ...family.matrixFindings,
    ...checkReuse(family),
    ...checkFiles(family, tracked),
    ...checkRules(family, tracked, survey),
    ...checkDockerfiles(family, survey, tracked),
    ...checkWideRules(family, survey, { tracked, commits }),
    ...graph.findings,
    ...checkRepository(family, clone),
    ...checkPlans(family, everything, graph),
  ];
}

function checkPublished({ config, matrix, identity }: Family): readonly Diagnostic[] {
  const { images = [], workflow } = config.config;
  // Of a config that workflows are generated from, it is an error.
  if (config.file === null || images.length > 0 || workflow !== undefined) return [];
  const entries = matrix.lists.flatMap((list) => list.entries);
  if (entries.length > 0 && entries.every((entry) => identity.repositoriesOf(entry).length > 0)) return [];
  const missing: Diagnostic<CheckCode> = {
    code: "no-images",
    severity: "warning",
    message: "no images: what is built is published nowhere",
    at: { file: config.file },
    fix: "add images: [ghcr.io/owner/name]",
  };
  return [missing];
}

const NO_EVENT = { name: "local", ref: null, sha: null, defaultBranch: null } as const;

/** Tags and outputs of plans that build everything. */
function checkPlans(family: Family, everything: SelectedChanges, graph: FamilyGraph): readonly Diagnostic[] {
  const { matrix, matrixFindings } = family;
  // There is no plan of images that cannot be merged.
  if (matrixFindings.some(({ severity }) => severity === "error")) return [];
  try {
    const plan = makePlan({
      event: NO_EVENT,
      ...plannedLists(family),
      images: publishedImages(family, sampleEvent("refs/heads/main")),
      targets: {},
      anchorHosts: [],
      test: null,
      bases: { graph, inWaves: true },
      changes: everything,
      warnings: [],
    });
    const outputs = planOutputs(plan, plannedLists(family));
    return [...sampleTagErrors(family), ...checkGitTags(family), ...placedOutputProblems(outputs, matrix)];
  } catch (error) {
    if (!isFanfoldError(error)) throw error;
    return error.diagnostics.map((found) => ({ ...found, at: found.at ?? { file: matrix.file } }));
  }
}
