import { readdirSync, readFileSync } from "node:fs";
import { join, posix } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import { circles, isForTests, type Source, unlistedRooms, wrongImports } from "./directions.ts";
import { importsOf } from "./imports.ts";
import { MOST_SOURCES, readRooms, SOURCES } from "./rooms.ts";

const root = fileURLToPath(new URL("../../../..", import.meta.url));
const rooms = readRooms(readFileSync(join(root, "ARCHITECTURE.md"), "utf8"));
const sources = ["internal", "packages", "rigs"].flatMap((area) =>
  readdirSync(join(root, area)).flatMap((name) => sourcesIn(`${area}/${name}/src`)),
);

function sourcesIn(src: string): readonly Source[] {
  return readdirSync(join(root, src), { recursive: true, encoding: "utf8" })
    .filter((file) => /\.(ts|mjs)$/.test(file))
    .map((file) => `${src}/${file.replaceAll("\\", "/")}`)
    .map((path) => ({ path, imports: importsOf(path, readFileSync(join(root, path), "utf8")) }));
}

describe("the sources as they are", () => {
  test("are read with their imports", () => {
    expect(sources.length).toBeGreaterThan(400);
    expect(sources.flatMap(({ imports }) => imports).length).toBeGreaterThan(2000);
  });

  test("every folder is listed in ARCHITECTURE.md", () => {
    expect(unlistedRooms(sources, rooms)).toEqual([]);
  });

  test("imports go down: from rigs to packages to internal, and inside each from room to lower room", () => {
    expect(wrongImports(sources, rooms)).toEqual([]);
  });

  test("no files import each other in a circle", () => {
    expect(circles(sources)).toEqual([]);
  });

  test(`no folder has more than ${SOURCES} sources without a reason, and none more than ${MOST_SOURCES}`, () => {
    const limits = new Map<string, number>(
      [...rooms].flatMap(([folder, list]) =>
        list.map(({ name, sources: limit = SOURCES }) => [`${folder}/${name}`, Math.min(limit, MOST_SOURCES)] as const),
      ),
    );
    const counts = new Map<string, number>();
    for (const { path } of sources.filter((source) => !isForTests(source.path))) {
      counts.set(posix.dirname(path), (counts.get(posix.dirname(path)) ?? 0) + 1);
    }
    const crowded = [...counts].filter(([folder, count]) => count > (limits.get(folder) ?? SOURCES));
    expect(crowded.map(([folder, count]) => `${folder}: ${count} sources`)).toEqual([]);
  });
});

