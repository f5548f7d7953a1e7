import { execFileSync } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { type GitHubStandIn, ScratchRepository, startGitHubStandIn } from "@fanfold-rigs/github-stand-in";
import type { Machine } from "./machine.ts";

const fanfold = fileURLToPath(new URL("../../../packages/workflows/bin/fanfold.js", import.meta.url));

/** What a run is started by. */
export interface Trigger {
  readonly workflow: "backend.yml" | "backend_pr.yml";
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
  /** One in each registry. */
  readonly images: readonly string[];

  private constructor(repository: ScratchRepository, github: GitHubStandIn, images: readonly string[]) {
    this.repository = repository;
    this.github = github;
    this.images = images;
  }

  /** `alpha` and `beta` in two native legs, `beta` without a `latest`, and `gamma`, a single. */
  static async create(machine: Machine, name: string): Promise<HostedProject> {
    const repository = await ScratchRepository.create();
    const images = machine.registries.map(({ host }) => `${host}/${name}/backends`);
    await repository.commit({ files: projectFiles(machine, images) });
    await repository.checkout("main");
    execFileSync(process.execPath, [fanfold, "generate"], { cwd: repository.path, stdio: ["ignore", "pipe", "pipe"] });
    const generated = readdirSync(join(repository.path, ".github"), { recursive: true, encoding: "utf8" })
      .filter((file) => /^(workflows|actions)\/.*\.yml$/.test(file))
      .map((file) => `.github/${file}`);
    const read = (file: string): string => readFileSync(join(repository.path, file), "utf8");
    await repository.commit({ files: Object.fromEntries(generated.map((file) => [file, read(file)])) });
    const github = await startGitHubStandIn({ repository: repository.path, owner: "octo", name: "images" });
    return new HostedProject(repository, github, images);
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
    return { workflow: "backend.yml", event: "schedule", payload, ref: "refs/heads/main", sha };
  }

  /** The button, pressed on a tag. */
  async dispatch(tag: string): Promise<Trigger> {
    const ref = `refs/tags/${tag}`;
    const payload = { ref, inputs: {}, repository: described };
    return { workflow: "backend.yml", event: "workflow_dispatch", payload, ref, sha: await this.repository.sha(tag) };
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
    return { workflow: "backend_pr.yml", event: "pull_request", payload, ref: `refs/pull/${number}/merge`, sha };
  }

  #pushed(ref: string, before: string, after: string): Trigger {
    const created = /^0+$/.test(before);
    const payload = { ref, before, after, created, deleted: false, forced: false, repository: described };
    return { workflow: "backend.yml", event: "push", payload, ref, sha: after };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.github.close();
    await this.repository.remove();
  }
}

const described = { full_name: "octo/images", name: "images", owner: { login: "octo" }, default_branch: "main" };

function projectFiles(machine: Machine, images: readonly string[]): Readonly<Record<string, string>> {
  const config = {
    images,
    inputs: [{ paths: ["{dockerfile}", "backends/{backend}/**"] }],
    ignore: ["**/*.md"],
    workflow: {
      branches: ["main"],
      cron: "0 6 * * 0",
      registries: machine.registries.map(({ host }, index) => ({
        host,
        username: `USERNAME_${index + 1}`,
        password: `PASSWORD_${index + 1}`,
      })),
    },
  };
  const entry = (backend: string, arch: "amd64" | "arm64", rest: object): object => ({
    backend,
    "tag-suffix": `-${backend}`,
    platforms: `linux/${arch}`,
    "runs-on": arch === "arm64" ? "ubuntu-24.04-arm" : "ubuntu-24.04",
    dockerfile: "Dockerfile",
    context: `backends/${backend}`,
    ...rest,
  });
  const legs = (backend: string, latest: string): readonly object[] =>
    (["amd64", "arm64"] as const).map((arch) => entry(backend, arch, { "platform-tag": arch, "tag-latest": latest }));
  const include = [...legs("alpha", "auto"), ...legs("beta", "false"), entry("gamma", "amd64", {})];
  return {
    // JSON is YAML.
    ".github/fanfold.yml": JSON.stringify(config, null, 2),
    ".github/backend-matrix.yml": JSON.stringify({ include }, null, 2),
    Dockerfile: "FROM scratch\nCOPY . /\n",
    ...Object.fromEntries(["alpha", "beta", "gamma"].map((backend) => [`backends/${backend}/file`, `${backend} 1\n`])),
    "README.md": "# Images\n",
  };
}
