import type { MergePlan } from "@fanfold/digest-tools";
import type { Pushed } from "@fanfold/digest-tools/internal";
import type { PlannedBuild } from "../../build/planned-build.ts";

/** Gets a line of what a build says. */
export type Say = (line: string) => void;

/** What builds in the place of a runner. Both throw FanfoldErrors. */
export interface BuildEngine {
  /** Builds, pushes by digest, writes the record: what a build job of a push does. */
  publish(build: PlannedBuild, say: Say): Promise<Pushed>;
  /** Builds, and keeps nothing: what a build job of a pull request does. */
  build(build: PlannedBuild, say: Say): Promise<void>;
}

/** What a build needs that stands on another one of the rehearsal. */
export interface BasedRehearsal {
  readonly plan: MergePlan;
}