// The test above passes on a tree without faults; here it is seen to find each of them.
describe("a wrong import is reported with file, line and reason", () => {
  const example = readRooms(
    [
      "internal\n  kit  k\n  matrix  m",
      "packages/workflows/src\n  low  l\n  high  h",
      "packages/workflows/src/high\n  x  x\n  y  y",
    ]
      .map((block) => `\`\`\`rooms\n${block}\n\`\`\`\n`)
      .join(""),
  );
  const reported = (path: string, text: string) => wrongImports([{ path, imports: importsOf(path, text) }], example);

  test.each([
    {
      path: "packages/workflows/src/low/a.ts",
      text: 'import { x } from "./b.ts";\n\nimport type { Y } from "../high/y.ts";\n',
      expected:
        "packages/workflows/src/low/a.ts:3 imports ../high/y.ts: packages/workflows/src/high stands above low (ARCHITECTURE.md)",
    },
    {
      path: "packages/workflows/src/high/x/a.ts",
      text: 'export type Y = import("../y/b.ts").Y;',
      expected:
        "packages/workflows/src/high/x/a.ts:1 imports ../y/b.ts: packages/workflows/src/high/y stands above x (ARCHITECTURE.md)",
    },
    {
      path: "packages/workflows/src/high/x/a.ts",
      text: 'export * from "../command.ts";',
      expected:
        "packages/workflows/src/high/x/a.ts:1 imports ../command.ts: files of packages/workflows/src/high stand above its rooms",
    },
    {
      path: "packages/workflows/src/low/a.ts",
      text: 'const late = async () => await import("../cli.ts");',
      expected:
        "packages/workflows/src/low/a.ts:1 imports ../cli.ts: files of packages/workflows/src stand above its rooms",
    },
    {
      path: "packages/workflows/src/high/a.ts",
      text: 'import { a } from "../low/testing/a.ts";',
      expected: "packages/workflows/src/high/a.ts:1 imports ../low/testing/a.ts: it is for tests only",
    },
    {
      path: "packages/workflows/src/low/a.test.ts",
      text: 'import { a } from "../../../disk-setup/src/index.ts";',
      expected:
        "packages/workflows/src/low/a.test.ts:1 imports ../../../disk-setup/src/index.ts: it is outside of the package; import the package by its name",
    },
    {
      path: "packages/workflows/src/cli.ts",
      text: 'import { a } from "@fanfold/digest-tools/merge";',
      expected:
        "packages/workflows/src/cli.ts:1 imports @fanfold/digest-tools/merge: only @fanfold/digest-tools and its /internal, /planning and /asking may be imported",
    },
    {
      path: "packages/disk-setup/src/cli.test.ts",
      text: 'import { a } from "@fanfold/digest-tools";',
      expected:
        "packages/disk-setup/src/cli.test.ts:1 imports @fanfold/digest-tools: only workflows imports other packages",
    },
    {
      path: "packages/disk-setup/src/cli.ts",
      text: 'import { a } from "@fanfold-rigs/testbed";',
      expected: "packages/disk-setup/src/cli.ts:1 imports @fanfold-rigs/testbed: rigs stands above packages",
    },
    {
      path: "internal/kit/src/a/b.test.ts",
      text: 'import { a } from "@fanfold/disk-setup";',
      expected: "internal/kit/src/a/b.test.ts:1 imports @fanfold/disk-setup: packages stands above internal",
    },
    {
      path: "internal/kit/src/a/b.ts",
      text: 'import { a } from "@fanfold-internal/matrix/names";',
      expected:
        "internal/kit/src/a/b.ts:1 imports @fanfold-internal/matrix/names: internal/matrix stands above kit (ARCHITECTURE.md)",
    },
  ])("$path: $text", ({ path, text, expected }) => {
    expect(reported(path, text)).toEqual([expected]);
  });

  test.each([
    [
      "packages/workflows/src/high/a.ts",
      'import "../low/a.ts"; import "./y/a.ts"; import own from "../../package.json";',
    ],
    [
      "packages/workflows/src/low/a.test.ts",
      'import "../high/y/a.ts"; import "@fanfold/workflows"; import "@fanfold-rigs/testbed";',
    ],
    ["packages/workflows/src/low/testing/a.ts", 'import "../../high/a.ts"; import "@fanfold/disk-setup/internal";'],
    ["rigs/e2e/src/a.ts", 'import "@fanfold/disk-setup"; import "@fanfold-internal/kit/a"; import "vitest";'],
  ])("%s may: %s", (path, text) => {
    expect(reported(path, text)).toEqual([]);
  });

  test("what only looks like an import is none", () => {
    const text = "// import '../a.ts'\nconst a = `import '../b.ts'`;\nconst b = /from '..\\/c.ts'/;\n";
    expect(importsOf("a.ts", text)).toEqual([]);
  });

  test("a circle is reported once, a folder that is not listed, and a listed one that does not exist", () => {
    const source = (path: string, ...specifiers: readonly string[]): Source => ({
      path: `packages/workflows/src/${path}`,
      imports: specifiers.map((specifier) => ({ specifier, line: 1 })),
    });
    const three = [source("low/a.ts", "./b.ts"), source("low/b.ts", "./a.ts"), source("new/c.ts", "../low/a.ts")];
    expect(circles(three)).toEqual([
      "packages/workflows/src/low/a.ts -> packages/workflows/src/low/b.ts -> packages/workflows/src/low/a.ts",
    ]);
    expect(
      unlistedRooms(
        three,
        readRooms("```rooms\npackages\n  workflows  w\npackages/workflows/src\n  low  l\n  high  h\n```\n"),
      ),
    ).toEqual([
      "packages/workflows/src/high: ARCHITECTURE.md lists it, but it has no source",
      "packages/workflows/src/new: ARCHITECTURE.md does not list it",
    ]);
  });

  test("a list of rooms in another shape is refused with its line", () => {
    expect(() => readRooms("```rooms\n  low  l\n```\n")).toThrow("found:   low  l");
    expect(() => readRooms("```rooms\npackages/workflows/src\n  low\n```\n")).toThrow("found:   low");
  });
});
