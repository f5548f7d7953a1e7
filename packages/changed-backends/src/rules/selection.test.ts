import type { JsonObject } from "@fanfold-internal/kit/read/json";
import { entryRefs } from "@fanfold-internal/matrix/find-image";
import { bySuffix, type Identify, identifyBy } from "@fanfold-internal/matrix/identity";
import { type MatrixEntry, type MatrixList, parseMatrixFile } from "@fanfold-internal/matrix/matrix-file";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { ChangedFile } from "../base/diff.ts";
import { compileInputs, DEFAULT_INPUTS, type InputsConfig } from "./input-rule.ts";
import { type Selection, type SelectionQuestion, select, selectNamed } from "./selection.ts";

function matrixOf(text: string): readonly MatrixList[] {
  const parsed = parseMatrixFile(text, "matrix.yml");
  if (parsed.kind === "invalid") throw new Error(JSON.stringify(parsed.problems));
  return parsed.value.lists;
}

const changed = (...paths: readonly string[]): readonly ChangedFile[] =>
  paths.map((path) => ({ path, previousPath: null, status: "modified" }));

interface Given {
  readonly config?: InputsConfig;
  readonly files?: readonly ChangedFile[];
  readonly base?: string;
  readonly more?: Partial<SelectionQuestion>;
}

function selected(matrix: string, { config = DEFAULT_INPUTS, files = [], base, more = {} }: Given): Selection {
  const lists = matrixOf(matrix);
  const keys = new Set(["dockerfile", "context", ...lists.flatMap(({ entries }) => entries.flatMap(Object.keys))]);
  const { inputs, problems } = compileInputs(config, { keys, lists: lists.map(({ name }) => name) });
  expect(problems).toEqual([]);
  return select({
    lists,
    inputs,
    files,
    matrix: { path: "matrix.yml", bases: base === undefined ? [] : [matrixOf(base)] },
    ...more,
  });
}

/** The suffixes and platforms that are selected, for reading. */
function images(matrix: string, { lists }: Selection): readonly string[] {
  return matrixOf(matrix).flatMap(({ name, entries }) => {
    const indexes = lists.find((list) => list.name === name)?.selected ?? [];
    return indexes.map((index) => `${entries[index]?.["tag-suffix"]} ${entries[index]?.["platform-tag"] ?? "single"}`);
  });
}

const MATRIX = `
include:
  - { tag-suffix: -x, platform-tag: amd64, backend: x, dockerfile: ./backend/Dockerfile.python, context: ./, runs-on: a }
  - { tag-suffix: -y, backend: y, dockerfile: ./backend/Dockerfile.python, context: ./, runs-on: a }
  - { tag-suffix: -x, platform-tag: arm64, backend: x, dockerfile: ./backend/Dockerfile.python, context: ./, runs-on: b }
  - { tag-suffix: -z, backend: z, dockerfile: ./backend/Dockerfile.golang, context: ./, runs-on: a }
includeDarwin:
  - { tag-suffix: -metal-x, backend: x, lang: python }
`;

const CONFIG: InputsConfig = {
  inputs: [
    { paths: ["{dockerfile}"] },
    { when: { dockerfile: "**/Dockerfile.python" }, paths: ["backend/python/{backend}/**", "common/**"] },
    { when: { dockerfile: "**/Dockerfile.golang" }, paths: ["backend/go/{backend}/**"], except: ["**/*_test.go"] },
    { matrices: ["includeDarwin"], paths: ["darwin/**"] },
  ],
  ignore: ["**/*.md"],
};

