import type { Pushed, PushInput } from "@fanfold/digest-tools/internal";
import type { RehearsedBuild } from "./builds.ts";

/** Gets a line of what a build says. */
export type Say = (line: string) => void;

/** What builds in the place of a runner. Both throw FanfoldErrors. */
export interface BuildEngine {
  /** Builds, pushes by digest, tags a single, writes the record: what a build job of a push does. */
  publish(build: RehearsedBuild, input: PushInput, say: Say): Promise<Pushed>;
  /** Builds, and keeps nothing: what a build job of a pull request does. */
  build(build: RehearsedBuild, say: Say): Promise<void>;
}
