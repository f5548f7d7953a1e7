import type { GitHub, RunJob, WorkflowRun } from "@fanfold/changed-backends/internal";
import { countOf } from "@fanfold-internal/kit/text/words";
import { WorkflowsError } from "../../base/error.ts";
import type { ModelLeg } from "../model/model-legs.ts";
import { DEFAULT_EMULATED, DEFAULT_SECONDS, type Durations } from "./durations.ts";
import { MeasuredJobs } from "./timed-jobs.ts";

/** Requests are limited, and what jobs took long ago says little. */
const RUNS = 30;
const RUNS_OF_ALL = 60;
const RUNS_OF_EACH = 10;
const AT_ONCE = 5;

export interface GitHubQuestion {
  /** The file of the workflow that Fanfold generates: `backend.yml`. */
  readonly workflow: string;
  /** Of today's matrix. */
  readonly legs: readonly ModelLeg[];
  readonly onProgress: (runs: number) => void;
}

const OR_FILE = "or write how long builds take into a file, and name that";

/**
 * How long jobs took, by GitHub: those of the last runs of the generated workflow; where it has none, of all workflows, whose
 * jobs are told by words of their names.
 *
 * @throws WorkflowsError `unreadable-input` when GitHub does not say, `not-found` when no job is an entry's
 */
export async function githubDurations(
  github: GitHub,
  { workflow, legs, onProgress }: GitHubQuestion,
): Promise<Durations> {
  const { runs, generated } = await runsOf(github, workflow);
  const measured = new MeasuredJobs(legs);
  let [asked, jobs] = [0, 0];
  for (let first = 0; first < runs.length && !measured.enough(); first += AT_ONCE) {
    const some = runs.slice(first, first + AT_ONCE);
    for (const found of await Promise.all(some.map(({ id }) => jobsOf(github, id)))) {
      for (const { name, conclusion, seconds } of found) {
        if (conclusion !== "success" || seconds === undefined) continue;
        jobs += 1;
        measured.add({ name, seconds }, generated);
      }
    }
    asked += some.length;
    onProgress(asked);
  }
  const what = `${generated ? `${countOf(asked, "run")} of ${workflow}` : countOf(asked, "run")}`;
  if (measured.matched === 0) {
    throw new WorkflowsError({
      code: "not-found",
      message: `none of the ${countOf(jobs, "job")} that succeeded in ${what} on GitHub is called as an entry's would be: its image, and its platform-tag or platform where the image has several`,
      fix: `name the jobs of the build matrix so, ${OR_FILE}`,
    });
  }
  return {
    source: `GitHub: ${countOf(measured.matched, "build")} of ${what}`,
    other: { ...DEFAULT_SECONDS, ...measured.other() },
    build: null,
    emulated: DEFAULT_EMULATED,
    builds: measured.builds(),
  };
}

async function runsOf(
  github: GitHub,
  workflow: string,
): Promise<{ readonly runs: readonly WorkflowRun[]; readonly generated: boolean }> {
  const own = await github.finishedRuns(workflow);
  if (own.kind === "failed" && own.reason !== "not-found") throw unread(own.message);
  if (own.kind === "answer" && own.value.length > 0) return { runs: own.value.slice(0, RUNS), generated: true };
  const all = await github.finishedRuns(undefined);
  if (all.kind === "failed") throw unread(all.message);
  const seen = new Map<string, number>();
  // What runs on every commit must not hide what runs once a day.
  const some = all.value.filter((run) => {
    const before = seen.get(run.workflow) ?? 0;
    seen.set(run.workflow, before + 1);
    return before < RUNS_OF_EACH;
  });
  return { runs: some.slice(0, RUNS_OF_ALL), generated: false };
}

async function jobsOf(github: GitHub, run: string): Promise<readonly RunJob[]> {
  const answer = await github.runJobs(run);
  if (answer.kind === "answer") return answer.value;
  // A run may be deleted meanwhile.
  if (answer.reason === "not-found") return [];
  throw unread(answer.message);
}

function unread(message: string): WorkflowsError {
  return new WorkflowsError({
    code: "unreadable-input",
    message: `GitHub does not say how long jobs took: ${message}`,
    fix: `give GITHUB_TOKEN the permission actions: read, ${OR_FILE}`,
  });
}
