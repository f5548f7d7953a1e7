import { rm } from "node:fs/promises";
import { devNull } from "node:os";
import { join } from "node:path";
import type { Bed } from "./bed.ts";
import { runProgram } from "./child-process.ts";

// Commits get the same ids in every recording.
const FIRST = Date.UTC(2026, 0, 2, 3, 4, 5) / 1000;

/** A git repository in a bed, whose commits are the same in every run. */
export class SampleRepository {
  readonly #bed: Bed;
  readonly #folder: string;
  #commits = 0;

  private constructor(bed: Bed, folder: string) {
    this.#bed = bed;
    this.#folder = folder;
  }

  /** A repository of these files with one commit, on `main`. */
  static async create(
    bed: Bed,
    files: Readonly<Record<string, string>>,
    { folder = ".", from }: { readonly folder?: string; readonly from?: string } = {},
  ): Promise<SampleRepository> {
    const repository = new SampleRepository(bed, folder);
    if (from !== undefined) await bed.copy(from, folder);
    await repository.write(files);
    await repository.git("init", "--quiet", "--initial-branch=main", ".");
    await repository.commit("begin");
    return repository;
  }

  /** What git prints, without the last line's end. */
  async git(...args: readonly string[]): Promise<string> {
    const seconds = FIRST + this.#commits * 60;
    const who = { NAME: "Recorder", EMAIL: "recorder@example.invalid", DATE: `${seconds} +0000` };
    const identity = ["AUTHOR", "COMMITTER"].flatMap((role) =>
      Object.entries(who).map(([key, value]) => [`GIT_${role}_${key}`, value]),
    );
    const { end, stdout, stderr } = await runProgram({
      file: join(this.#bed.programs, "git"),
      args,
      cwd: this.#bed.path(this.#folder),
      env: { ...this.#bed.environment, ...Object.fromEntries(identity) },
      stdin: devNull,
    });
    if (end !== "0") throw new Error(`git ${args.join(" ")}: ${String(stderr)}${String(stdout)}`);
    return String(stdout).trimEnd();
  }

  async write(files: Readonly<Record<string, string>>): Promise<void> {
    await this.#bed.write(files, this.#folder);
  }

  async remove(path: string): Promise<void> {
    await rm(this.#bed.path(this.#folder, path), { recursive: true });
  }

  /** Commits everything, changed files included; the value is the commit. */
  async commit(message: string, files: Readonly<Record<string, string>> = {}): Promise<string> {
    await this.write(files);
    this.#commits++;
    await this.git("add", "--all");
    await this.git("commit", "--quiet", "--allow-empty", "--message", message);
    return this.git("rev-parse", "HEAD");
  }

  /** Merges a branch or commit without fast-forward; the value is the merge. */
  async merge(other: string): Promise<string> {
    this.#commits++;
    await this.git("merge", "--quiet", "--no-ff", "--message", `merge ${other.slice(0, 7)}`, other);
    return this.git("rev-parse", "HEAD");
  }
}
