import { execFileSync, spawn } from "node:child_process";
import { cpSync, existsSync, mkdirSync, readdirSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { fileURLToPath } from "node:url";
import { gitEnvironment } from "@fanfold-rigs/github-stand-in";

const root = fileURLToPath(new URL("../../..", import.meta.url));

export interface Run {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** A clone of this repository as it lies here, committed or not, with an `origin` of its own that takes pushes. */
export class ReleaseCheckout {
  readonly path: string;
  /** Bare. */
  readonly origin: string;

  private constructor(directory: string) {
    this.path = join(directory, "clone");
    this.origin = join(directory, "origin.git");
  }

  static create(directory: string): ReleaseCheckout {
    const checkout = new ReleaseCheckout(directory);
    execFileSync("git", ["init", "--quiet", "--bare", "--initial-branch=main", checkout.origin], {
      env: gitEnvironment(),
    });
    execFileSync("git", ["clone", "--quiet", checkout.origin, checkout.path], {
      env: gitEnvironment(),
      stdio: "ignore",
    });
    const list = ["ls-files", "-z", "--cached", "--others", "--exclude-standard"];
    const files = execFileSync("git", list, { cwd: root, encoding: "utf8" }).split("\0");
    for (const file of files.filter((each) => each !== "" && existsSync(join(root, each)))) {
      cpSync(join(root, file), join(checkout.path, file), { verbatimSymlinks: true });
    }
    checkout.#linkInstalled();
    checkout.push("feat: what is to be released");
    return checkout;
  }

  /** What `npm ci` would put there: the packages of others as links, and links to the clone's own ones. */
  #linkInstalled(): void {
    const installed = join(this.path, "node_modules");
    mkdirSync(installed);
    for (const name of readdirSync(join(root, "node_modules"))) {
      const [from, to] = [join(root, "node_modules", name), join(installed, name)];
      if (name.startsWith("@fanfold")) cpSync(from, to, { recursive: true, verbatimSymlinks: true });
      // What tools keep there is of the other checkout.
      else if (name !== ".cache") symlinkSync(from, to);
    }
    for (const name of readdirSync(join(root, "packages"))) this.#linkNested(join("packages", name, "node_modules"));
    for (const name of readdirSync(join(root, "rigs"))) this.#linkNested(join("rigs", name, "node_modules"));
    // The pattern for directories takes no links.
    writeFileSync(join(this.path, ".git/info/exclude"), "node_modules\n");
  }

  #linkNested(folder: string): void {
    if (existsSync(join(root, folder))) symlinkSync(join(root, folder), join(this.path, folder));
  }

  git(...args: readonly string[]): string {
    return execFileSync("git", args, { cwd: this.path, env: gitEnvironment(), encoding: "utf8", stdio: "pipe" }).trim();
  }

  inOrigin(...args: readonly string[]): string {
    // A bundle of an action is more than Node's default for what a program prints.
    const options = { env: gitEnvironment(), encoding: "utf8", maxBuffer: 10_000_000 } as const;
    return execFileSync("git", ["--git-dir", this.origin, ...args], options).trim();
  }

  /** A push to main that holds what lies in the clone. */
  push(message: string): void {
    this.git("add", "--all");
    this.git("-c", "user.name=A", "-c", "user.email=a@example.com", "commit", "--quiet", "--message", message);
    this.git("push", "--quiet", "origin", "HEAD:main");
  }

  /** A clone as a job has it that installs nothing: the last commit alone. */
  jobClone(path: string): string {
    const clone = ["clone", "--quiet", "--depth=1", `file://${this.origin}`, path];
    execFileSync("git", clone, { env: gitEnvironment(), stdio: "ignore" });
    return path;
  }
}

export interface Place {
  readonly cwd: string;
  readonly env?: Readonly<Record<string, string>>;
}

/** Runs a program to its end, while other things go on. */
export async function runIn({ cwd, env = {} }: Place, program: string, ...args: readonly string[]): Promise<Run> {
  const child = spawn(program, args, { cwd, env: { ...gitEnvironment(), ...env }, stdio: ["ignore", "pipe", "pipe"] });
  const ended = new Promise<number | null>((resolve) => child.on("close", resolve));
  const [stdout, stderr, status] = await Promise.all([text(child.stdout), text(child.stderr), ended]);
  return { status, stdout, stderr };
}
