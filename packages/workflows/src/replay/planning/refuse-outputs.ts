import { selectEverything } from "@fanfold/changed-backends/internal";
import { MAX_OUTPUT_BYTES, outputBytes } from "@fanfold-internal/kit/process/outputs";
import { WorkflowsError } from "../../base/error.ts";
import type { Family } from "../../config/family.ts";
import { makePlan } from "../../plan/plan.ts";
import { placedOutputProblems, plannedLists, planOutputs } from "../../plan/plan-outputs.ts";
import { type PublishedImage, publishedImages } from "../../published/published-images.ts";
import { sampleEvent } from "../../published/sample-events.ts";
import type { PlanGround, PlannedSelection } from "./planned-push.ts";

/** Whether outputs may be too large, or have names that collide; what is selected then decides. */
const doubtful = new WeakMap<PlanGround, boolean>();
const published = new WeakMap<Family, readonly PublishedImage[]>();

/**
 * Refuses what a plan of the selection would be refused for as it is written: outputs that are too large, or whose names collide.
 *
 * @throws WorkflowsError `outputs`; ChangedBackendsError `shards`
 */
export function refuseOutputs(planned: PlannedSelection): void {
  const { ground, selection } = planned;
  const inDoubt = doubtful.get(ground) ?? isDoubtful(planned);
  doubtful.set(ground, inDoubt);
  if (!inDoubt) return;
  const problems = placedOutputProblems(outputsOf(planned, selection.lists), ground.family.matrix);
  if (problems.length > 0)
    throw new WorkflowsError({ code: "outputs", message: "the outputs cannot be written", problems });
}

/** Names are those of the whole file, whatever is selected; of a part of it the outputs are at most twice as large as of all. */
function isDoubtful(planned: PlannedSelection): boolean {
  const { matrix } = planned.ground.family;
  const outputs = outputsOf(planned, selectEverything(matrix.lists).lists);
  return 2 * outputBytes(outputs) > MAX_OUTPUT_BYTES || placedOutputProblems(outputs, matrix).length > 0;
}

function outputsOf({ ground, selection }: PlannedSelection, lists: PlannedSelection["selection"]["lists"]) {
  const { family, graph } = ground;
  const plan = makePlan({
    event: { name: "local", ref: null, sha: null, defaultBranch: null },
    ...plannedLists(family),
    images: imagesOf(family),
    targets: {},
    anchorHosts: [],
    test: null,
    bases: { graph, inWaves: true },
    changes: {
      selection: { ...selection, lists, causes: [] },
      diff: { precision: "exact", source: "git", reason: null, calls: 0, files: [] },
      base: null,
      head: null,
      warnings: [],
    },
    warnings: [],
  });
  return planOutputs(plan, plannedLists(family));
}

function imagesOf(family: Family): readonly PublishedImage[] {
  const images = published.get(family) ?? publishedImages(family, sampleEvent("refs/heads/main"));
  published.set(family, images);
  return images;
}
