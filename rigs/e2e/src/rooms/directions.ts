import { posix } from "node:path";
import type { Import } from "./imports.ts";
import type { Rooms } from "./rooms.ts";

/** A source file: `path` from the repository's root, with `/`. */
export interface Source {
  readonly path: string;
  readonly imports: readonly Import[];
}

const AREAS = ["internal", "packages", "rigs"];
/** Scopes of the workspace's packages, by the folder they are in. */
const SCOPES: Readonly<Record<string, string>> = {
  "@fanfold-internal": "internal",
  "@fanfold": "packages",
  "@fanfold-rigs": "rigs",
};

/** Every import that goes the wrong way, as `file:line imports specifier: reason`. */
export function wrongImports(sources: readonly Source[], rooms: Rooms): readonly string[] {
  return sources.flatMap((source) =>
    source.imports.flatMap(({ specifier, line }) => {
      const reason = specifier.startsWith(".")
        ? wrongPath(source.path, specifier, rooms)
        : wrongPackage(source.path, specifier, rooms);
      return reason === undefined ? [] : [`${source.path}:${line} imports ${specifier}: ${reason}`];
    }),
  );
}

/** Folders that ARCHITECTURE.md does not list, and those it lists that do not exist. */
export function unlistedRooms(sources: readonly Source[], rooms: Rooms): readonly string[] {
  const listed = new Set([...rooms].flatMap(([folder, list]) => list.map(({ name }) => `${folder}/${name}`)));
  const existing = new Set(sources.flatMap(({ path }) => [packageOf(path), ...roomsAround(posix.dirname(path))]));
  return [
    ...[...existing].filter((room) => !listed.has(room)).map((room) => `${room}: ARCHITECTURE.md does not list it`),
    ...[...listed]
      .filter((room) => !existing.has(room))
      .map((room) => `${room}: ARCHITECTURE.md lists it, but it has no source`),
  ].sort();
}

/** Files that import each other in a circle, each circle once. */
export function circles(sources: readonly Source[]): readonly string[] {
  const next = new Map(
    sources.map(({ path, imports }) => [
      path,
      imports.filter(({ specifier }) => specifier.startsWith(".")).map(({ specifier }) => target(path, specifier)),
    ]),
  );
  const found: string[] = [];
  const done = new Set<string>();
  const walk = (path: string, way: readonly string[]): void => {
    const start = way.indexOf(path);
    if (start >= 0) found.push([...way.slice(start), path].join(" -> "));
    if (start >= 0 || done.has(path)) return;
    for (const imported of next.get(path) ?? []) walk(imported, [...way, path]);
    done.add(path);
  };
  for (const path of next.keys()) walk(path, []);
  return found;
}

/** Test files, and what stands in `testing/` for them. */
export function isForTests(path: string): boolean {
  return /\.test\.ts$|\/testing\//.test(path);
}

function wrongPath(from: string, specifier: string, rooms: Rooms): string | undefined {
  const to = target(from, specifier);
  if (packageOf(to) !== packageOf(from)) return "it is outside of the package; import the package by its name";
  if (isForTests(from)) return undefined;
  if (isForTests(to)) return "it is for tests only";
  const [here, there] = [roomsAround(posix.dirname(from)), roomsAround(posix.dirname(to))];
  // The outermost rooms that differ; undefined: the file stands in the folder itself, above all its rooms.
  const depth = Math.max(here.length, there.length);
  const apart =
    Array.from({ length: depth }, (_, index) => index).find((index) => here[index] !== there[index]) ?? depth;
  const [mine, theirs] = [here[apart], there[apart]];
  if (mine === undefined || !to.startsWith(`${srcOf(from)}/`)) return undefined;
  return theirs === undefined ? `files of ${posix.dirname(to)} stand above its rooms` : wrongOrder(mine, theirs, rooms);
}

function wrongPackage(from: string, specifier: string, rooms: Rooms): string | undefined {
  const [scope = "", name = "", ...rest] = specifier.split("/");
  const area = SCOPES[scope];
  if (area === undefined) return undefined;
  const [mine, theirs] = [packageOf(from), `${area}/${name}`];
  const [here = ""] = from.split("/");
  if (mine === theirs) return isForTests(from) ? undefined : "a package does not import itself by its name";
  if (area === "packages" && rest.length > 0 && !["internal", "planning", "asking"].includes(rest.join("/"))) {
    return `only ${scope}/${name} and its /internal, /planning and /asking may be imported`;
  }
  if (here === "packages" && area === "packages") {
    return mine === "packages/workflows" ? undefined : "only workflows imports other packages";
  }
  if (here === area) return wrongOrder(mine, theirs, rooms);
  if (here === "packages" && area === "rigs" && isForTests(from)) return undefined;
  return AREAS.indexOf(area) < AREAS.indexOf(here) ? undefined : `${area} stands above ${here}`;
}

function wrongOrder(mine: string, theirs: string, rooms: Rooms): string | undefined {
  const order = (rooms.get(posix.dirname(mine)) ?? []).map(({ name }) => name);
  const [from, to] = [order.indexOf(posix.basename(mine)), order.indexOf(posix.basename(theirs))];
  // What is not listed is reported as that.
  return from < to && from >= 0 ? `${theirs} stands above ${posix.basename(mine)} (ARCHITECTURE.md)` : undefined;
}

function target(from: string, specifier: string): string {
  return posix.normalize(posix.join(posix.dirname(from), specifier));
}

function packageOf(path: string): string {
  return path.split("/").slice(0, 2).join("/");
}

function srcOf(path: string): string {
  return `${packageOf(path)}/src`;
}

/** The rooms that a folder is in, outermost first. `testing/` is part of the room that it serves. */
function roomsAround(folder: string): readonly string[] {
  const src = srcOf(folder);
  const parts =
    folder === src
      ? []
      : folder
          .slice(src.length + 1)
          .split("/")
          .filter((part) => part !== "testing");
  return parts.map((_, depth) => `${src}/${parts.slice(0, depth + 1).join("/")}`);
}
