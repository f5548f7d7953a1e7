import { existsSync, realpathSync } from "node:fs";
import { basename, dirname, join, relative, resolve, sep } from "node:path";
import type { Host } from "@fanfold-internal/kit/process/host";

/**
 * Where paths begin. Found by its .git, without asking git: from where the command runs, else from a file that was named
 * (`actions/checkout` with `path`); without one, the workspace, or where the command runs.
 */
export function findRoot({ cwd, env }: Pick<Host, "cwd" | "env">, named?: string): string {
  const around = named === undefined ? undefined : rootAbove(dirname(resolve(cwd, named)));
  return rootAbove(cwd) ?? around ?? (env["GITHUB_WORKSPACE"] || cwd);
}

function rootAbove(start: string): string | undefined {
  for (let directory = start; ; directory = dirname(directory)) {
    if (existsSync(join(directory, ".git"))) return directory;
    if (dirname(directory) === directory) return undefined;
  }
}

/**
 * A path as the user typed it, from the repository's root, as git has it: links on the way to its directory are followed,
 * the file itself may be one. `../x`: it is not in the repository.
 */
export function fromRoot(root: string, cwd: string, path: string): string {
  const file = resolve(cwd, path);
  if (file === resolve(root)) return ".";
  return (
    relative(real(root), join(real(dirname(file)), basename(file)))
      .split(sep)
      .join("/") || "."
  );
}

function real(directory: string): string {
  try {
    return realpathSync(directory);
  } catch {
    return resolve(directory);
  }
}
