import { parsePlatform } from "@fanfold/digest-tools/planning";
import type { Environment } from "@fanfold-internal/kit/process/host";
import { WorkflowsError } from "../base/error.ts";

/** `workflow.test` of a config, as a plan has it. */
export interface PlannedTest {
  /** A command line for the shell, in the repository's root. */
  readonly run: string;
  /** Variables that it does not get: secrets of builds. */
  readonly without: readonly string[];
}

/** Runs a command line, shows what it says, and gives its exit code. */
export type RunShell = (line: string, env: Environment) => Promise<number>;

/** What is tested: an image that docker can run under that name. */
export interface TestedImage {
  readonly artifact: string;
  readonly image: string;
  readonly platform: string;
}

/**
 * Runs the test of an image, with IMAGE and PLATFORM in its environment. It is of the repository, and gets no secret.
 * @throws WorkflowsError `test-failed`
 */
export async function runTest(
  { run, without }: PlannedTest,
  { artifact, image, platform }: TestedImage,
  shell: RunShell,
  env: Environment,
): Promise<void> {
  const withheld = new Set([...without, "GITHUB_TOKEN"]);
  const given = Object.entries(env).filter(
    ([name]) => !withheld.has(name) && !/^ACTIONS_(?:ID_TOKEN|RUNTIME)_/i.test(name),
  );
  const exitCode = await shell(run, { ...Object.fromEntries(given), IMAGE: image, PLATFORM: platform });
  if (exitCode === 0) return;
  throw new WorkflowsError({
    code: "test-failed",
    message: `the test of ${artifact} ended with exit code ${exitCode} for ${platform}`,
    fix: "mend what it says above; nothing was recorded, and nothing will be tagged",
  });
}

/** Whether one of the platforms is this one, in whatever spelling. */
export function includesPlatform(platforms: readonly string[], platform: string): boolean {
  const same = (text: string): string => JSON.stringify(parsePlatform(text));
  return platforms.some((text) => same(text) === same(platform));
}
