import { expect, test } from "vitest";
import { CATALOGUE } from "./catalogue.ts";
import type { System } from "./system.ts";
import { findTrees, findUse } from "./trees.ts";

interface Given {
  readonly directories: readonly string[];
  /** Links in their resolved parents, and what they lead to. */
  readonly links?: Readonly<Record<string, string>>;
  readonly env?: Readonly<Record<string, string>>;
  readonly program?: string;
}

/** A tree of directories and links on paper, with the links followed as the kernel does. */
function system({ directories, links = {}, env = {}, program = "/usr/local/bin/node" }: Given): System {
  const all = new Set(["/", ...directories.flatMap(ancestors), ...Object.keys(links)]);
  const resolve = (path: string): string | undefined => {
    let at = "";
    for (const name of path.split("/")) {
      if (name === "" || name === ".") continue;
      at = name === ".." ? at.slice(0, at.lastIndexOf("/")) : `${at}/${name}`;
      const target = links[at];
      if (target !== undefined) at = resolve(target) ?? target;
      if (at !== "" && !all.has(at)) return undefined;
    }
    return at || "/";
  };
  return {
    env,
    cwd: "/",
    program,
    processor: "x64",
    userId: 1001,
    platform: "linux",
    file: () => undefined,
    read: () => undefined,
    list: (path) =>
      [...all].filter((known) => known !== "/" && parent(known) === path).map((known) => known.slice(path.length + 1)),
    kind: (path) => (path in links ? "link" : all.has(path) ? "directory" : "absent"),
    resolve,
    space: () => undefined,
    run: async () => ({ kind: "missing" }),
  };
}

const parent = (path: string): string => path.slice(0, path.lastIndexOf("/")) || "/";
const ancestors = (path: string): string[] => (path === "/" ? [] : [...ancestors(parent(path)), path]);

const toolcache = CATALOGUE.filter(({ id }) => id === "toolcache");
const treesOf = (machine: System): string[] =>
  toolcache.flatMap((row) => findTrees(machine, row).map(({ path }) => path));

const GO = "/opt/hostedtoolcache/go/1.22/x64/bin";

test.each(["/opt/hostedtoolcache", "/opt/hostedtoolcache/", "/opt//hostedtoolcache//", "/opt/x/../hostedtoolcache/."])(
  "a toolcache written as %s has the trees and the use of /opt/hostedtoolcache",
  (AGENT_TOOLSDIRECTORY) => {
    const machine = system({
      directories: [GO, "/opt/hostedtoolcache/PyPy/3", "/opt/x"],
      env: { AGENT_TOOLSDIRECTORY, PATH: `/usr/bin:${GO}` },
    });
    expect(treesOf(machine)).toEqual(["/opt/hostedtoolcache/PyPy", "/opt/hostedtoolcache/go"]);
    expect(findUse(machine)).toEqual(["/usr/local/bin/node", GO]);
  },
);

test("a toolcache that is a link has the trees of the directory it leads to", () => {
  const machine = system({
    directories: ["/srv/tc/go/1.22/x64/bin", "/srv/tc/node/24/x64/bin", "/opt"],
    links: { "/opt/hostedtoolcache": "/srv/tc" },
    env: { PATH: `${GO}:/usr/bin` },
    program: "/srv/tc/node/24/x64/bin",
  });
  expect(treesOf(machine)).toEqual(["/srv/tc/go", "/srv/tc/node"]);
  expect(findUse(machine)).toEqual(["/srv/tc/node/24/x64/bin", "/opt/hostedtoolcache", "/srv/tc/go/1.22/x64/bin"]);
});

test("PATH that names the toolcache by its real path counts too", () => {
  const machine = system({
    directories: ["/srv/tc/go/1.22/x64/bin", "/opt"],
    links: { "/opt/hostedtoolcache": "/srv/tc" },
    env: { PATH: "/srv/tc/go/1.22/x64/bin" },
  });
  expect(findUse(machine)).toContain("/srv/tc/go/1.22/x64/bin");
});

test("a link in the toolcache that PATH goes through is in use, and so is what it leads to", () => {
  const machine = system({
    directories: ["/opt/hostedtoolcache/Python", "/srv/python/bin"],
    links: { "/opt/hostedtoolcache/Python/current": "/srv/python" },
    env: { PATH: "/opt/hostedtoolcache/Python/current/bin" },
  });
  expect(findUse(machine)).toEqual(["/usr/local/bin/node", "/opt/hostedtoolcache/Python/current", "/srv/python/bin"]);
});

test("a tree that is itself a link stays one, under its own name", () => {
  const machine = system({
    directories: ["/srv/tc", "/srv/go", "/opt"],
    links: { "/opt/hostedtoolcache": "/srv/tc", "/srv/tc/go": "/srv/go" },
  });
  expect(toolcache.flatMap((row) => findTrees(machine, row))).toEqual([
    { row: "toolcache", path: "/srv/tc/go", kind: "link" },
  ]);
});

test("a toolcache that is not there has no trees", () => {
  expect(treesOf(system({ directories: ["/opt"], env: { AGENT_TOOLSDIRECTORY: "/nowhere" } }))).toEqual([]);
});
