import { mkdir, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { type MergePlan, parsePlan, type Store, Stores } from "@fanfold/digest-tools";
import { readRunContext } from "@fanfold/digest-tools/planning";
import { report } from "@fanfold-internal/kit/process/annotation";
import { refused, UsageError } from "@fanfold-internal/kit/process/command";
import type { Host } from "@fanfold-internal/kit/process/host";
import { jsonText } from "@fanfold-internal/kit/text/json-text";
import { printable } from "@fanfold-internal/kit/text/printable";
import { Interruption } from "../base/interruption.ts";
import { nativePlatform } from "../build/command.ts";
import { type PlannedBuilds, plannedBuilds } from "../build/planned-build.ts";
import { registryAccess } from "../reuse/registry-access.ts";
import type { BuildEngine } from "./build/build-engine.ts";
import { checkFailing, rehearsedArtifacts, rehearsedRounds } from "./build/builds.ts";
import { dockerEngine } from "./build/docker-engine.ts";
import { chooseEngine, type EngineName } from "./build/engine-choice.ts";
import { contextsOf, layoutEngine } from "./build/layout-engine.ts";
import { layoutGaps } from "./build/layout-gaps.ts";
import { programsIn, type RunProgram } from "./build/program.ts";
import { Leftovers } from "./leftovers.ts";
import { tellEnd, tellPlan } from "./output.ts";
import { lasts, placedImages, placesOf, type Target, targetOf } from "./places.ts";
import { type EventFlags, type PlannedPlaces, type PlannedRehearsal, planRehearsal } from "./plan.ts";
import { type Rehearsal, rehearsePullRequest, rehearsePush } from "./rehearsal.ts";
import { isGreen } from "./report.ts";
import { taskList } from "./tasks/task-list.ts";

export interface RehearseFlags extends EventFlags {
  /** `oci:DIR` */
  readonly store?: string | undefined;
  readonly registry?: readonly string[] | undefined;
  readonly engine?: EngineName | undefined;
  readonly reuse?: "published" | "off" | undefined;
  readonly fail?: readonly string[] | undefined;
  readonly keep?: boolean | undefined;
  readonly json?: boolean | undefined;
}

// Packing a context is a matter of milliseconds. Docker's legs share one engine, where two builds of one image at a time
// collide in containerd's image store ("already exists"); CI has a machine for each.
const AT_ONCE: Readonly<Record<EngineName, number>> = { docker: 1, layout: 4 };

/**
 * `fanfold rehearse`: the jobs of an event, on this machine, by the functions that the steps of a workflow call. What it
 * made on this machine is removed, unless it is to be kept.
 */
export async function runRehearsal(flags: RehearseFlags, host: Host): Promise<void> {
  const leftovers = new Leftovers(flags.keep === true);
  const interruption = new Interruption({
    first: () => host.stderr("ending what runs; once more ends at once\n"),
    second: () => leftovers.remove(),
  });
  const { signal } = interruption;
  let green = false;
  try {
    green = await rehearse(flags, host, leftovers, signal);
  } catch (error) {
    if (!signal.aborted) throw error;
  } finally {
    leftovers.remove();
    interruption.end();
  }
  if (!green) refused();
}

const NOTHING: Rehearsal = { legs: [], images: [] };

/** Whether the run that is rehearsed ends green. */
async function rehearse(flags: RehearseFlags, host: Host, leftovers: Leftovers, signal: AbortSignal): Promise<boolean> {
  const start = performance.now();
  const target = targetOf(flags.store, flags.registry, host.cwd);
  const reuse = reuseIn(target, flags);
  const workspace = await leftovers.workspace();
  const places: PlannedPlaces = {
    rehearsed: (images) => placedImages(images, target, workspace),
    reuse: { ...registryAccess(host, reuse), elsewhere: true },
  };
  const planned = await planRehearsal(flags, places, host);
  const { checkout, plan } = planned;
  tellPlan(planned, host);
  const artifacts = rehearsedArtifacts(plan);
  const failing = flags.fail ?? [];
  checkFailing(failing, artifacts);
  const pullRequest = flags.event === "pull_request";
  const seconds = (): number => (performance.now() - start) / 1000;
  const json = flags.json === true;
  if (artifacts.length === 0 && plan.groups.length === 0) {
    tellEnd(NOTHING, { engine: null, pullRequest, places: [], kept: null, seconds: seconds(), json }, host);
    return true;
  }
  const run = programsIn(checkout.root, host, signal);
  const destination = pullRequest ? "nothing" : target.kind;
  const engine = artifacts.length === 0 ? undefined : await chooseEngine(flags.engine, destination, run);
  signal.throwIfAborted();
  if (engine !== undefined) host.stderr(`engine ${engine.engine}: ${printable(engine.reason)}\n`);
  const published = pullRequest ? [] : placesOf(plan, target, workspace);
  for (const { directory } of published) if (directory !== undefined) await leftovers.directory(directory);
  const [recordDirectory, scratch] = [join(workspace, "records"), join(workspace, "scratch")];
  await mkdir(recordDirectory);
  await mkdir(scratch);
  // Handed on as a file, as the plan job does.
  const planFile = join(workspace, "plan.json");
  const text = jsonText(plan);
  await writeFile(planFile, text);
  const builds = plannedBuilds(text, planFile, nativePlatform());
  const mergePlan = parsePlan(text, planFile);

  const opened = new Stores({ env: host.env });
  const openStore = (name: string): Store => opened.open(name);
  const ground = { host, plan: mergePlan, checkout, builds, scratch, run, openStore, recordDirectory };
  const tested = plan.test !== null;
  const based =
    !pullRequest &&
    Object.values(plan.bases)
      .flat()
      .some(({ selected }) => selected);
  try {
    const rehearsal = await (pullRequest ? rehearsePullRequest : rehearsePush)({
      plan: mergePlan,
      builds,
      rounds: rehearsedRounds(plan),
      places: published,
      failing,
      recordDirectory,
      engine: engine === undefined ? NO_ENGINE : await openEngine(engine.engine, { ...ground, tested, based }),
      openStore,
      runTasks: taskList({ host, concurrency: AT_ONCE[engine?.engine ?? "layout"], signal }),
    });
    const kept = flags.keep === true ? workspace : null;
    const ending = { engine: engine?.engine ?? null, pullRequest, places: published, kept, seconds: seconds(), json };
    tellEnd(rehearsal, ending, host);
    return isGreen(rehearsal);
  } finally {
    await rm(scratch, { recursive: true, force: true });
    await opened.close();
  }
}

/**
 * What `--reuse` says, else the config: only where something of an earlier rehearsal may stand. A pull request is rehearsed
 * whole, as its target's images may be published elsewhere.
 */
function reuseIn(target: Target, { event, reuse }: RehearseFlags): RehearseFlags["reuse"] {
  if (lasts(target) && event !== "pull_request") return reuse;
  if (reuse !== "published") return "off";
  const why = event === "pull_request" ? "a pull request publishes nothing" : "name one with --store or --registry";
  throw new UsageError(`--reuse published needs a place where images are published: ${why}`);
}

/** Of a rehearsal that publishes only what is published already. */
const NO_ENGINE: BuildEngine = {
  publish: () => Promise.reject(new Error("nothing is built")),
  build: () => Promise.reject(new Error("nothing is built")),
};

interface EngineGround {
  readonly host: Host;
  /** Whether the config has a test. */
  readonly tested: boolean;
  /** Whether images are built from others of the rehearsal. */
  readonly based: boolean;
  readonly plan: MergePlan;
  readonly checkout: PlannedRehearsal["checkout"];
  readonly builds: PlannedBuilds;
  readonly scratch: string;
  readonly run: RunProgram;
  readonly openStore: (name: string) => Store;
  readonly recordDirectory: string;
}

async function openEngine(name: EngineName, ground: EngineGround): Promise<BuildEngine> {
  const { host, tested, based, plan, checkout, builds, scratch, run, openStore, recordDirectory } = ground;
  const options = { scratch, openStore, recordDirectory, plan, run: readRunContext(host.env) };
  if (name === "docker") return dockerEngine({ ...options, builds, env: host.env, runProgram: run });
  if (based) host.stderr("bases are handed over, and no image stands on them: a packed context is not built\n");
  if (tested) host.stderr("the test is not run: nothing in a packed context runs\n");
  for (const gap of await layoutGaps(checkout, contextsOf(builds))) report(host, gap);
  return layoutEngine({ ...options, root: checkout.root, tracked: await checkout.trackedFiles() });
}
