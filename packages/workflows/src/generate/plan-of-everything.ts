import type { Family } from "../config/family.ts";
import { makePlan, type Plan } from "../plan/plan.ts";

/** The plan of a run that builds all there is: the largest that can come. */
export function planOfEverything({ matrix, config }: Family): Plan {
  const { lists } = matrix;
  return makePlan({
    event: { name: "schedule", ref: null, sha: null, defaultBranch: null },
    lists,
    images: config.config.images ?? [],
    survey: {
      selection: {
        runAll: true,
        lists: lists.map(({ name, entries }) => ({
          name,
          total: entries.length,
          selected: entries.map((_, index) => index),
        })),
        causes: [],
        unmatched: [],
      },
      diff: { precision: "unknown", source: "none", reason: "scheduled", calls: 0, files: [] },
      base: null,
      head: null,
      warnings: [],
    },
    warnings: [],
  });
}
