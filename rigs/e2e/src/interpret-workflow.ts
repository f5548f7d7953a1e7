import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { convertWorkflowTemplate, NoOperationTraceWriter, parseWorkflow } from "@actions/workflow-parser";
import { isJsonObject, type Json, type JsonObject } from "@fanfold-internal/kit/read/json";
import { parse } from "yaml";
import { condition, interpolate, resolved, type Status } from "./expressions.ts";
import type { HostedProject, Trigger } from "./hosted-project.ts";
import { runSteps } from "./job-steps.ts";
import type { Machine } from "./machine.ts";

export type Result = Status | "skipped";

/** One job of a matrix, or a job without one. */
export interface Part {
  /** The artifact name of the matrix' entry; empty without a matrix. */
  readonly name: string;
  readonly result: Result;
}

interface JobRun {
  readonly result: Result;
  readonly outputs: Readonly<Record<string, string>>;
  readonly parts: readonly Part[];
}

/** What became of one attempt of a run. */
export interface WorkflowRun {
  readonly id: number;
  readonly attempt: number;
  /** By the ids of the workflow's jobs. */
  readonly jobs: ReadonlyMap<string, JobRun>;
  /** The jobs that this attempt ran, as `job` or `job/artifact`, in order of their ends. */
  readonly ran: readonly string[];
  readonly log: string;
}

/** The results of jobs, as `needs` has them. */
export function resultsOf({ jobs }: WorkflowRun): Readonly<Record<string, Result>> {
  return Object.fromEntries([...jobs].map(([id, { result }]) => [id, result]));
}

/**
 * GitHub, as far as generated workflows need it: jobs by their `needs` and `if`, matrices, called workflows with the
 * inputs and secrets that they are handed, concurrency groups whose jobs wait for one another, re-runs of failed jobs.
 */
export class Interpreter {
  readonly #machine: Machine;
  readonly #project: HostedProject;
  readonly #groups = new Map<string, Promise<void>>();

  constructor(machine: Machine, project: HostedProject) {
    this.#machine = machine;
    this.#project = project;
  }

  async run(trigger: Trigger, id: number): Promise<WorkflowRun> {
    return await this.#attempt(trigger, { id, attempt: 1, jobs: new Map(), ran: [], log: "" });
  }

  /** "Re-run failed jobs": what succeeded keeps its outputs; what failed runs again, and what needs that. */
  async rerunFailed(trigger: Trigger, { id, attempt, jobs }: WorkflowRun): Promise<WorkflowRun> {
    return await this.#attempt(trigger, { id, attempt: attempt + 1, jobs, ran: [], log: "" });
  }

  async #attempt(trigger: Trigger, run: WorkflowRun): Promise<WorkflowRun> {
    const directory = join(this.#machine.directory, "runs", `${run.id}-${run.attempt}`);
    mkdirSync(directory, { recursive: true });
    const event = join(directory, "event.json");
    writeFileSync(event, JSON.stringify(trigger.payload));
    const workflow = await this.#read(trigger, `.github/workflows/${trigger.workflow}`);
    const github = {
      event_name: trigger.event,
      event: JSON.parse(JSON.stringify(trigger.payload)),
      ref: trigger.ref,
      sha: trigger.sha,
      repository: "octo/images",
      run_id: String(run.id),
      run_attempt: String(run.attempt),
      workflow: String(workflow["name"]),
      token: "github-token",
    };
    const env = {
      ...this.#machine.env,
      CI: "true",
      GITHUB_ACTIONS: "true",
      GITHUB_EVENT_NAME: trigger.event,
      GITHUB_EVENT_PATH: event,
      GITHUB_REF: trigger.ref,
      GITHUB_SHA: trigger.sha,
      GITHUB_REPOSITORY: "octo/images",
      GITHUB_RUN_ID: String(run.id),
      GITHUB_RUN_ATTEMPT: String(run.attempt),
      GITHUB_SERVER_URL: this.#project.github.url,
      GITHUB_API_URL: this.#project.github.apiUrl,
    };
    const ran: string[] = [];
    let log = "";
    const execution: Execution = {
      trigger,
      directory,
      env,
      contexts: { github, inputs: trigger.inputs ?? {}, secrets: this.#machine.secrets },
      ended: (label, text) => {
        ran.push(label);
        log += `# ${label}\n${text}`;
      },
    };
    const jobs = await this.#jobs(workflow, execution, "", run.jobs);
    return { ...run, jobs, ran, log };
  }

  async #jobs(
    workflow: JsonObject,
    execution: Execution,
    label: string,
    before: ReadonlyMap<string, JobRun>,
  ): Promise<ReadonlyMap<string, JobRun>> {
    const jobs = objectOf(workflow["jobs"]);
    const runs = new Map<string, Promise<{ readonly run: JobRun; readonly again: boolean }>>();
    const start = async (id: string, job: JsonObject): Promise<{ readonly run: JobRun; readonly again: boolean }> => {
      const names = Array.isArray(job["needs"]) ? job["needs"].map(String) : [];
      const needed = await Promise.all(names.map(async (name) => [name, await runs.get(name)] as const));
      const earlier = before.get(id);
      const again = earlier === undefined || needed.some(([, need]) => need?.again);
      if (!again && earlier.result !== "failure") return { run: earlier, again: false };
      const needs = Object.fromEntries(
        needed.map(([name, need]) => [name, { result: need?.run.result ?? "", outputs: need?.run.outputs ?? {} }]),
      );
      const kept = again ? [] : (earlier?.parts ?? []).filter(({ result }) => result === "success");
      const contexts = { ...execution.contexts, needs };
      const run = await this.#job(job, { ...execution, contexts }, label === "" ? id : label, kept);
      return { run, again: true };
    };
    // In the file's order, in which a job comes after those that it needs.
    for (const [id, job] of Object.entries(jobs)) runs.set(id, start(id, objectOf(job)));
    return new Map(await Promise.all([...runs].map(async ([id, each]) => [id, (await each).run] as const)));
  }

