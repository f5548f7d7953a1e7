import { existsSync } from "node:fs";
import { dirname, join, relative, resolve, sep } from "node:path";
import type { Host } from "@fanfold-internal/edge/host";

/** Where paths begin. Found by its .git, without asking git; without one, the workspace, or where the command runs. */
export function findRoot({ cwd, env }: Pick<Host, "cwd" | "env">): string {
  for (let directory = cwd; ; directory = dirname(directory)) {
    if (existsSync(join(directory, ".git"))) return directory;
    if (dirname(directory) === directory) return env["GITHUB_WORKSPACE"] || cwd;
  }
}

/** A path as the user typed it, from the repository's root. */
export function fromRoot(root: string, cwd: string, path: string): string {
  return relative(root, resolve(cwd, path)).split(sep).join("/") || ".";
}
