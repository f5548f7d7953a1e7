import { execFileSync, type StdioOptions } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { type GitHubStandIn, ScratchRepository, startGitHubStandIn } from "@fanfold-rigs/github-stand-in";
import type { Machine } from "./machine.ts";
import { type MakeProject, type Project, suffixes } from "./projects.ts";

const fanfold = fileURLToPath(new URL("../../../packages/workflows/bin/fanfold.js", import.meta.url));

/** What a run is started by. */
export interface Trigger {
  /** The file's name: `backend.yml`. */
  readonly workflow: string;
  readonly event: string;
  readonly payload: Readonly<Record<string, unknown>>;
  readonly ref: string;
  readonly sha: string;
  readonly inputs?: Readonly<Record<string, string>>;
}

/** A repository with the workflows that `fanfold generate` made, hosted as `octo/images` by the stand-in for GitHub. */
export class HostedProject implements AsyncDisposable {
  readonly repository: ScratchRepository;
  readonly github: GitHubStandIn;
  /** What is published to, in each registry. */
  readonly images: readonly string[];
  readonly #workflowName: string;

  private constructor(repository: ScratchRepository, github: GitHubStandIn, project: Project) {
    this.repository = repository;
    this.github = github;
    this.images = project.images;
    this.#workflowName = project.workflowName;
  }

  static async create(machine: Machine, name: string, make: MakeProject = suffixes()): Promise<HostedProject> {
    const repository = await ScratchRepository.create();
    const project = make(machine, name);
    await repository.commit({ files: project.files });
    await repository.checkout("main");
    // A bake file is read by the machine's buildx.
    const env = { ...process.env, PATH: machine.env["PATH"], DOCKER_CONFIG: machine.env["DOCKER_CONFIG"] };
    const stdio: StdioOptions = ["ignore", "pipe", "pipe"];
    execFileSync(process.execPath, [fanfold, "generate"], { cwd: repository.path, env, stdio });
    const generated = readdirSync(join(repository.path, ".github"), { recursive: true, encoding: "utf8" })
      .filter((file) => /^(workflows|actions)\/.*\.yml$/.test(file))
      .map((file) => `.github/${file}`);
    const read = (file: string): string => readFileSync(join(repository.path, file), "utf8");
    await repository.commit({ files: Object.fromEntries(generated.map((file) => [file, read(file)])) });
    const github = await startGitHubStandIn({ repository: repository.path, owner: "octo", name: "images" });
    return new HostedProject(repository, github, project);
  }

  /** Commits to `main` and pushes that. */
  async push(files: Readonly<Record<string, string>>): Promise<Trigger> {
    const before = await this.repository.sha("main");
    const after = await this.repository.commit({ files });
    return this.#pushed("refs/heads/main", before, after);
  }

  async pushTag(name: string, target = "main"): Promise<Trigger> {
    return this.#pushed(`refs/tags/${name}`, "0".repeat(40), await this.repository.tag(name, target));
  }

  async schedule(cron: string): Promise<Trigger> {
    const sha = await this.repository.sha("main");
    const payload = { schedule: cron, repository: described };
    return { workflow: `${this.#workflowName}.yml`, event: "schedule", payload, ref: "refs/heads/main", sha };
  }

  /** The button, pressed on a tag. */
  async dispatch(tag: string): Promise<Trigger> {
    const ref = `refs/tags/${tag}`;
    const payload = { ref, inputs: {}, repository: described };
    return {
      workflow: `${this.#workflowName}.yml`,
      event: "workflow_dispatch",
      payload,
      ref,
      sha: await this.repository.sha(tag),
    };
  }

  /** Somebody without rights here asks to have `files` in `main`; what GitHub checks out is the merge of both. */
  async pullRequestFromFork(number: number, files: Readonly<Record<string, string>>): Promise<Trigger> {
    const base = { ref: "main", sha: await this.repository.sha("main") };
    await this.repository.branch("offered", "main");
    const head = { ref: "offered", sha: await this.repository.commit({ branch: "offered", files }) };
    await this.repository.branch("tried", "main");
    const sha = await this.repository.merge({ into: "tried", from: "offered" });
    this.github.setPullRequest({ number, base, head });
    const fork = { ...described, full_name: "mallory/images", fork: true };
    const pull = { number, base: { ...base, repo: described }, head: { ...head, repo: fork }, changed_files: 1 };
    const payload = { action: "synchronize", number, pull_request: pull, repository: described };
    return {
      workflow: `${this.#workflowName}_pr.yml`,
      event: "pull_request",
      payload,
      ref: `refs/pull/${number}/merge`,
      sha,
    };
  }

  #pushed(ref: string, before: string, after: string): Trigger {
    const created = /^0+$/.test(before);
    const payload = { ref, before, after, created, deleted: false, forced: false, repository: described };
    return { workflow: `${this.#workflowName}.yml`, event: "push", payload, ref, sha: after };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.github.close();
    await this.repository.remove();
  }
}

const described = { full_name: "octo/images", name: "images", owner: { login: "octo" }, default_branch: "main" };
