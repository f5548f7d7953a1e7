import type { Addresses } from "./addresses.ts";

/** GitHub's documented limits; a test lowers one so that it needs no hundred thousand files. */
export interface Limits {
  /** Files in a comparison, all pages together. https://docs.github.com/rest/commits/commits#compare-two-commits */
  readonly compareFiles: number;
  /** Rows of a pull request's files, all pages together. https://docs.github.com/rest/pulls/pulls#list-pull-requests-files */
  readonly pullFiles: number;
  /** Entries of a recursive tree. https://docs.github.com/rest/git/trees#get-a-tree */
  readonly treeEntries: number;
  /** Bytes of the same, counted here over the entries as JSON. */
  readonly treeBytes: number;
}

export const githubLimits: Limits = {
  compareFiles: 300,
  pullFiles: 3_000,
  treeEntries: 100_000,
  treeBytes: 7 * 1024 * 1024,
};

export interface PullRequest {
  readonly number: number;
  readonly base: { readonly ref: string; readonly sha: string };
  readonly head: { readonly ref: string; readonly sha: string };
}

/** A run of a workflow, as GitHub has it. */
export interface WorkflowRun {
  readonly id: number;
  /** The workflow's file: `backend.yml`. */
  readonly file: string;
  readonly branch: string;
  readonly sha: string;
  readonly event: string;
  readonly status: "queued" | "in_progress" | "completed" | "requested" | "waiting" | "pending";
  /** Of one that is over. */
  readonly conclusion?: "success" | "failure" | "cancelled" | "skipped" | "timed_out" | "neutral" | undefined;
  /** Its `run-name`; else what the event says. */
  readonly title?: string | undefined;
  readonly attempt?: number | undefined;
  /** Those of its last attempt. Default: none. */
  readonly jobs?: readonly RunJob[] | undefined;
}

/** A job of a run that is over; times as GitHub writes them: `2026-03-01T10:00:00Z`. */
export interface RunJob {
  readonly name: string;
  readonly conclusion: "success" | "failure" | "cancelled" | "skipped" | "timed_out" | "neutral";
  readonly created: string;
  readonly started: string;
  readonly completed: string;
  /** What `runs-on` asked for. Default: `ubuntu-latest`. */
  readonly labels?: readonly string[] | undefined;
}

/** A release of a tag, with its notes. */
export interface Release {
  readonly id: number;
  readonly tag: string;
  readonly name: string;
  readonly body: string;
}

/** What answers are made of. */
export interface World {
  readonly gitDir: string;
  readonly owner: string;
  readonly name: string;
  readonly defaultBranch: string | null;
  readonly limits: Limits;
  readonly pullRequests: ReadonlyMap<number, PullRequest>;
  readonly runs: ReadonlyMap<number, WorkflowRun>;
  /** Files of workflows that are there, whether they have run or not. */
  readonly workflows: ReadonlySet<string>;
  /** By their tags; requests add to them. */
  readonly releases: Map<string, Release>;
}

/** One request to the REST API, as its route sees it. */
export interface Call {
  readonly world: World;
  readonly url: URL;
  readonly accept: string;
  readonly addresses: Addresses;
  /** What a POST sends, as JSON; undefined: it is a GET. */
  readonly posted: { readonly value: unknown } | undefined;
}