  async #job(job: JsonObject, execution: Execution, label: string, kept: readonly Part[]): Promise<JobRun> {
    const { contexts } = execution;
    const needs = Object.values(objectOf(contexts["needs"])).map((need) => objectOf(need)["result"]);
    const status = needs.every((result) => result === "success") ? "success" : "failure";
    if (!condition(job["if"], contexts, status)) return { result: "skipped", outputs: {}, parts: [] };
    const strategy = objectOf(resolved(job["strategy"] ?? {}, contexts));
    const include = objectOf(strategy["matrix"])["include"];
    const entries = Array.isArray(include) ? include : [undefined];
    const outputs: Record<string, string> = {};
    const parts = entries.map(async (entry): Promise<Part> => {
      const name = isJsonObject(entry) ? String(entry["artifact-name"]) : "";
      const before = kept.find((part) => part.name === name);
      if (before !== undefined) return before;
      const own = { ...execution, contexts: { ...contexts, ...(entry === undefined ? {} : { matrix: entry }) } };
      const group = objectOf(job["concurrency"])["group"];
      const result = await this.#alone(group === undefined ? undefined : interpolate(String(group), own.contexts), () =>
        this.#part(job, own, name === "" ? label : `${label}/${name}`, outputs),
      );
      return { name, result };
    });
    const ends = await Promise.all(parts);
    const failed = ends.some(({ result }) => result === "failure");
    return { result: failed ? "failure" : "success", outputs, parts: ends };
  }

  async #part(job: JsonObject, execution: Execution, label: string, outputs: Record<string, string>): Promise<Status> {
    const { contexts, env, directory } = execution;
    const { uses } = job;
    if (typeof uses === "string") {
      const workflow = await this.#read(execution.trigger, uses.replace(/^\.\//, ""));
      // A called workflow sees what it is handed, and the caller's `github`.
      const own = {
        github: contexts["github"] ?? {},
        inputs: resolved(job["with"] ?? {}, contexts),
        secrets: resolved(job["secrets"] ?? {}, contexts),
      };
      const jobs = await this.#jobs(workflow, { ...execution, contexts: own }, label, new Map());
      return [...jobs.values()].some(({ result }) => result === "failure") ? "failure" : "success";
    }
    const runsOn = resolved(job["runs-on"] ?? "", contexts);
    const actions = this.#machine.actions;
    const end = await runSteps({ job: { ...job, "runs-on": runsOn }, contexts, env, directory, actions });
    Object.assign(outputs, end.outputs);
    execution.ended(label, end.log);
    return end.status;
  }

  /** One after the other, all of them: `queue: max`. */
  async #alone<T>(group: string | undefined, work: () => Promise<T>): Promise<T> {
    if (group === undefined) return await work();
    const previous = this.#groups.get(group) ?? Promise.resolve();
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#groups.set(group, promise);
    await previous;
    try {
      return await work();
    } finally {
      resolve();
    }
  }

  /** As committed, and as GitHub's own parser takes it. */
  async #read(trigger: Trigger, path: string): Promise<JsonObject> {
    const content = await this.#project.repository.git("show", `${trigger.sha}:${path}`);
    const { context, value } = parseWorkflow({ name: path, content }, new NoOperationTraceWriter());
    if (value !== undefined) await convertWorkflowTemplate(context, value);
    const [error] = context.errors.getErrors();
    if (error !== undefined) throw new Error(`${path}: ${error.message}`);
    const workflow: Json = parse(content);
    return objectOf(workflow);
  }
}

interface Execution {
  readonly trigger: Trigger;
  readonly directory: string;
  readonly env: Readonly<Record<string, string>>;
  readonly contexts: JsonObject;
  readonly ended: (label: string, log: string) => void;
}

function objectOf(value: Json | undefined): JsonObject {
  return isJsonObject(value) ? value : {};
}
