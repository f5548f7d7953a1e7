import { shardsOf } from "@fanfold/changed-backends/internal";
import type { Diagnostic } from "@fanfold-internal/kit/process/diagnostic";
import { type ShardLimits, waveClass } from "@fanfold-internal/matrix/shards";
import { WorkflowsError } from "../base/error.ts";
import type { FamilyGraph } from "../bases/family-graph.ts";

/**
 * Holds the waves of a family against those that the workflow has jobs for, also for an event that builds without them:
 * what a push would refuse, its pull request refuses.
 *
 * @throws WorkflowsError `shards`
 */
export function refuseOtherWaves(graph: FamilyGraph, limits: ShardLimits): void {
  // Whoever says nothing of jobs has them made of what is planned.
  if (limits.size === 0) return;
  const { waves } = shardsOf(graph.list, graph.identify, graph.waveOf);
  const problems = waves.flatMap(({ length }, index): readonly Diagnostic[] => {
    const name = waveClass(index + 1);
    const limit = limits.get(name) ?? 0;
    if (length <= limit) return [];
    const edge = edgeOfWave(graph, index + 1);
    const why = edge === undefined ? "" : ` (${edge.where})`;
    const needs = `the matrix needs ${length === 1 ? "1 shard" : `${length} shards`} of class ${name}${why}`;
    const has = limit === 0 ? "no jobs for that wave" : `jobs for ${limit}`;
    return [
      {
        code: "missing-wave",
        severity: "error",
        message: `${needs}, and the workflow has ${has}`,
        at: edge?.at,
        fix: "run fanfold generate and commit what it writes",
      },
    ];
  });
  if (problems.length === 0) return;
  throw new WorkflowsError({ code: "shards", message: "the workflow does not fit the matrix", problems });
}

/** What puts an image into the wave; of the first one, what stands on it. */
function edgeOfWave({ graph }: FamilyGraph, wave: number) {
  const edges = graph.edges.flat();
  return wave === 1
    ? edges.find(({ to }) => graph.waves.get(to) === 1)
    : edges.find(({ from }) => graph.waves.get(from) === wave);
}
