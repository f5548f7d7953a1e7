import { mkdtemp, rm } from "node:fs/promises";
import { join } from "node:path";
import { type PushOptions, pushBuild, pushLayout, type RunDocker } from "@fanfold/digest-tools/internal";
import { WorkflowsError } from "../../base/error.ts";
import type { WorkflowConfig } from "../../config/config.ts";
import { buildArguments } from "./build-arguments.ts";
import type { BuildEngine, Say } from "./build-engine.ts";
import type { RehearsedBuild } from "./builds.ts";
import type { RunProgram } from "./program.ts";

export interface DockerGround extends PushOptions {
  readonly workflow: WorkflowConfig;
  /** A directory for what is not kept. */
  readonly scratch: string;
  /** Runs in the repository's root. */
  readonly run: RunProgram;
}

/** Builds with `docker buildx build`, as the generated build workflow does. */
export function dockerEngine({ workflow, scratch, run, ...options }: DockerGround): BuildEngine {
  const build = async (rehearsed: RehearsedBuild, output: readonly string[], say: Say): Promise<void> => {
    const given = buildArguments(rehearsed.entry, workflow);
    const { exitCode, output: said } = await run(
      ["docker", "buildx", "build", "--platform", rehearsed.platforms, ...output, ...given],
      { say },
    );
    if (exitCode !== 0) throw failed(exitCode, said);
  };
  // Docker cannot push into a layout on disk; digest-tools can, from another one. What is exported has no provenance
  // unless one asks for it, what is pushed has.
  const throughLayout: BuildEngine["publish"] = async (rehearsed, input, say) => {
    const directory = await mkdtemp(join(scratch, "leg-"));
    try {
      await build(rehearsed, ["--provenance", "mode=min", "--output", `type=oci,tar=false,dest=${directory}`], say);
      return await pushLayout(input, directory, options);
    } finally {
      await rm(directory, { recursive: true, force: true });
    }
  };
  return {
    publish: async (rehearsed, input, say) => {
      if (input.repositories.some((name) => name.startsWith("oci:"))) return throughLayout(rehearsed, input, say);
      const docker: RunDocker = async (args) => {
        const { exitCode, output } = await run(["docker", ...args], { say });
        if (exitCode === undefined) say(output);
        return { exitCode: exitCode ?? 1, stderr: output };
      };
      const source = { kind: "arguments", buildArguments: buildArguments(rehearsed.entry, workflow) } as const;
      return pushBuild(input, source, { ...options, docker });
    },
    build: (rehearsed, say) => build(rehearsed, [], say),
  };
}

function failed(exitCode: number | undefined, output: string): WorkflowsError {
  const started = exitCode === undefined ? `could not be run: ${output}` : `ended with exit code ${exitCode}`;
  return new WorkflowsError({
    code: "rehearsal",
    message: `docker buildx build ${started}`,
    fix: "see what it said; a builder that exports OCI layouts is made by docker buildx create --use",
  });
}