describe("rules", () => {
  test("a file of one backend: its whole image, and the causes of each leg", () => {
    const selection = selected(MATRIX, { config: CONFIG, files: changed("backend/python/x/run.py") });
    expect(images(MATRIX, selection)).toEqual(["-x amd64", "-x arm64"]);
    expect(selection.causes).toEqual([
      { matrix: "include", entry: 0, rule: "inputs[1]", path: "backend/python/x/run.py" },
      { matrix: "include", entry: 2, rule: "inputs[1]", path: "backend/python/x/run.py" },
    ]);
    expect(selection.lists[0]).toEqual({ name: "include", total: 4, selected: [0, 2] });
    expect(selection.runAll).toBe(false);
    expect(selection.unmatched).toEqual([]);
  });

  test("every rule that is met is a cause, each with its first file", () => {
    const files = changed("common/b", "common/a", "backend/Dockerfile.python");
    const { causes } = selected(MATRIX, { config: CONFIG, files });
    expect(causes.filter(({ entry }) => entry === 1)).toEqual([
      { matrix: "include", entry: 1, rule: "inputs[0]", path: "backend/Dockerfile.python" },
      { matrix: "include", entry: 1, rule: "inputs[1]", path: "common/b" },
    ]);
  });

  test("a leg that no rule selects itself has the cause group", () => {
    const matrix = `
include:
  - { tag-suffix: -x, platform-tag: amd64, paths: [only-amd64] }
  - { tag-suffix: -x, platform-tag: arm64 }`;
    const { causes } = selected(matrix, { config: { inputs: [] }, files: changed("only-amd64") });
    expect(causes).toEqual([
      { matrix: "include", entry: 0, rule: "paths", path: "only-amd64" },
      { matrix: "include", entry: 1, rule: "group", path: "only-amd64" },
    ]);
  });

  test("a file moved from one backend to another selects both", () => {
    const files = [{ path: "backend/go/z/a", previousPath: "backend/python/y/a", status: "renamed" } as const];
    expect(images(MATRIX, selected(MATRIX, { config: CONFIG, files }))).toEqual(["-y single", "-z single"]);
  });

  test.each<[string, ChangedFile["status"], boolean]>([
    ["backend/x", "changed", true],
    ["backend", "changed", true],
    ["vendor", "changed", false],
    ["backend/x", "modified", false],
    ["backend/x/docs/a.md", "changed", false],
    ["backend/x/README.md", "changed", false],
  ])("wildcards may mean something below what is another kind of thing: %s %s", (path, status, expected) => {
    const matrix = "include:\n  - { tag-suffix: -x }\n";
    const config = { inputs: [{ paths: ["backend/*/src/**"] }], ignore: ["**/*.md", "backend/*/src/**/*.txt"] };
    const { causes } = selected(matrix, { config, files: [{ path, previousPath: null, status }] });
    expect(causes.length > 0).toBe(expected);
  });

  test.each<[string, string, readonly string[], readonly string[]]>([
    ["ignored", "backend/python/x/README.md", [], []],
    ["left out of its rule", "backend/go/z/z_test.go", [], []],
    ["not of any backend", "backend/python/gone/x", [], ["backend/python/gone/x"]],
    ["of one list", "darwin/x", ["-metal-x single"], []],
    ["the matrix file itself", "matrix.yml", [], []],
  ])("a file that is %s", (_, path, expected, unmatched) => {
    const selection = selected(MATRIX, { config: CONFIG, files: changed(path), base: MATRIX });
    expect(images(MATRIX, selection)).toEqual(expected);
    expect(selection.unmatched).toEqual(unmatched);
  });

  test("when and unless: lists, null, empty and absent keys", () => {
    const matrix = `
include:
  - { tag-suffix: -a, build-type: cuda }
  - { tag-suffix: -b, build-type: "" }
  - { tag-suffix: -c }
  - { tag-suffix: -d, build-type: null }
  - { tag-suffix: -e, build-type: rocm }`;
    const of = (rule: Partial<InputsConfig["inputs"][number]>) =>
      images(matrix, selected(matrix, { config: { inputs: [{ paths: ["f"], ...rule }] }, files: changed("f") })).map(
        (image) => image.slice(1, 2),
      );
    expect(of({})).toEqual(["a", "b", "c", "d", "e"]);
    expect(of({ when: { "build-type": null } })).toEqual(["b", "c", "d"]);
    expect(of({ when: { "build-type": [null, "cu*"] } })).toEqual(["a", "b", "c", "d"]);
    expect(of({ unless: { "build-type": ["cuda", "rocm"] } })).toEqual(["b", "c", "d"]);
    expect(of({ when: { "build-type": "*" }, unless: { "build-type": "rocm" } })).toEqual(["a"]);
    expect(of({ when: { "build-type": "*", "tag-suffix": "-e" } })).toEqual(["e"]);
  });
});

