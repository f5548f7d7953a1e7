import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { type GitHubStandIn, gitEnvironment, startGitHubStandIn } from "@fanfold-rigs/github-stand-in";
import { execa } from "execa";
import type { Plan } from "../plan/plan.ts";
import { runFanfold } from "./run-fanfold.ts";
import { writeStubLayout } from "./stub-layout.ts";

const DIGEST_TOOLS = fileURLToPath(new URL("../../../digest-tools/bin/digest-tools.js", import.meta.url));
const AUTHOR = ["-c", "user.name=a", "-c", "user.email=a@example.com"];

export interface PlannedRun {
  readonly run: string;
  readonly sha: string;
  readonly plan: Plan;
  readonly stderr: string;
  readonly summary: string;
  readonly outputs: ReadonlyMap<string, string>;
  /** Where its records go. */
  readonly records: string;
  readonly env: NodeJS.ProcessEnv;
}

interface WorldOptions {
  /** Repositories that images are published to. */
  readonly images: readonly string[];
  readonly config: string;
  readonly matrix: string;
  readonly files: Readonly<Record<string, string>>;
  readonly env?: NodeJS.ProcessEnv;
}

/** A repository that GitHub's stand-in hosts, whose runs plan by the built bins, build stubs and merge into real registries. */
export class ReuseWorld implements AsyncDisposable {
  readonly home: string;
  readonly root: string;
  readonly images: readonly string[];
  readonly #standIn: GitHubStandIn;
  readonly #env: NodeJS.ProcessEnv;
  #runs = 0;

  private constructor(home: string, images: readonly string[], standIn: GitHubStandIn, env: NodeJS.ProcessEnv) {
    this.home = home;
    this.root = join(home, "repository");
    this.images = images;
    this.#standIn = standIn;
    this.#env = env;
  }

  static async create({ images, config, matrix, files, env = {} }: WorldOptions): Promise<ReuseWorld> {
    const home = await mkdtemp(join(tmpdir(), "fanfold-reuse-"));
    const root = join(home, "repository");
    await mkdir(root);
    await execa("git", ["init", "-q", "-b", "main"], { cwd: root, env: gitEnvironment() });
    const standIn = await startGitHubStandIn({
      repository: root,
      owner: "octo",
      name: "images",
      defaultBranch: "main",
      workflows: ["backend.yml"],
    });
    const world = new ReuseWorld(home, images, standIn, env);
    await world.commit({ ".github/fanfold.yml": config, ".github/backend-matrix.yml": matrix, ...files });
    return world;
  }

  /** Commits files, of which null is taken away; the commit. */
  async commit(files: Readonly<Record<string, string | null>>): Promise<string> {
    for (const [path, text] of Object.entries(files)) {
      const file = join(this.root, path);
      await mkdir(dirname(file), { recursive: true });
      await (text === null ? rm(file) : writeFile(file, text));
    }
    await this.git("add", "-A");
    await this.git(...AUTHOR, "commit", "-q", "--allow-empty", "-m", "x");
    return this.git("rev-parse", "HEAD");
  }

  async git(...args: readonly string[]): Promise<string> {
    const { stdout } = await execa("git", args, { cwd: this.root, env: { ...process.env, ...gitEnvironment() } });
    return stdout;
  }

  /** A push of what was committed last; with files they are committed first. */
  async push(files?: Readonly<Record<string, string | null>>): Promise<PlannedRun> {
    if (files !== undefined) await this.commit(files);
    const [after, before] = (await this.git("log", "-2", "--format=%H")).split("\n");
    return this.run("push", "refs/heads/main", { before: before ?? "0".repeat(40), after });
  }

