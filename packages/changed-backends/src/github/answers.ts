import type { Json } from "@fanfold-internal/kit/read/json";
import { JsonReader } from "@fanfold-internal/kit/read/json-reader";
import type { ChangedFile, FileStatus } from "../base/diff.ts";
import { IncompleteAnswer } from "./client.ts";

/** A commit and the commits that it was made from. */
export interface CommitParents {
  readonly sha: string;
  readonly parents: readonly string[];
}

export interface CompareAnswer {
  /** `ahead`, `behind`, `diverged` or `identical`. */
  readonly status: string;
  readonly mergeBase: string;
  /** undefined: the answer had none. */
  readonly files: readonly ChangedFile[] | undefined;
  /** Commits of the head that the base does not have: as many as were asked for. */
  readonly commits: readonly CommitParents[];
  /** How many there are in all. */
  readonly totalCommits: number;
}

/** A pull request as it is now. */
export interface PullRequestAnswer {
  readonly head: string;
  /** The branch that it goes to, which can be changed. */
  readonly branch: string;
  readonly changedFiles: number;
}

/** Every file of a commit: path to mode and object; `truncated`: more than GitHub lists. */
export type TreeAnswer =
  | { readonly kind: "tree"; readonly files: ReadonlyMap<string, string> }
  | { readonly kind: "truncated" };

/** A run of a workflow. */
export interface WorkflowRun {
  /** Later runs have higher ones; a re-run keeps it. */
  readonly id: string;
  readonly event: string;
  /** `queued`, `in_progress`, `completed` and others. */
  readonly status: string;
  /** What people see: the workflow's `run-name`, where it has one. */
  readonly title: string;
  readonly commit: string;
  /** Its workflow's file: `.github/workflows/backend.yml`; empty where GitHub does not say. */
  readonly workflow: string;
}

/** A job of a run, as GitHub timed it. */
export interface RunJob {
  /** As people see it: `-gpu arm64 / build`. */
  readonly name: string;
  /** `success`, `failure`, `skipped` and others; empty: it is not over. */
  readonly conclusion: string;
  /** Seconds on its runner; undefined: GitHub does not say. */
  readonly seconds: number | undefined;
}

/** Reads an answer of the API, which octokit has parsed. */
export function answerReader(data: unknown, what: string): JsonReader {
  return new JsonReader(isParsedJson(data) ? data : undefined, {
    at: { url: what },
    fix: "",
    error: ({ message }) => new IncompleteAnswer(`${what}: ${message}`),
  });
}

// The reader looks at each value again, so that only what JSON has no form for needs to be told apart.
function isParsedJson(data: unknown): data is Json {
  return data === null || ["string", "number", "boolean", "object"].includes(typeof data);
}

export function compareAnswer(data: unknown): CompareAnswer {
  const answer = answerReader(data, "comparison");
  const files = answer.at("files");
  return {
    status: answer.at("status").text(),
    mergeBase: answer.at("merge_base_commit").at("sha").text(),
    files: Array.isArray(files.value) ? files.items().map(changedFile) : undefined,
    commits: answer.at("commits").present ? answer.at("commits").items().map(commitParents) : [],
    totalCommits: answer.at("total_commits").present ? answer.at("total_commits").count() : Number.POSITIVE_INFINITY,
  };
}

export function pullRequestAnswer(data: unknown): PullRequestAnswer {
  const answer = answerReader(data, "pull request");
  return {
    head: answer.at("head").at("sha").text(),
    branch: answer.at("base").at("ref").text(),
    changedFiles: answer.at("changed_files").count(),
  };
}

export function treeAnswer(data: unknown): TreeAnswer {
  const answer = answerReader(data, "tree");
  if (answer.at("truncated").boolean()) return { kind: "truncated" };
  const files = new Map<string, string>();
  for (const entry of answer.at("tree").items()) {
    if (entry.at("type").text() === "tree") continue;
    const path = entry.at("path").text();
    const object = `${entry.at("mode").text()} ${entry.at("sha").text()}`;
    // Paths that differ only in bytes that are not UTF-8 have one text: they count as one file.
    files.set(path, `${files.get(path) ?? ""}${object};`);
  }
  return { kind: "tree", files };
}

export function workflowRunsAnswer(data: unknown): readonly WorkflowRun[] {
  return answerReader(data, "workflow runs")
    .at("workflow_runs")
    .items()
    .map((run) => ({
      id: String(run.at("id").count()),
      event: run.at("event").text(),
      status: run.at("status").optionalText() ?? "",
      title: run.at("display_title").optionalText() ?? "",
      commit: run.at("head_sha").text(),
      // A workflow of another repository is named with its branch.
      workflow: (run.at("path").optionalText() ?? "").replace(/@.*$/, ""),
    }));
}

export function runJobsAnswer(rows: unknown): readonly RunJob[] {
  return answerReader(rows, "jobs of a run")
    .items()
    .map((job) => {
      const [started, completed] = ["started_at", "completed_at"].map((key) =>
        Date.parse(job.at(key).optionalText() ?? ""),
      );
      const seconds = ((completed ?? Number.NaN) - (started ?? Number.NaN)) / 1000;
      return {
        name: job.at("name").text(),
        conclusion: job.at("conclusion").optionalText() ?? "",
        seconds: seconds >= 0 ? seconds : undefined,
      };
    });
}

export function commitParents(commit: JsonReader): CommitParents {
  const parents = commit.at("parents").items();
  return { sha: commit.at("sha").text(), parents: parents.map((parent) => parent.at("sha").text()) };
}

const STATUS: ReadonlyMap<string, FileStatus> = new Map([
  ["added", "added"],
  ["copied", "added"],
  ["removed", "removed"],
  ["renamed", "renamed"],
  ["changed", "changed"],
]);

export function changedFile(row: JsonReader): ChangedFile {
  const status = row.at("status").text();
  const previous = row.at("previous_filename").optionalText();
  return {
    path: row.at("filename").text(),
    previousPath: status === "copied" || previous === undefined ? null : previous,
    status: STATUS.get(status) ?? "modified",
  };
}

/** What changed from one listing to the other. */
export function treeDiff(base: ReadonlyMap<string, string>, head: ReadonlyMap<string, string>): readonly ChangedFile[] {
  const files: ChangedFile[] = [];
  const push = (path: string, status: FileStatus): void => {
    files.push({ path, previousPath: null, status });
  };
  for (const [path, object] of head) {
    const before = base.get(path);
    if (before === undefined) push(path, "added");
    else if (before !== object) push(path, typeOf(before) === typeOf(object) ? "modified" : "changed");
  }
  for (const path of base.keys()) if (!head.has(path)) push(path, "removed");
  return files.toSorted((a, b) => (a.path < b.path ? -1 : 1));
}

/** `100`, `120` or `160` of a mode: a file, a link, a submodule. */
function typeOf(object: string): string {
  return object.slice(0, 3);
}
