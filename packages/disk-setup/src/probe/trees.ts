import { ASIDE, type CatalogueRow } from "./catalogue.ts";
import { isWithin } from "./mounts.ts";
import type { Tree } from "./probe-data.ts";
import type { System } from "./system.ts";

type Paths = Pick<System, "resolve" | "list" | "kind">;

/** What of the row is on this machine, under the names that the kernel and its table of mounts have for it. */
export function findTrees(system: System, row: CatalogueRow): Tree[] {
  const trees: Tree[] = [];
  for (const pattern of row.paths) {
    for (const path of expand(system, pattern.replace("{toolcache}", toolcacheOf(system)))) {
      const kind = system.kind(path);
      if (kind === "directory" || kind === "link") trees.push({ row: row.id, path, kind });
      // A deletion that was stopped halfway has left its rest under another name.
      else if (system.kind(`${path}${ASIDE}`) === "directory") trees.push({ row: row.id, path, kind: "directory" });
    }
  }
  return trees;
}

/**
 * Where the running Node and the toolcache's part of PATH lie; of PATH only that, since a setup action has put it there
 * for this job, and the rest is the image's own.
 */
export function findUse(system: System): string[] {
  const { env, program, resolve } = system;
  const toolcache = toolcacheOf(system);
  const caches = [toolcache, resolve(toolcache) ?? toolcache];
  const directories = (env["PATH"] ?? "")
    .split(":")
    .filter((directory) =>
      [directory, resolve(directory) ?? directory].some((path) => caches.some((cache) => isWithin(path, cache))),
    );
  const used = [program, ...directories].flatMap((path) => placesOf(system, path));
  // What holds another of them says nothing more.
  return [...new Set(used)].filter((path) => !used.some((other) => other !== path && isWithin(other, path)));
}

const toolcacheOf = ({ env }: System): string =>
  env["AGENT_TOOLSDIRECTORY"] || env["RUNNER_TOOL_CACHE"] || "/opt/hostedtoolcache";

function expand(system: Paths, path: string): string[] {
  // A control character cannot be told from the end of a line where the script and the runner talk in lines.
  if (!path.startsWith("/") || /[\u0000-\u001f\u007f]/.test(path)) return [];
  if (!path.endsWith("*")) return [locate(system, path) ?? []].flat();
  const slash = path.lastIndexOf("/");
  const directory = system.resolve(path.slice(0, slash) || "/");
  if (directory === undefined) return [];
  const start = path.slice(slash + 1, -1);
  const names = system.list(directory).filter((name) => name.startsWith(start));
  const trees = names.map((name) => (name.endsWith(ASIDE) ? name.slice(0, -ASIDE.length) : name));
  return [...new Set(trees)].map((name) => within(directory, name));
}

/**
 * The path with every link in it resolved but the last name, which may be one itself: what a link in the middle leads
 * to would otherwise be compared with mount points and with what is in use under a name that they do not have.
 */
function locate(system: Paths, path: string): string | undefined {
  const plain = path.replace(/\/+$/, "");
  const slash = plain.lastIndexOf("/");
  const name = plain.slice(slash + 1);
  if (slash === -1 || name === "." || name === "..") return system.resolve(path);
  const directory = system.resolve(plain.slice(0, slash) || "/");
  return directory === undefined ? undefined : within(directory, name);
}

/** Each place that is needed for `path` to lead anywhere: it itself, and the links on the way to it. */
function placesOf(system: Paths, path: string): string[] {
  const names = path.split("/").filter((name) => name !== "");
  if (!path.startsWith("/") || names.length === 0) return [];
  const steps = names.map((_, index) => `/${names.slice(0, index + 1).join("/")}`);
  return [...steps.map((step) => locate(system, step) ?? step), system.resolve(path) ?? path];
}

const within = (directory: string, name: string): string => `${directory === "/" ? "" : directory}/${name}`;
