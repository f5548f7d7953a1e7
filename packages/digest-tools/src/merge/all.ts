import { DigestToolsError } from "../base/error.ts";
import type { RunContext } from "../base/event-context.ts";
import type { MergePlan } from "../record/plan-file.ts";
import { describeSearch, otherArtifacts, readRecords } from "../record/records.ts";
import { chooseGroups, type ImageChoice } from "./choice.ts";
import { groupsOfPlan, withoutOthers } from "./groups.ts";
import { type GroupReport, type MergeOptions, mergeGroups } from "./run.ts";

/** What is merged: a plan, and the records that its build jobs have left. */
export interface MergeAllInput extends ImageChoice {
  readonly plan: MergePlan;
  /** Where the legs' records lie. */
  readonly recordDirectories: readonly string[];
  /** As DOCKER_METADATA_SHORT_SHA_LENGTH, for images whose tags the plan leaves out; 7 when left out. */
  readonly shortShaLength?: number;
  /** The run that merges, whose records these must be. Undefined outside Actions. */
  readonly run?: RunContext | undefined;
}

/**
 * Publishes the images of a plan, each in its own repositories: the index of several legs, and what a single's build has
 * pushed as it is. An image that is incomplete is refused in its report; the others go on.
 * @throws DigestToolsError `io` when a record directory cannot be read, `invalid-options` for a name in `only` that no
 * image of the plan has, and for a plan with `sign` where nothing signs
 */
export async function mergeAll(input: MergeAllInput, options: MergeOptions): Promise<readonly GroupReport[]> {
  const { plan, recordDirectories, shortShaLength = 7 } = input;
  if (plan.sign !== undefined && options.signer === undefined && options.dryRun !== true) {
    throw new DigestToolsError({
      code: "invalid-options",
      message: "the plan says sign, and nothing is given that signs",
      at: { file: plan.file },
      fix: "merge with the command digest-tools merge-all, or pass a signer",
    });
  }
  // All of them first: two images that claim one tag are refused whichever is asked for.
  const planned = groupsOfPlan(plan, shortShaLength);
  const known = new Set(planned.flatMap(({ legs }) => legs.map(({ artifactName }) => artifactName)));
  const others = await otherArtifacts(recordDirectories, known);
  const groups = chooseGroups(planned, input).map((group) => withoutOthers(group, others));
  const names = groups.flatMap(({ legs }) => legs.map(({ artifactName }) => artifactName));
  const records = await readRecords(recordDirectories, names);
  const searched = await describeSearch(recordDirectories, names);
  return mergeGroups({ groups, records, searched, run: input.run }, options);
}
