import { DigestToolsError } from "../base/error.ts";
import type { RunContext } from "../base/event-context.ts";
import type { MergePlan } from "../record/plan-file.ts";
import { describeSearch, readRecords } from "../record/records.ts";
import { groupsOfPlan } from "./groups.ts";
import { type GroupReport, type MergeOptions, mergeGroups } from "./run.ts";

export interface MergeAllInput {
  readonly plan: MergePlan;
  /** Where the legs' records lie. */
  readonly recordDirectories: readonly string[];
  /** As DOCKER_METADATA_SHORT_SHA_LENGTH; 7 when left out. */
  readonly shortShaLength?: number;
  /** The run that merges, whose records these must be. Undefined outside Actions. */
  readonly run?: RunContext | undefined;
}

/**
 * Merges every image of a plan that has two legs or more, and publishes it to each of the plan's repositories. An image that
 * is incomplete is refused in its report; the others go on.
 * @throws DigestToolsError `io` when a record directory cannot be read, `invalid-plan` when the plan names no images
 */
export async function mergeAll(input: MergeAllInput, options: MergeOptions): Promise<readonly GroupReport[]> {
  const { plan, recordDirectories, shortShaLength = 7 } = input;
  const groups = groupsOfPlan(plan, shortShaLength);
  if (groups.length > 0 && plan.images.length === 0) {
    throw new DigestToolsError({
      code: "invalid-plan",
      message: "images: expected the repositories to publish to, found none",
      at: { file: plan.file },
      fix: 'list them under "images" in the config, and plan again',
    });
  }
  const names = groups.flatMap(({ legs }) => legs.map(({ artifactName }) => artifactName));
  const records = await readRecords(recordDirectories, names);
  const searched = await describeSearch(recordDirectories, names);
  return mergeGroups({ groups, records, repositories: plan.images, searched, run: input.run }, options);
}
