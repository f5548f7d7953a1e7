import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { type Testbed, type TestbedEngine, testbed } from "@fanfold-rigs/testbed";
import { execa } from "execa";
import { type FanfoldRun, runFanfold } from "./run-fanfold.ts";

const found = testbed();

/** Why tests with an engine cannot run here; undefined: they can. */
export const noEngine: string | undefined =
  "unavailable" in found ? found.unavailable : found.docker === null ? "only registries, no engine" : undefined;

/** The test bed with its engine, where `noEngine` says nothing. */
export function engineBed(): Testbed & { readonly docker: TestbedEngine } {
  if ("unavailable" in found || found.docker === null) throw new Error("no test bed");
  return { ...found, docker: found.docker };
}

/** The environment of a job that has the engine, its builder and a home of its own. */
export function engineEnvironment(home: string): Readonly<Record<string, string>> {
  const { tools, docker } = engineBed();
  return {
    PATH: `${dirname(tools.docker)}:${process.env["PATH"]}`,
    HOME: home,
    DOCKER_HOST: docker.host,
    DOCKER_CONFIG: docker.config,
    BUILDX_BUILDER: docker.builder,
  };
}

/** A repository in which `fanfold build` runs on the test bed, with its plan beside it. */
export class EngineProject {
  readonly directory: string;
  /** Where its images may go: a namespace of its own in each of two registries. */
  readonly registries: readonly string[];

  private constructor(directory: string) {
    this.directory = directory;
    const name = directory.slice(-6).toLowerCase();
    this.registries = engineBed()
      .registries.slice(0, 2)
      .map(({ host }) => `${host}/engine-${name}`);
  }

  static async create(): Promise<EngineProject> {
    return new EngineProject(await mkdtemp(join(tmpdir(), "fanfold-engine-")));
  }

  get env(): Readonly<Record<string, string>> {
    return engineEnvironment(this.directory);
  }

  path(...names: readonly string[]): string {
    return join(this.directory, ...names);
  }

  async write(files: Readonly<Record<string, string>>): Promise<void> {
    for (const [name, text] of Object.entries(files)) {
      await mkdir(dirname(this.path(name)), { recursive: true });
      await writeFile(this.path(name), text);
    }
  }

  /** Commits all files, and plans that everything is built. Returns the commit. */
  async plan(): Promise<string> {
    const git = async (...args: readonly string[]): Promise<string> => {
      const own = ["-c", "user.name=x", "-c", "user.email=x@example.com"];
      return (await execa("git", [...own, ...args], { cwd: this.directory })).stdout;
    };
    await git("init", "--quiet", "--initial-branch=main");
    await git("add", "--all");
    await git("commit", "--quiet", "--allow-empty", "--message=x");
    const { code, stdout, stderr } = await this.fanfold(["plan", "--force-all", "--json"]);
    if (code !== 0 || stderr.includes("error")) throw new Error(stderr);
    await this.write({ "plan.json": stdout });
    return git("rev-parse", "HEAD");
  }

  async fanfold(args: readonly string[], more: Readonly<Record<string, string>> = {}): Promise<FanfoldRun> {
    return runFanfold(args, { cwd: this.directory, env: { ...this.env, ...more } });
  }

  async docker(...args: readonly string[]): Promise<string> {
    return (await execa("docker", [...args], { cwd: this.directory, env: this.env })).stdout;
  }

  async crane(command: string, ...args: readonly string[]): Promise<string> {
    return (await execa(engineBed().tools.crane, [command, "--insecure", ...args], { env: this.env })).stdout;
  }

  async remove(): Promise<void> {
    await rm(this.directory, { recursive: true, force: true });
  }
}