describe("files that no rule mentions", () => {
  const config = (unmatched: "ignore" | "warn" | "run-all"): InputsConfig => ({ ...CONFIG, unmatched });
  const files = changed("what.txt", "backend/python/y/a", "ever.txt");

  test("warn", () => {
    const selection = selected(MATRIX, { config: config("warn"), files });
    expect(images(MATRIX, selection)).toEqual(["-y single"]);
    expect(selection.unmatched).toEqual(["what.txt", "ever.txt"]);
  });

  test("ignore", () => {
    const selection = selected(MATRIX, { config: config("ignore"), files });
    expect(images(MATRIX, selection)).toEqual(["-y single"]);
    expect(selection.unmatched).toEqual([]);
  });

  test("run-all", () => {
    const selection = selected(MATRIX, { config: config("run-all"), files });
    expect(selection.runAll).toBe(true);
    expect(images(MATRIX, selection)).toHaveLength(5);
    expect(selection.causes[4]).toEqual({ matrix: "includeDarwin", entry: 0, rule: "unmatched", path: "what.txt" });
  });

  test("run-all, and files that are known without a rule", () => {
    const more = {
      known: [".github/fanfold.yml"],
      workflow: { path: ".github/workflows/backend_build.yml", lists: ["include"] },
    };
    const known = changed("matrix.yml", ".github/fanfold.yml");
    const none = selected(MATRIX, { config: config("run-all"), files: known, base: MATRIX, more });
    expect([none.runAll, images(MATRIX, none)]).toEqual([false, []]);
    const built = selected(MATRIX, {
      config: config("run-all"),
      files: changed(".github/workflows/backend_build.yml"),
      more,
    });
    expect(built.runAll).toBe(false);
    expect(built.lists.map((list) => list.selected.length)).toEqual([4, 0]);
    expect(built.causes[0]).toMatchObject({ rule: "workflow", path: ".github/workflows/backend_build.yml" });
  });
});

describe("without a config", () => {
  test.each([
    ["./", ["a", "backend/x/a", "backend/x", "backend/xy"]],
    [".", ["a", "backend/x/a", "backend/x", "backend/xy"]],
    ["", ["a", "backend/x/a", "backend/x", "backend/xy"]],
    ["./.", ["a", "backend/x/a", "backend/x", "backend/xy"]],
    [undefined, ["a", "backend/x/a", "backend/x", "backend/xy"]],
    ["./backend/x/", ["backend/x/a", "backend/x"]],
    ["backend/x", ["backend/x/a", "backend/x"]],
  ])("the context %j", (context, selecting) => {
    const matrix = JSON.stringify({ include: [{ "tag-suffix": "-a", context, dockerfile: "./d/Dockerfile" }] });
    for (const path of ["a", "backend/x/a", "backend/x", "backend/xy"]) {
      const { lists } = selected(matrix, { files: changed(path) });
      expect([path, lists[0]?.selected.length]).toEqual([path, selecting.includes(path) ? 1 : 0]);
    }
    expect(selected(matrix, { files: changed("d/Dockerfile") }).lists[0]?.selected).toEqual([0]);
  });

  test("an entry that is built from any file is not built from what counts by value, or is generated", () => {
    const matrix = JSON.stringify({ include: [{ "tag-suffix": "-a", dockerfile: "Dockerfile" }] });
    const more = { known: ["config.yml"], generated: [".github/workflows/backend.yml"] };
    const run = (...paths: readonly string[]) => selected(matrix, { files: changed(...paths), base: matrix, more });
    expect(run("matrix.yml", "config.yml", ".github/workflows/backend.yml")).toMatchObject({
      causes: [],
      unmatched: [],
    });
    expect(run("config.yml", "x").causes).toEqual([{ matrix: "include", entry: 0, rule: "context", path: "x" }]);
  });

  test("no context, no Dockerfile: the entry's own paths", () => {
    const matrix = JSON.stringify({ include: [{ "tag-suffix": "-a", backend: "x", paths: ["src/{backend}/**"] }] });
    expect(selected(matrix, { files: changed("src/x/a") }).causes).toEqual([
      { matrix: "include", entry: 0, rule: "paths", path: "src/x/a" },
    ]);
    expect(selected(matrix, { files: changed("src/y/a") }).lists[0]?.selected).toEqual([]);
  });
});

