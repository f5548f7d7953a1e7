import { type Clock, systemClock } from "../base/clock.ts";
import { DigestToolsError } from "../base/error.ts";
import { type BakeSource, bakeCommand, evaluatedTarget, printCommand } from "../docker/bake-command.ts";
import { type BuildCommand, buildCommand } from "../docker/buildx-command.ts";
import { dockerRunner, type RunDocker } from "../docker/docker.ts";
import type { ProgramAccess } from "../docker/environment.ts";
import { finalError, mayPass } from "../docker/final-error.ts";

/** What is built: the user's own arguments of `docker buildx build`, the context among them, or a target of a bake file. */
export type BuildSource =
  | { readonly kind: "arguments"; readonly buildArguments: readonly string[] }
  | ({ readonly kind: "bake" } & BakeSource);

export interface BuildOptions {
  readonly docker?: RunDocker;
  readonly clock?: Clock;
  /** How often a build is tried again whose final error is a registry's or the network's; not at all without it. */
  readonly retries?: number;
  /** Is told before each wait. */
  readonly onRetry?: (retry: BuildRetry) => void;
}

export interface BuildRetry {
  /** BuildKit's final error. */
  readonly error: string;
  /** Of `retries`, from 1. */
  readonly number: number;
  readonly ms: number;
}

type Exported = Omit<BuildCommand, "buildArguments">;

/**
 * Builds, and pushes by digest.
 * @throws DigestToolsError `invalid-options`: bake cannot read the target; `build-failed`
 */
export async function build(exported: Exported, source: BuildSource, options: BuildOptions): Promise<void> {
  const docker = options.docker ?? dockerRunner(process.env);
  if (source.kind === "arguments") {
    const { buildArguments } = source;
    const usesActionsCache = buildArguments.some((argument) => /\btype=gha\b/.test(argument));
    const command = buildCommand({ ...exported, buildArguments });
    await run(docker, command, usesActionsCache ? "actions-cache" : undefined, options);
    return;
  }
  const printed = await docker(printCommand(source), "keep");
  if (printed.exitCode !== 0) {
    throw new DigestToolsError({
      code: "invalid-options",
      message: `docker buildx bake cannot read the target ${JSON.stringify(source.target)}: ${lastLine(printed.stderr)}`,
      at: { file: source.file },
      fix: "mend the file, or name one of its targets",
    });
  }
  const evaluated = evaluatedTarget(printed.stdout ?? "", source);
  const access = evaluated.usesActionsCache ? "actions-cache" : undefined;
  await run(docker, bakeCommand({ ...exported, ...source, evaluated }), access, options);
}

// A registry that is restarted is back in a minute; one that limits pulls wants longer than any job should wait.
const FIRST_WAIT_MS = 5_000;
const LONGEST_WAIT_MS = 60_000;

async function run(
  docker: RunDocker,
  command: readonly string[],
  access: ProgramAccess | undefined,
  { clock = systemClock, retries = 0, onRetry }: BuildOptions,
): Promise<void> {
  for (let number = 1; ; number++) {
    const { exitCode, stderr } = await docker(command, "show", access);
    if (exitCode === 0) return;
    const error = finalError(stderr);
    if (number > retries || error === undefined || !mayPass(error)) {
      throw buildFailed(command.slice(0, 2).join(" "), exitCode);
    }
    const ms = Math.min(LONGEST_WAIT_MS, FIRST_WAIT_MS * 3 ** (number - 1));
    onRetry?.({ error, number, ms });
    await clock.sleep(ms);
  }
}

function buildFailed(program: string, exitCode: number): DigestToolsError {
  return new DigestToolsError({
    code: "build-failed",
    message: `docker ${program} ended with exit code ${exitCode}`,
    fix: "mend what it says above; nothing was recorded",
  });
}

function lastLine(text: string): string {
  return text.trimEnd().split("\n").at(-1) ?? "";
}
