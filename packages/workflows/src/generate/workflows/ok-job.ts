import type { Blueprint } from "../blueprint/blueprint.ts";
import { type WorkflowKind, workflowFileName } from "../blueprint/paths.ts";
import { evaluated } from "../yaml/expression.ts";
import type { Job, Step } from "../yaml/model.ts";
import { inRepository, PLAN_JOB, planOutput } from "./plan-job.ts";
import { ownRunner } from "./steps.ts";

/** A job that runs or is skipped as outputs of the plan say: when one of `flags` is `true`, it runs. */
export interface GuardedJob {
  readonly id: string;
  readonly flags: readonly string[];
}

/**
 * The one job that a required check can name. A skipped job counts as passed there, and the jobs that a plan leaves out are
 * skipped, as are those behind a failed one: this job always runs, and knows which is which.
 */
export function okJob(blueprint: Blueprint, kind: WorkflowKind, jobs: readonly GuardedJob[]): Job {
  const here = inRepository(blueprint);
  return {
    kind: "steps",
    id: "ok",
    name: `${workflowFileName(blueprint.name, kind)} ok`,
    why: "The check to require: it always runs, and passes only when every job did what the plan says.",
    needs: [PLAN_JOB, ...jobs.map(({ id }) => id)],
    if: { condition: evaluated(here === undefined ? "always()" : `always() && ${here}`) },
    permissions: { kind: "granted", grants: [] },
    runsOn: ownRunner(blueprint),
    timeoutMinutes: 5,
    steps: [compareStep(jobs)],
  };
}

function compareStep(jobs: readonly GuardedJob[]): Step {
  const rows = jobs.map(({ id, flags }) => `${id} ${wanted(flags)} ${evaluated(`needs.${id}.result`)}`);
  return {
    kind: "run",
    name: "Compare jobs with the plan",
    env: {
      PLAN: evaluated(`needs.${PLAN_JOB}.result`),
      JOBS: rows.join("\n"),
    },
    run: SCRIPT,
  };
}

// An output that is empty, because the runner took it for a secret and dropped it, is neither.
function wanted(flags: readonly string[]): string {
  const values = flags.map((flag) => `${planOutput(flag)} || 'empty'`);
  const [only, ...others] = values;
  if (only !== undefined && others.length === 0) return evaluated(only);
  const someEmpty = flags.map((flag) => `${planOutput(flag)} == ''`).join(" || ");
  const someTrue = flags.map((flag) => `${planOutput(flag)} == 'true'`).join(" || ");
  return evaluated(`(${someEmpty}) && 'empty' || (${someTrue}) && 'true' || 'false'`);
}

const SCRIPT = `if [[ $PLAN != success ]]; then
  # No job is to blame for what was not planned.
  echo "::error::job ${PLAN_JOB} (the plan): $PLAN, so nothing was built; see its log"
  exit 1
fi
ok=true
while read -r job planned result; do
  case "$planned $result" in
    "true success" | "false skipped") echo "$job: $result, as planned" ;;
    "true "*)
      echo "::error::$job: $result, expected success"
      ok=false
      ;;
    "false "*)
      echo "::error::$job: $result, although the plan holds nothing for it"
      ok=false
      ;;
    *)
      echo "::error::$job: $result, and the plan's output is empty; a masked value in it makes the runner drop it"
      ok=false
      ;;
  esac
done <<< "$JOBS"
[[ $ok == true ]]
`;