  /** A run for an event: planned, and in flight until somebody says otherwise. */
  async run(
    event: string,
    ref: string,
    payload: Readonly<Record<string, unknown>>,
    { args = [], title }: { readonly args?: readonly string[]; readonly title?: string } = {},
  ): Promise<PlannedRun> {
    this.#runs += 1;
    const id = 100 + this.#runs;
    const run = String(id);
    const sha = await this.git("rev-parse", "HEAD");
    const [eventFile, summaryFile, outputFile] = ["event.json", "summary", "outputs"].map((name) =>
      join(this.home, `${run}-${name}`),
    );
    if (eventFile === undefined || summaryFile === undefined || outputFile === undefined)
      throw new Error("three names");
    const repository = { full_name: "octo/images", default_branch: "main" };
    await writeFile(eventFile, JSON.stringify({ ref, repository, ...payload }));
    for (const file of [summaryFile, outputFile]) await writeFile(file, "");
    const branch = ref.replace(/^refs\/(?:heads|tags)\//, "");
    this.#standIn.setRun({ id, file: "backend.yml", branch, sha, event, status: "in_progress", title });
    const env = {
      ...gitEnvironment(),
      PATH: process.env["PATH"],
      HOME: this.home,
      GITHUB_EVENT_NAME: event,
      GITHUB_EVENT_PATH: eventFile,
      GITHUB_REF: ref,
      GITHUB_SHA: sha,
      GITHUB_REPOSITORY: "octo/images",
      GITHUB_RUN_ID: run,
      GITHUB_RUN_ATTEMPT: "1",
      GITHUB_WORKFLOW: "backend",
      GITHUB_WORKFLOW_REF: "octo/images/.github/workflows/backend.yml@refs/heads/main",
      GITHUB_API_URL: this.#standIn.apiUrl,
      GITHUB_SERVER_URL: this.#standIn.url,
      GITHUB_TOKEN: "token",
      ...this.#env,
    };
    const { code, stdout, stderr } = await runFanfold(["plan", "--json", ...args], {
      cwd: this.root,
      env: { ...env, GITHUB_STEP_SUMMARY: summaryFile, GITHUB_OUTPUT: outputFile },
    });
    if (code !== 0) throw new Error(`plan ended with ${code}: ${stderr}`);
    const plan: Plan = JSON.parse(stdout);
    await writeFile(join(this.home, `${run}-plan.json`), stdout);
    const [summary, written] = await Promise.all([summaryFile, outputFile].map((file) => readFile(file, "utf8")));
    const pairs = [...(written ?? "").matchAll(/^(\S+?)<<(\S+)\n([\s\S]*?)\n\2$/gm)];
    const outputs = new Map(pairs.map(([, name = "", , value = ""]) => [name, value]));
    return { run, sha, plan, stderr, summary: summary ?? "", outputs, records: join(this.home, `${run}-records`), env };
  }

  /** What `fanfold status` says of each image, of the commit that is checked out. */
  async status(): Promise<Readonly<Record<string, string>>> {
    const env = { ...gitEnvironment(), PATH: process.env["PATH"], HOME: this.home, ...this.#env };
    const { stdout, stderr } = await runFanfold(["status", "--json"], { cwd: this.root, env });
    if (stdout === "") throw new Error(`status: ${stderr}`);
    const { images }: { readonly images: readonly { readonly image: string; readonly state: string }[] } =
      JSON.parse(stdout);
    return Object.fromEntries(images.map(({ image, state }) => [image, state]));
  }

  /** Builds stubs of all entries but those of some images, and merges what is there; the merge's report by image. */
  async finish(
    planned: PlannedRun,
    { failing = [] }: { readonly failing?: readonly string[] } = {},
  ): Promise<Readonly<Record<string, string>>> {
    const { plan, records, run, env } = planned;
    await mkdir(records, { recursive: true });
    for (const entry of plan.matrices["include"]?.entries ?? []) {
      const suffix = String(entry["tag-suffix"] ?? "");
      if (failing.includes(suffix)) continue;
      const artifact = entry["artifact-name"];
      const group = plan.groups.find(({ legs }) => legs.some((leg) => leg["artifact-name"] === artifact));
      const platform = String(entry["platforms"]);
      const layout = join(this.home, `${run}-${artifact}`);
      await writeStubLayout(layout, `${artifact} ${group?.["content-key"]}`, platform.replace("linux/", ""));
      const tag = entry["platform-tag"] === undefined ? [] : ["--platform-tag", String(entry["platform-tag"])];
      const to = this.images.flatMap((image) => ["--image", image]);
      const args = ["push", ...to, "--platform", platform, "--tag-suffix", suffix, ...tag];
      await this.#digestTools([...args, "--record-dir", records, "--layout", layout], env);
    }
    const merged = await this.#digestTools(
      ["merge-all", "--plan", join(this.home, `${run}-plan.json`), "--record-dir", records, "--json"],
      env,
      false,
    );
    this.end(planned, failing.length === 0 ? "success" : "failure");
    const report: { readonly groups: readonly { readonly image: string; readonly verdict: string }[] } = JSON.parse(
      merged || '{"groups":[]}',
    );
    return Object.fromEntries(report.groups.map(({ image, verdict }) => [image, verdict]));
  }

  /** Publishes an image of somebody else's; what its tag stands for then. */
  async publish(repository: string, tag: string, content: string): Promise<string> {
    const layout = await mkdtemp(join(this.home, "layout-"));
    await writeStubLayout(layout, content, "amd64");
    const what = ["--platform", "linux/amd64", "--tag-suffix", "", "--tag", tag, "--record-dir", `${layout}-record`];
    const env = { PATH: process.env["PATH"], HOME: this.home };
    await this.#digestTools(["push", "--image", repository, ...what, "--layout", layout], env);
    return this.digestOf(repository, tag);
  }

  /** What a tag stands for. */
  async digestOf(repository: string, tag: string): Promise<string> {
    const [host = "", ...path] = repository.split("/");
    const accept = "application/vnd.oci.image.index.v1+json, application/vnd.oci.image.manifest.v1+json";
    const url = `http://${host}/v2/${path.join("/")}/manifests/${tag}`;
    const { headers } = await fetch(url, { method: "HEAD", headers: { accept } });
    return headers.get("docker-content-digest") ?? "";
  }

  /** The run is over. */
  end({ run, sha }: Pick<PlannedRun, "run" | "sha">, conclusion: "success" | "failure" | "cancelled"): void {
    const common = { id: Number(run), file: "backend.yml", branch: "main", sha, event: "push" };
    this.#standIn.setRun({ ...common, status: "completed", conclusion });
  }

  async #digestTools(args: readonly string[], env: NodeJS.ProcessEnv, mustSucceed = true): Promise<string> {
    const { exitCode, stdout, stderr } = await execa(process.execPath, [DIGEST_TOOLS, ...args], {
      cwd: this.home,
      env: { ...env, GITHUB_STEP_SUMMARY: "" },
      extendEnv: false,
      reject: false,
    });
    if (mustSucceed && exitCode !== 0) throw new Error(`digest-tools ${args[0]}: ${stderr}`);
    return stdout;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#standIn.close();
    await rm(this.home, { recursive: true });
  }
}

/** What a run builds, and what it publishes again. */
export function outcome({ plan }: PlannedRun): Readonly<Record<string, string>> {
  return Object.fromEntries(plan.groups.map(({ image, from }) => [image, from === null ? "build" : from.why]));
}
