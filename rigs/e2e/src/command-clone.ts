import { execFileSync } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { gitEnvironment } from "@fanfold-rigs/github-stand-in";

const root = fileURLToPath(new URL("../../../", import.meta.url));

/** Each command, and the folder of its package. */
export const COMMANDS: Readonly<Record<string, string>> = {
  "changed-backends": "changed-backends",
  "merge-matrix": "merge-matrix",
  "disk-setup": "disk-setup",
  "digest-tools": "digest-tools",
  fanfold: "workflows",
};

/** A clone of the example repository in which the built commands are called by their names, outside of Actions. */
export class CommandClone implements Disposable {
  readonly #directory: string;
  readonly path: string;
  readonly env: Readonly<Record<string, string>>;

  constructor() {
    this.#directory = mkdtempSync(join(tmpdir(), "fanfold-commands-"));
    this.path = join(this.#directory, "clone");
    const bin = join(this.#directory, "bin");
    const { PATH = "", HOME = "/" } = process.env;
    const author = { GIT_AUTHOR_NAME: "Ada", GIT_AUTHOR_EMAIL: "ada@example.com" };
    const committer = { GIT_COMMITTER_NAME: "Ada", GIT_COMMITTER_EMAIL: "ada@example.com" };
    this.env = { ...gitEnvironment(), ...author, ...committer, PATH: `${bin}:${PATH}`, HOME, TMPDIR: this.#directory };
    mkdirSync(bin);
    for (const [name, folder] of Object.entries(COMMANDS)) {
      symlinkSync(join(root, "packages", folder, "bin", `${name}.js`), join(bin, name));
    }
    cpSync(join(root, "examples/backends"), this.path, { recursive: true });
    this.#git("init", "-q", "-b", "main");
    this.#git("add", ".");
    this.#git("commit", "-q", "-m", "first");
    this.#git("checkout", "-q", "-b", "topic");
    writeFileSync(join(this.path, "backend/python/common/loader.py"), "changed\n");
    this.#git("commit", "-q", "-a", "-m", "loader");
  }

  #git(...args: readonly string[]): void {
    execFileSync("git", args, { cwd: this.path, env: this.env });
  }

  [Symbol.dispose](): void {
    rmSync(this.#directory, { recursive: true });
  }
}