describe("the matrix file against its base, by value", () => {
  const from = (base: string, now: string): Selection => selected(now, { base, files: changed("matrix.yml") });
  const imagesOf = (base: string, now: string): readonly string[] => images(now, from(base, now));

  test("only the arm64 leg's runner: both legs of that image, nothing else", () => {
    const now = MATRIX.replace("runs-on: b", "runs-on: c");
    expect(imagesOf(MATRIX, now)).toEqual(["-x amd64", "-x arm64"]);
    expect(from(MATRIX, now).causes).toEqual([
      { matrix: "include", entry: 0, rule: "group", path: "matrix.yml" },
      { matrix: "include", entry: 2, rule: "matrix", path: "matrix.yml" },
    ]);
  });

  test("another order of entries, of keys and another layout: nothing", () => {
    const reverse = (value: JsonObject): JsonObject => Object.fromEntries(Object.entries(value).toReversed());
    const lists = matrixOf(MATRIX).map(({ name, entries }) => [name, entries.toReversed().map(reverse)]);
    expect(imagesOf(MATRIX, JSON.stringify(Object.fromEntries(lists.toReversed()), null, 4))).toEqual([]);
  });

  test("a leg is removed: its sibling", () => {
    expect(imagesOf(MATRIX, MATRIX.replace(/.*arm64.*\n/, ""))).toEqual(["-x amd64"]);
  });

  test("an image is removed: nothing", () => {
    expect(imagesOf(MATRIX, MATRIX.replace(/.*-y.*\n/, ""))).toEqual([]);
  });

  test("a new leg: the whole image", () => {
    expect(imagesOf(MATRIX.replace(/.*arm64.*\n/, ""), MATRIX)).toEqual(["-x amd64", "-x arm64"]);
  });

  test("a new image, a new list", () => {
    expect(imagesOf(MATRIX.replace(/.*-y.*\n/, ""), MATRIX)).toEqual(["-y single"]);
    expect(imagesOf(MATRIX.replace(/includeDarwin[\s\S]*/, ""), MATRIX)).toEqual(["-metal-x single"]);
  });

  test("moved from one list to another", () => {
    const line = /\n {2}- \{ tag-suffix: -z.*/.exec(MATRIX)?.[0] ?? "";
    expect(imagesOf(MATRIX, `${MATRIX.replace(line, "").trimEnd()}${line}\n`)).toEqual(["-z single"]);
  });

  test("the same entry once more, and once less", () => {
    const twice = MATRIX.replace(/( {2}- \{ tag-suffix: -y.*\n)/, "$1$1");
    expect(imagesOf(MATRIX, twice)).toEqual(["-y single", "-y single"]);
    expect(imagesOf(twice, MATRIX)).toEqual(["-y single"]);
    expect(imagesOf(twice, twice)).toEqual([]);
  });

  test("text and number, absent and null are not the same; nested values count", () => {
    const entry = (fields: JsonObject): string => JSON.stringify({ include: [{ "tag-suffix": "-a", ...fields }] });
    const differ = (a: JsonObject, b: JsonObject): boolean => imagesOf(entry(a), entry(b)).length > 0;
    expect(differ({ v: 12 }, { v: "12" })).toBe(true);
    expect(differ({}, { v: null })).toBe(true);
    expect(differ({ v: { a: 1, b: [1, 2] } }, { v: { b: [1, 2], a: 1 } })).toBe(false);
    expect(differ({ v: { b: [1, 2] } }, { v: { b: [2, 1] } })).toBe(true);
    expect(differ({ paths: ["a/**"] }, { paths: ["b/**"] })).toBe(true);
  });
});

describe("images told apart by more than their suffix", () => {
  const identify = identifyBy(["tag-suffix", "version"]);
  const matrix = (...versions: readonly string[]): string =>
    JSON.stringify({
      include: versions.flatMap((version) =>
        ["amd64", "arm64"].map((tag) => ({
          backend: "python",
          version,
          "platform-tag": tag,
          dockerfile: `${version}/Dockerfile`,
          context: version,
        })),
      ),
    });

  test("a file of one image selects its legs, and no image of the same suffix", () => {
    const selection = selected(matrix("3.12", "3.13"), { files: changed("3.13/Dockerfile"), more: { identify } });
    expect(selection.lists[0]?.selected).toEqual([2, 3]);
  });

  test("a new image, and one that lost a leg, are what has changed in the matrix file", () => {
    const files = changed("matrix.yml");
    const added = selected(matrix("3.12", "3.13"), { files, base: matrix("3.12"), more: { identify } });
    expect(added.lists[0]?.selected).toEqual([2, 3]);
    const { include } = JSON.parse(matrix("3.12", "3.13"));
    const shorter = JSON.stringify({ include: include.slice(1) });
    const shrunk = selected(shorter, { files, base: matrix("3.12", "3.13"), more: { identify } });
    expect(shrunk.lists[0]?.selected).toEqual([0]);
  });
});

test("some entries, in every list, whole images only", () => {
  const lists = matrixOf(MATRIX);
  const named = entryRefs(lists).filter(
    ({ list, index, entry }) => entry["backend"] === "x" && (list !== "include" || index === 0),
  );
  const selection = selectNamed(lists, named, bySuffix);
  expect(images(MATRIX, selection)).toEqual(["-x amd64", "-x arm64", "-metal-x single"]);
  expect(selection.causes[0]).toEqual({ matrix: "include", entry: 0, rule: "only", path: null });
  expect(selectNamed(lists, [], bySuffix).lists.map((list) => list.selected)).toEqual([[], []]);
});

describe("laws", () => {
  const suffix = fc.constantFrom("-a", "-b", "-c", "-d");
  const word = fc.constantFrom("x", "y", "z");
  const path = fc.oneof(
    fc.tuple(word, word).map(([a, b]) => `${a}/${b}`),
    fc.constantFrom("common/u", "docs/x.md", "x", "matrix.yml"),
  );
  const entries = fc.array(fc.record({ "tag-suffix": suffix, backend: word, "runs-on": word }), { maxLength: 8 });
  const glob = fc.constantFrom("{backend}/**", "x/**", "*/y", "common/**", "**/z", "x");
  const rule = fc.record({
    paths: fc.array(glob, { minLength: 1, maxLength: 2 }),
    except: fc.array(glob, { maxLength: 1 }),
  });
  const config = fc.record({
    inputs: fc.array(rule, { maxLength: 3 }),
    ignore: fc.constantFrom([], ["**/*.md"]),
    unmatched: fc.constantFrom("ignore", "warn", "run-all"),
  });
  const known = { keys: new Set(["tag-suffix", "backend", "runs-on"]), lists: ["include"] };

  const identities = fc.constantFrom(
    bySuffix,
    identifyBy(["tag-suffix", "backend"]),
    identifyBy(["tag-suffix", "runs-on"]),
    // Whatever a config makes of its entries.
    ({ backend, "tag-suffix": tag }: MatrixEntry) => {
      const id = backend === "x" ? "x" : String(tag);
      return { id, name: id, artifact: id };
    },
  );

  function run(
    list: readonly Record<string, string>[],
    rules: InputsConfig,
    paths: readonly string[],
    base: readonly Record<string, string>[],
    identify: Identify = bySuffix,
  ) {
    const lists = matrixOf(JSON.stringify({ include: list }));
    const { inputs } = compileInputs(rules, known);
    const bases = paths.includes("matrix.yml") ? [matrixOf(JSON.stringify({ include: base }))] : [];
    const selection = select({
      lists,
      identify,
      inputs,
      files: changed(...paths),
      matrix: { path: "matrix.yml", bases },
    });
    return { selection, selected: new Set(selection.lists[0]?.selected) };
  }

  test("one more changed file never selects less, and a selection is the union over its files", () => {
    fc.assert(
      fc.property(
        entries,
        entries,
        config,
        fc.array(path, { maxLength: 5 }),
        identities,
        (list, base, rules, paths, identify) => {
          const whole = run(list, rules, paths, base, identify).selected;
          const parts = paths.map((one) => run(list, rules, [one], base, identify).selected);
          expect(whole).toEqual(new Set([...whole].filter((entry) => parts.some((part) => part.has(entry)))));
          for (const part of parts) for (const entry of part) expect(whole.has(entry)).toBe(true);
        },
      ),
    );
  });

  test("every image is whole, and every selected entry has a cause that names a changed file", () => {
    fc.assert(
      fc.property(
        entries,
        entries,
        config,
        fc.array(path, { maxLength: 5 }),
        identities,
        (list, base, rules, paths, identify) => {
          const { selection, selected: chosen } = run(list, rules, paths, base, identify);
          for (const [index, entry] of list.entries()) {
            const siblings = list.flatMap((other, at) => (identify(other).id === identify(entry).id ? [at] : []));
            expect(new Set(siblings.map((at) => chosen.has(at))).size).toBe(1);
            const causes = selection.causes.filter((cause) => cause.entry === index);
            expect(causes.length > 0).toBe(chosen.has(index));
            for (const cause of causes) expect(paths).toContain(cause.path);
          }
        },
      ),
    );
  });
});
