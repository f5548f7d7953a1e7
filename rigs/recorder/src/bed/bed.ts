import { cp, mkdir, readdir, readFile, realpath, rm, symlink, writeFile } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { type Ended, runProgram } from "./child-process.ts";
import type { HttpLog } from "./http-log.ts";
import { Normaliser, settleRequests, type Varying } from "./normalise.ts";
import { type RecordedStep, writeStep } from "./recording.ts";
import { settleLayoutIndex } from "./sample-layout.ts";
import { readFiles, writtenSince } from "./written-files.ts";

const BINS = {
  "changed-backends": "changed-backends",
  "merge-matrix": "merge-matrix",
  "digest-tools": "digest-tools",
  "disk-setup": "disk-setup",
  fanfold: "workflows",
} as const;

export type Bin = keyof typeof BINS;

export interface StepOptions {
  /** Below the bed's `work` folder. */
  readonly cwd?: string;
  readonly stdin?: string;
  readonly env?: Readonly<Record<string, string>>;
  readonly varying?: readonly Varying[];
  /** Keeps the requests in the order they came in: for commands that make one at a time. */
  readonly ordered?: boolean;
}

export interface BedGround {
  /** Removed by `end`. */
  readonly scratch: string;
  readonly checkout: string;
  /** Where this case's steps are recorded. */
  readonly folder: string;
  /** Where Node keeps compiled code; one for all cases. */
  readonly compileCache: string;
  /** Real programs that commands may start, by name; nothing else is on their PATH. */
  readonly programs: Readonly<Record<string, string>>;
}

/** What one case runs in: a scratch directory, a runner's files, an environment without anything of this machine's. */
export class Bed {
  readonly work: string;
  readonly normaliser: Normaliser = new Normaliser();
  readonly #ground: BedGround;
  readonly #ending: (() => Promise<void>)[] = [];
  #server: HttpLog | undefined;
  #steps = 0;

  private constructor(ground: BedGround) {
    this.#ground = ground;
    this.work = join(ground.scratch, "work");
    this.normaliser.name(ground.scratch, "<bed>");
    this.normaliser.name(ground.checkout, "<checkout>");
  }

  static async open(ground: BedGround): Promise<Bed> {
    for (const name of ["work", "home", "bin", "tmp", "runner"]) await mkdir(join(ground.scratch, name));
    for (const [name, file] of Object.entries(ground.programs)) await symlink(file, join(ground.scratch, "bin", name));
    const scratch = await realpath(ground.scratch);
    return new Bed({ ...ground, scratch });
  }

  /** A path in the work folder. */
  path(...parts: readonly string[]): string {
    return join(this.work, ...parts);
  }

  /** Where programs lie that commands may start. */
  get programs(): string {
    return join(this.#ground.scratch, "bin");
  }

  /** Docker's config file and other things of the user's. */
  get home(): string {
    return join(this.#ground.scratch, "home");
  }

  get environment(): Readonly<Record<string, string>> {
    const { scratch } = this.#ground;
    return {
      PATH: this.programs,
      HOME: this.home,
      DOCKER_CONFIG: join(this.home, ".docker"),
      TMPDIR: join(scratch, "tmp"),
      // Half of what a short command takes is compiling it.
      NODE_COMPILE_CACHE: this.#ground.compileCache,
      LANG: "C.UTF-8",
      TZ: "UTC",
      NO_COLOR: "1",
      GIT_CONFIG_GLOBAL: "/dev/null",
      GIT_CONFIG_NOSYSTEM: "1",
      GIT_CEILING_DIRECTORIES: scratch,
    };
  }

  async write(files: Readonly<Record<string, string>>, below = "."): Promise<void> {
    for (const [path, text] of Object.entries(files)) {
      const file = this.path(below, path);
      await mkdir(dirname(file), { recursive: true });
      await writeFile(file, text);
    }
  }

  async copy(from: string, below = "."): Promise<void> {
    await cp(from, this.path(below), { recursive: true });
  }

  /** Its requests belong to the steps from now on; it is closed at the end. */
  watch(server: HttpLog, close: () => Promise<void>): void {
    this.#server = server;
    this.atEnd(close);
  }

  atEnd(action: () => Promise<void>): void {
    this.#ending.push(action);
  }

  /** Runs a built command and records it. The answer is not normalised. */
  async run(bin: Bin, args: readonly string[], options: StepOptions = {}): Promise<Ended> {
    const { cwd = ".", stdin = "", env = {}, ordered = false } = options;
    // What a push copies, it copies several at a time, whatever it is told.
    const varying: readonly Varying[] = [...(options.varying ?? []), ...(args[0] === "push" ? ["turns" as const] : [])];
    const { scratch, checkout, folder } = this.#ground;
    const runner = join(scratch, "runner");
    await rm(runner, { recursive: true });
    await mkdir(runner);
    const files = { output: join(runner, "output"), summary: join(runner, "summary"), env: join(runner, "env") };
    for (const file of Object.values(files)) await writeFile(file, "");
    const before = await readFiles(this.work, new Set());
    this.#server?.take();
    const input = join(scratch, "stdin");
    await writeFile(input, stdin);

    const script = join(checkout, "packages", BINS[bin], "bin", `${bin}.js`);
    const ended = await runProgram({
      file: process.execPath,
      args: [script, ...args],
      cwd: this.path(cwd),
      env: {
        ...this.environment,
        GITHUB_OUTPUT: files.output,
        GITHUB_STEP_SUMMARY: files.summary,
        GITHUB_ENV: files.env,
        ...env,
      },
      stdin: input,
    });

    const left = await readdir(join(scratch, "tmp"));
    const clean = (text: string | Buffer): string => this.normaliser.apply(String(text), varying);
    const { files: changed, removed } = writtenSince(before, await readFiles(this.work, new Set()));
    const step: RecordedStep = {
      command: clean(commandLine(bin, args, cwd, env)),
      stdin: clean(stdin),
      exitCode: ended.end,
      stdout: clean(ended.stdout),
      stderr: clean(ended.stderr),
      output: clean(await readFile(files.output, "utf8")),
      summary: clean(await readFile(files.summary, "utf8")),
      environment: clean(await readFile(files.env, "utf8")),
      requests:
        this.#server === undefined
          ? undefined
          : settleRequests(this.normaliser.apply(this.#server.take()), ordered, varying),
      written: {
        files: new Map(
          [...changed].map(([path, content]) => [clean(path), this.#cleanContent(path, content, varying)]),
        ),
        removed: removed.map(clean),
        temporary: left.map(clean).toSorted(),
      },
    };
    this.#steps++;
    await writeStep(join(folder, String(this.#steps).padStart(2, "0")), step);
    return ended;
  }

  /** Ends servers and removes the scratch directory. */
  async end(): Promise<void> {
    for (const action of this.#ending.toReversed()) await action();
    await rm(this.#ground.scratch, { recursive: true, force: true });
  }

  #cleanContent(path: string, content: Buffer, varying: readonly Varying[]): Buffer {
    if (content.includes(0)) return content;
    const lists = varying.includes("order") && basename(path) === "index.json";
    return Buffer.from(this.normaliser.apply(lists ? settleLayoutIndex(String(content)) : String(content), varying));
  }
}

function commandLine(bin: Bin, args: readonly string[], cwd: string, env: Readonly<Record<string, string>>): string {
  const quote = (word: string) => (/^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`);
  const variables = Object.entries(env).map(([name, value]) => `${name}=${quote(value)}`);
  const words = [...variables, bin, ...args.map(quote)].join(" ");
  return cwd === "." ? words : `cd ${quote(cwd)} && ${words}`;
}
