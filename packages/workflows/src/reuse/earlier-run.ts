import type { ComparisonRequest } from "@fanfold/changed-backends";
import type { WorkflowRun } from "@fanfold/changed-backends/internal";
import type { Diagnostic } from "@fanfold-internal/kit/process/diagnostic";
import type { Environment } from "@fanfold-internal/kit/process/host";

/** The latest run that may still build what is lost, by name; or why nobody knows. */
export interface EarlierRun {
  readonly run: string | undefined;
  readonly warnings: readonly Diagnostic[];
}

const NONE: EarlierRun = { run: undefined, warnings: [] };

/** Asks GitHub, once, which runs of this workflow the branch has before this one. Outside Actions there are none. */
export async function earlierRun(
  { github }: ComparisonRequest["sources"],
  env: Environment,
  branch: string,
): Promise<EarlierRun> {
  const [, file] = /\/([^/@]+)@/.exec(env["GITHUB_WORKFLOW_REF"] ?? "") ?? [];
  const own = env["GITHUB_RUN_ID"] ?? "";
  if (github === undefined || file === undefined || !/^\d{1,19}$/.test(own)) return NONE;
  const answer = await github.workflowRuns(file, branch);
  if (answer.kind === "answer") {
    const run = answer.value.find((each) => isInFlight(each, { own, workflow: env["GITHUB_WORKFLOW"] }));
    return run === undefined ? NONE : { run: `run ${run.id} of ${run.commit.slice(0, 7)}`, warnings: [] };
  }
  return {
    run: undefined,
    warnings: [
      {
        code: "runs-unread",
        severity: "warning",
        message: `GitHub does not say which runs of ${file} are not over yet (${answer.message}): what they may still build is built here, too`,
        fix: "give the plan's job the permission actions: read, and the step GITHUB_TOKEN",
      },
    ],
  };
}

interface ThisRun {
  readonly own: string;
  /** The workflow's name. */
  readonly workflow: string | undefined;
}

/**
 * Whether a run came before this one, is not over, and builds what changed. Of a dispatch it is not known what it was told to
 * build, but that generated workflows give one with names a title of its own.
 */
export function isInFlight({ id, event, status, title }: WorkflowRun, { own, workflow }: ThisRun): boolean {
  if (status !== "queued" && status !== "in_progress") return false;
  if (BigInt(id) >= BigInt(own)) return false;
  return event !== "workflow_dispatch" || title === workflow;
}
