import { type GroupReport, type MergePlan, mergeAll, type Store } from "@fanfold/digest-tools";
import type { Pushed } from "@fanfold/digest-tools/internal";
import type { Diagnostic } from "@fanfold-internal/kit/process/diagnostic";
import { imageText } from "@fanfold-internal/matrix/identity";
import { WorkflowsError } from "../base/error.ts";
import type { PlannedBuilds } from "../build/planned-build.ts";
import type { BuildEngine } from "./build/build-engine.ts";
import { mergedImage, type RehearsedImage, verified } from "./images.ts";
import type { Place } from "./places.ts";
import type { RunTasks } from "./tasks/task-list.ts";
import type { Outcome, Task } from "./tasks/task-run.ts";

/** What is rehearsed, and with what. */
export interface RehearsalGround {
  /** Its images are the places' stores. */
  readonly plan: MergePlan;
  readonly builds: PlannedBuilds;
  /** Artifacts in the order of their builds, wave by wave. */
  readonly rounds: readonly (readonly string[])[];
  readonly places: readonly Place[];
  /** Artifacts whose builds are to fail. */
  readonly failing: readonly string[];
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
  const { builds, engine, runTasks } = ground;
  const tasks = builds.artifacts.map(
    (artifact): Task<void> => ({
      title: artifact,
      run: async (say) => {
        failWhereTold(artifact, ground);
        await engine.build(builds.find(artifact), say);
      },
      done: () => "built",
    }),
  );
  const outcomes = await runTasks(tasks);
  return { legs: legsOf(builds, outcomes, () => ({ verdict: "built", digest: undefined })), images: [] };
}

/** The jobs of a push, in their order: builds wave by wave, merge, and a look at what stands in the places. */
export async function rehearsePush(ground: RehearsalGround): Promise<Rehearsal> {
  const { builds, rounds, engine, runTasks } = ground;
  const publishing = (artifact: string): Task<Pushed> => ({
    title: artifact,
    run: async (say) => {
      failWhereTold(artifact, ground);
      return engine.publish(builds.find(artifact), say);
    },
    done: ({ digest }) => `pushed ${digest}`,
  });
  const outcomes = new Map<string, Outcome<Pushed>>();
  for (const round of rounds) {
    const ended = await runTasks(round.map(publishing));
    for (const [index, outcome] of ended.entries()) outcomes.set(round[index] ?? "", outcome);
  }
  const inFileOrder = builds.artifacts.flatMap((artifact) => outcomes.get(artifact) ?? []);
  const legs = legsOf(builds, inFileOrder, ({ digest }) => ({ verdict: "pushed", digest }));
  return { legs, images: await verify(await merge(ground), ground) };
}

function legsOf<T>(
  { artifacts }: PlannedBuilds,
  outcomes: readonly Outcome<T>[],
  done: (value: T) => Pick<RehearsedLeg, "verdict" | "digest">,
): readonly RehearsedLeg[] {
  return outcomes.map((outcome, index) => {
    const artifact = artifacts[index] ?? "";
    return outcome.kind === "done"
      ? { artifact, problems: [], ...done(outcome.value) }
      : { artifact, problems: outcome.error.diagnostics, verdict: "failed", digest: undefined };
  });
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
        { openStore, onGroup: (group) => say(mergedLine(group)) },
      ),
    done: (all) => `${all.filter(({ verdict }) => verdict !== "refused").length} of ${count} complete`,
  });
  return reports.map((report) => mergedImage(report, places));
}

/** `-cpu-x published`, `-cpu-x claimed, published` */
function mergedLine({ image, verdict, reused }: GroupReport): string {
  return `${imageText(image)} ${reused === undefined ? "" : `${REUSED[reused]}, `}${verdict}`;
}

const REUSED = { claim: "claimed", heal: "healed", retag: "retagged" } as const;

function verify(
  images: readonly RehearsedImage[],
  { openStore, runTasks }: RehearsalGround,
): Promise<readonly RehearsedImage[]> {
  return runOne<readonly RehearsedImage[]>(runTasks, {
    title: "verify",
    run: () => Promise.all(images.map((image) => verified(image, openStore))),
    done: (all) => `${all.filter(({ verdict }) => verdict === "published").length} of ${all.length} published`,
  });
}

/** @throws FanfoldError what the task threw */
async function runOne<T>(runTasks: RunTasks, task: Task<T>): Promise<T> {
  const [outcome] = await runTasks([task]);
  if (outcome?.kind === "done") return outcome.value;
  throw outcome?.error ?? new Error(`${task.title} has no outcome`);
}

function failWhereTold(artifact: string, { failing }: RehearsalGround): void {
  if (!failing.includes(artifact)) return;
  throw new WorkflowsError({ code: "rehearsal", message: "its build fails, because --fail says so" });
}
