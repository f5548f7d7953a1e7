import { openCheckout } from "@fanfold/changed-backends/internal";
import { parsePlan } from "@fanfold/digest-tools";
import {
  assertPlanOfRun,
  type BuildRetry,
  dockerRunner,
  programEnvironment,
  readRunContext,
  retryLine,
  sayOn,
  tellPushed,
  withStores,
} from "@fanfold/digest-tools/internal";
import type { Host } from "@fanfold-internal/kit/process/host";
import { programRunner } from "@fanfold-internal/kit/process/program";
import { pathFrom, readText } from "@fanfold-internal/kit/read/text";
import { Interruption } from "../base/interruption.ts";
import { buildLeg, pushInput, tryBuild } from "./build-leg.ts";
import { onHandedBases } from "./handed-bases.ts";
import { plannedBuilds } from "./planned-build.ts";
import type { RunShell } from "./smoke-test.ts";

export interface BuildFlags {
  readonly plan: string;
  readonly artifact: string;
  readonly publish: "leg" | "nothing";
  readonly recordDir: string;
  readonly records?: string | undefined;
}

// Of a job whose build took hours, only the push may have failed; what was built is in BuildKit's cache.
const RETRIES = 2;

/** `fanfold build`: one entry of a plan, as its job builds it. Nothing is left of what is interrupted. */
export async function runBuild(flags: BuildFlags, host: Host): Promise<void> {
  const interruption = new Interruption({ first: () => host.stderr("ending what runs\n"), second: () => {} });
  const { signal } = interruption;
  try {
    await buildEntry(flags, host, signal);
  } catch (error) {
    // The process ends by the signal, which says more than what it made fail.
    if (!signal.aborted) throw error;
  } finally {
    interruption.end();
  }
}

async function buildEntry(flags: BuildFlags, host: Host, signal: AbortSignal): Promise<void> {
  const text = readText(host, flags.plan, { what: "the plan", fix: "pass the file that fanfold plan --json gave" });
  const plan = parsePlan(text, flags.plan);
  assertPlanOfRun(plan, host.env);
  const native = nativePlatform();
  const builds = plannedBuilds(text, flags.plan, native);
  const planned = builds.find(flags.artifact);
  const root = (await openCheckout(host.cwd, { ...host, env: programEnvironment(host.env) }))?.root ?? host.cwd;
  // With it set, bake would read whatever lies on the machine.
  const dockerEnv = { ...host.env, BUILDX_BAKE_ENTITLEMENTS_FS: undefined };
  const docker = dockerRunner(dockerEnv, host.debug, { cwd: root, say: sayOn(host, RETRIES), signal });
  const shell = shellIn(root, host, signal);
  if (flags.publish === "nothing") {
    await tryBuild(planned, { builds, native }, { docker, env: host.env, shell });
    return;
  }
  await withStores(host, {}, async (stores) => {
    const onRetry = (retry: BuildRetry) => host.stderr(retryLine(retry, RETRIES));
    const openStore = (name: string) => stores.open(name);
    const run = readRunContext(host.env);
    const recordDirectory = flags.records === undefined ? undefined : pathFrom(host, flags.records);
    const build = await onHandedBases(planned, { plan, recordDirectory, native, run, openStore });
    const options = { recordDirectory: pathFrom(host, flags.recordDir), run };
    const pushed = await buildLeg(
      build,
      { docker, env: host.env, shell, openStore, retries: RETRIES, onRetry },
      options,
    );
    tellPushed(host, pushInput(build, options), pushed);
  });
}

/** What docker builds for where nothing else is said. */
export function nativePlatform(): string {
  return process.arch === "arm64" ? "linux/arm64" : "linux/amd64";
}

function shellIn(cwd: string, { debug }: Host, signal: AbortSignal): RunShell {
  const run = programRunner(debug);
  return async (line, env) => {
    const end = await run({ command: "sh", args: ["-c", line], cwd, env, signal, output: "show-on-stderr" });
    return end.kind === "ended" ? end.exitCode : 1;
  };
}
