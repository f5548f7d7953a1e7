import { mkdtemp, rm } from "node:fs/promises";
import { join } from "node:path";
import { pushLayout, type RunDocker } from "@fanfold/digest-tools/internal";
import type { Environment } from "@fanfold-internal/kit/process/host";
import {
  type BuildTools,
  buildLeg,
  exportBuild,
  type LegOptions,
  pushInput,
  testLoaded,
  tryBuild,
} from "../../build/build-leg.ts";
import { nativePlatform } from "../../build/command.ts";
import { onHandedBases } from "../../build/handed-bases.ts";
import type { PlannedBuilds } from "../../build/planned-build.ts";
import type { RunShell } from "../../build/smoke-test.ts";
import type { BasedRehearsal, BuildEngine, Say } from "./build-engine.ts";
import type { RunProgram } from "./program.ts";

export interface DockerGround extends LegOptions, BasedRehearsal, Pick<BuildTools, "openStore"> {
  readonly builds: PlannedBuilds;
  /** Where secrets are looked for. */
  readonly env: Environment;
  /** A directory for what is not kept. */
  readonly scratch: string;
  /** Runs in the repository's root. */
  readonly runProgram: RunProgram;
}

/** Builds as `fanfold build` does. */
export function dockerEngine({
  env,
  scratch,
  runProgram,
  openStore,
  builds,
  plan,
  ...options
}: DockerGround): BuildEngine {
  const dockerFor = (say: Say): RunDocker => {
    return async (args, output, access) => {
      const shown = output === "show" ? { say } : {};
      const { exitCode, stdout, output: all } = await runProgram(["docker", ...args], { ...shown, access });
      if (exitCode === undefined) say(all);
      return { exitCode: exitCode ?? 1, stdout, stderr: all };
    };
  };
  const shellFor = (say: Say): RunShell => {
    return async (line, environment) => {
      const { exitCode, output } = await runProgram(["sh", "-c", line], { say, env: environment });
      if (exitCode === undefined) say(output);
      return exitCode ?? 1;
    };
  };
  const native = nativePlatform();
  return {
    publish: async (planned, say) => {
      const docker = dockerFor(say);
      const build = await onHandedBases(planned, { ...options, plan, native, openStore });
      if (!build.images.some((name) => name.startsWith("oci:"))) {
        return buildLeg(build, { docker, env, openStore, shell: shellFor(say) }, options);
      }
      // Docker cannot push into a layout on disk; digest-tools can, from another one.
      const directory = await mkdtemp(join(scratch, "leg-"));
      try {
        await exportBuild(build, directory, { docker, env });
        await testLoaded(build, native, { docker, env, shell: shellFor(say) });
        return await pushLayout(pushInput(build, options), directory, { openStore });
      } finally {
        await rm(directory, { recursive: true, force: true });
      }
    },
    build: (build, say) => tryBuild(build, { builds, native }, { docker: dockerFor(say), env, shell: shellFor(say) }),
  };
}
