import { type GroupReport, type MergePlan, mergeAll, type Store } from "@fanfold/digest-tools";
import {
  computeTags,
  type Pushed,
  type PushInput,
  parsePlatforms,
  parseTagLatest,
  type RunContext,
  versionOfEvent,
} from "@fanfold/digest-tools/internal";
import type { Diagnostic } from "@fanfold-internal/kit/process/diagnostic";
import { imageText } from "@fanfold-internal/matrix/identity";
import { WorkflowsError } from "../base/error.ts";
import type { BuildEngine } from "./build/build-engine.ts";
import type { RehearsedBuild } from "./build/builds.ts";
import { mergedImage, type RehearsedImage, singleImage, verified } from "./images.ts";
import type { Place } from "./places.ts";
import type { RunTasks } from "./tasks/task-list.ts";
import type { Outcome, Task } from "./tasks/task-run.ts";

/** What is rehearsed, and with what. */
export interface RehearsalGround {
  /** Its images are the places' stores. */
  readonly plan: MergePlan;
  readonly builds: readonly RehearsedBuild[];
  readonly places: readonly Place[];
  /** Artifacts whose builds are to fail. */
  readonly failing: readonly string[];
  readonly anchorHosts: readonly string[];
  readonly run: RunContext | undefined;
  readonly recordDirectory: string;
  readonly engine: BuildEngine;
  readonly openStore: (name: string) => Store;
  readonly runTasks: RunTasks;
}

interface RehearsedLeg {
  readonly artifact: string;
  /** `built`: for a pull request, which pushes nothing. */
  readonly verdict: "pushed" | "built" | "failed";
  readonly digest: string | undefined;
  readonly problems: readonly Diagnostic[];
}

export interface Rehearsal {
  readonly legs: readonly RehearsedLeg[];
  /** None for a pull request. */
  readonly images: readonly RehearsedImage[];
}

/** The build jobs of a pull request: everything is built, nothing is pushed. */
export async function rehearsePullRequest(ground: RehearsalGround): Promise<Rehearsal> {
  const { builds, engine } = ground;
  const tasks = builds.map(
    (build): Task<void> => ({
      title: build.artifact,
      run: async (say) => {
        failWhereTold(build, ground);
        await engine.build(build, say);
      },
      done: () => "built",
    }),
  );
  const outcomes = await ground.runTasks(tasks);
  const legs = outcomes.map((outcome, index): RehearsedLeg => {
    const artifact = builds[index]?.artifact ?? "";
    return outcome.kind === "done"
      ? { artifact, verdict: "built", digest: undefined, problems: [] }
      : { artifact, verdict: "failed", digest: undefined, problems: outcome.error.diagnostics };
  });
  return { legs, images: [] };
}

/** The jobs of a push, in their order: builds, merge, and a look at what stands in the places. */
export async function rehearsePush(ground: RehearsalGround): Promise<Rehearsal> {
  const { builds, engine, places } = ground;
  const tasks = builds.map(
    (build): Task<Pushed> => ({
      title: build.artifact,
      run: async (say) => {
        failWhereTold(build, ground);
        return engine.publish(build, pushInput(build, ground), say);
      },
      done: ({ digest }) => `pushed ${digest}`,
    }),
  );
  const outcomes = await ground.runTasks(tasks);
  const pushes = builds.flatMap((build, index) => {
    const outcome = outcomes[index];
    return outcome === undefined ? [] : [{ build, outcome }];
  });
  const singles = pushes.filter(({ build }) => build.publish === "image");
  const images = [
    ...(await merge(ground)),
    ...singles.map(({ build, outcome }) => singleImage(build, outcome, places)),
  ];
  return { legs: pushes.map(pushedLeg), images: await verify(images, ground) };
}

function pushedLeg({
  build,
  outcome,
}: {
  readonly build: RehearsedBuild;
  readonly outcome: Outcome<Pushed>;
}): RehearsedLeg {
  const { artifact } = build;
  return outcome.kind === "done"
    ? { artifact, verdict: "pushed", digest: outcome.value.digest, problems: [] }
    : { artifact, verdict: "failed", digest: undefined, problems: outcome.error.diagnostics };
}

/** What the merge job makes of the records that are there. */
async function merge(ground: RehearsalGround): Promise<readonly RehearsedImage[]> {
  const { plan, recordDirectory, places, openStore, runTasks } = ground;
  const count = plan.groups.length;
  if (count === 0) return [];
  const reports = await runOne<readonly GroupReport[]>(runTasks, {
    title: "merge",
    run: (say) =>
      mergeAll(
        { plan, recordDirectories: [recordDirectory] },
        { openStore, onGroup: ({ tagSuffix, verdict }) => say(`${imageText(tagSuffix)} ${verdict}`) },
      ),
    done: (all) => `${all.filter(({ verdict }) => verdict !== "refused").length} of ${count} complete`,
  });
  return reports.map((report) => mergedImage(report, places));
}

function verify(
  images: readonly RehearsedImage[],
  { places, openStore, runTasks }: RehearsalGround,
): Promise<readonly RehearsedImage[]> {
  return runOne<readonly RehearsedImage[]>(runTasks, {
    title: "verify",
    run: () => Promise.all(images.map((image) => verified(image, places, openStore))),
    done: (all) => `${all.filter(({ verdict }) => verdict === "published").length} of ${all.length} published`,
  });
}

/** @throws FanfoldError what the task threw */
async function runOne<T>(runTasks: RunTasks, task: Task<T>): Promise<T> {
  const [outcome] = await runTasks([task]);
  if (outcome?.kind === "done") return outcome.value;
  throw outcome?.error ?? new Error(`${task.title} has no outcome`);
}

function failWhereTold({ artifact }: RehearsedBuild, { failing }: RehearsalGround): void {
  if (!failing.includes(artifact)) return;
  throw new WorkflowsError({ code: "rehearsal", message: "its build fails, because --fail says so" });
}

function pushInput(build: RehearsedBuild, ground: RehearsalGround): PushInput {
  const { event } = ground.plan;
  const { tagSuffix, platformTag, publish, tagLatest } = build;
  return {
    repositories: ground.places.map(({ store }) => store),
    platforms: parsePlatforms(build.platforms),
    tagSuffix,
    platformTag,
    tags: publish === "leg" ? [] : computeTags(event, { tagSuffix, tagLatest: parseTagLatest(tagLatest) }),
    labels: {},
    recordDirectory: ground.recordDirectory,
    anchor: "auto",
    anchorHosts: ground.anchorHosts,
    source: { revision: event.sha, version: versionOfEvent(event) },
    run: ground.run,
    allowRollback: false,
  };
}
