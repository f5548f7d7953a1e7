import { selectEverything } from "@fanfold/changed-backends/internal";
import { MAX_OUTPUT_BYTES, outputBytes } from "@fanfold-internal/kit/process/outputs";
import { WorkflowsError } from "../../base/error.ts";
import type { Family } from "../../config/family.ts";
import { makePlan } from "../../plan/plan.ts";
import { placedOutputProblems, plannedLists, planOutputs } from "../../plan/plan-outputs.ts";
import { type PublishedImage, publishedImages } from "../../published/published-images.ts";
import { sampleEvent } from "../../published/sample-events.ts";
import type { PlannedSelection } from "./planned-push.ts";

/** What was found of a family as it stood on its bases: whether outputs may be refused, whatever is selected. */
interface Verdict {
  readonly edges: number;
  readonly waves: number;
  readonly doubtful: boolean;
}

const verdicts = new WeakMap<Family, Verdict>();
const published = new WeakMap<Family, readonly PublishedImage[]>();

/** The images of a family, as some event publishes them. */
export function rememberImages(family: Family, images: readonly PublishedImage[]): void {
  published.set(family, images);
}

/**
 * Refuses what a plan of the selection would be refused for as it is written: outputs that are too large, or whose names collide.
 *
 * @throws WorkflowsError `outputs`; ChangedBackendsError `shards`
 */
export function refuseOutputs(planned: PlannedSelection): void {
  const { ground, selection } = planned;
  if (!isDoubtful(planned)) return;
  const problems = placedOutputProblems(outputsOf(planned, selection.lists), ground.family.matrix);
  if (problems.length > 0)
    throw new WorkflowsError({ code: "outputs", message: "the outputs cannot be written", problems });
}

/** With no more bases and waves than before, outputs are about as large, and have no other names. */
function isDoubtful(planned: PlannedSelection): boolean {
  const { family, graph } = planned.ground;
  const known = verdicts.get(family);
  const edges = graph.graph.edges.reduce((sum, { length }) => sum + length, 0);
  const waves = Math.max(0, ...graph.graph.waves.values());
  if (known !== undefined && edges <= known.edges && waves <= known.waves) return known.doubtful;
  const doubtful = mayBeRefused(planned);
  verdicts.set(family, { edges, waves, doubtful });
  return doubtful;
}

/** Names are those of the whole file, whatever is selected; of a part of it the outputs are at most twice as large as of all. */
function mayBeRefused(planned: PlannedSelection): boolean {
  const { matrix } = planned.ground.family;
  const outputs = outputsOf(planned, selectEverything(matrix.lists).lists);
  return MARGIN * outputBytes(outputs) > MAX_OUTPUT_BYTES || placedOutputProblems(outputs, matrix).length > 0;
}

const MARGIN = 2.5;

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
  rememberImages(family, images);
  return images;
}
