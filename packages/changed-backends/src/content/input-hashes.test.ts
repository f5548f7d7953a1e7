import { expect, test } from "vitest";
import { compileInputs, DEFAULT_INPUTS, type InputsConfig } from "../rules/input-rule.ts";
import { type InputQuestion, inputHashes } from "./input-hashes.ts";

const LISTS = [
  { name: "include", entries: [{ backend: "a" }, { backend: "b" }] },
  { name: "includeDarwin", entries: [{ backend: "c" }] },
];
const file = (path: string, id = "1", mode = "100644") => ({ path, mode, kind: "file" as const, id });
const PATHS = [
  file("a/run.sh"),
  file("a/x.md"),
  file("b/x"),
  file("c/x"),
  file("lib/x"),
  file("matrix.yml"),
  file("w.yml"),
  file("other"),
];

function hashes(
  paths: InputQuestion["paths"] = PATHS,
  more: Partial<InputsConfig> & Partial<Omit<InputQuestion, "inputs">> = {},
) {
  const { inputs: _, ...question } = more;
  const config: InputsConfig = { inputs: [{ paths: ["{backend}/**"] }, { paths: ["lib/*"], matrices: ["include"] }] };
  const known = { keys: new Set(["backend"]), lists: ["include", "includeDarwin"] };
  const { inputs } = compileInputs({ ...config, ignore: ["**/*.md"], ...more }, known);
  const found = inputHashes({
    lists: LISTS,
    inputs,
    inferred: undefined,
    matrixPath: "matrix.yml",
    workflow: { path: "w.yml", lists: ["include"] },
    byValue: [{ path: "w.yml", value: "build" }],
    silent: ["generated.yml"],
    ...question,
    paths,
  });
  return [...(found.get("include") ?? []), ...(found.get("includeDarwin") ?? [])];
}

/** The backends of which the hash is another one. */
function changed(paths: InputQuestion["paths"], more: Parameters<typeof hashes>[1] = {}): string {
  const before = hashes(PATHS, more.unmatched === undefined ? {} : { unmatched: more.unmatched });
  return hashes(paths, more)
    .flatMap((hash, index) => (hash === before[index] ? [] : ["abc".charAt(index)]))
    .join("");
}

const replaced = (path: string, other: InputQuestion["paths"][number]) =>
  PATHS.map((each) => (each.path === path ? other : each));
const without = (path: string) => PATHS.filter((each) => each.path !== path);

test.each<[string, InputQuestion["paths"], string]>([
  ["another order", PATHS.toReversed(), ""],
  ["another text", replaced("a/run.sh", file("a/run.sh", "2")), "a"],
  ["another mode", replaced("a/run.sh", file("a/run.sh", "1", "100755")), "a"],
  ["another name", replaced("a/run.sh", file("a/stop.sh")), "a"],
  ["a file more", [...PATHS, file("b/y")], "b"],
  ["a file less", without("c/x"), "c"],
  ["a file of several", replaced("lib/x", file("lib/x", "2")), "ab"],
  ["a submodule that moved", [...without("b/x"), { ...file("b", "9", "160000"), kind: "gitlink" }], "b"],
  ["what is ignored", without("a/x.md"), ""],
  ["what nothing mentions", without("other"), ""],
  ["the matrix file", replaced("matrix.yml", file("matrix.yml", "2")), ""],
  ["the build workflow's object", replaced("w.yml", file("w.yml", "2", "100755")), ""],
  ["a generated file", [...PATHS, file("generated.yml")], ""],
])("%s", (_, paths, expected) => {
  expect(changed(paths)).toBe(expected);
});

test.each(["warn", "run-all"] as const)(
  "of a few entries hashes are what they are among all (unmatched: %s)",
  (unmatched) => {
    const all = hashes(PATHS, { unmatched });
    const asked: InputQuestion["asked"] = (list, index) => list === "include" && index === 1;
    expect(hashes(PATHS, { unmatched, asked })).toEqual([null, all[1], null]);
    expect(hashes(PATHS, { unmatched, asked: () => false })).toEqual([null, null, null]);
  },
);

test("the build workflow counts by what it says, where it builds", () => {
  expect(changed(PATHS, { byValue: [{ path: "w.yml", value: "other" }] })).toBe("ab");
  expect(changed(PATHS, { byValue: [] })).toBe("ab");
});

test("where what nothing mentions selects everything, everything is built from it", () => {
  const unmatched = "run-all" as const;
  expect(changed(replaced("other", file("other", "2")), { unmatched })).toBe("abc");
  expect(changed(without("a/x.md"), { unmatched })).toBe("");
  expect(changed(replaced("matrix.yml", file("matrix.yml", "2")), { unmatched })).toBe("");
});

test("how rules are written does not count, but what they come to", () => {
  const rules = [{ paths: ["a/*", "lib/x"] }, { paths: ["b/x"] }, { paths: ["c/**"] }];
  const split = [{ paths: ["c/x"] }, { paths: ["a/run.sh", "b/*", "lib/*", "a/**"] }];
  expect(hashes(PATHS, { inputs: rules })).toEqual(hashes(PATHS, { inputs: split }));
});

test("files of one text and another path are not mistaken for each other", () => {
  const one = hashes([file("a/x", "1")]);
  expect(new Set([one[0], hashes([file("a/x1", "")])[0], hashes([file("a/y", "1")])[0], hashes([])[0]]).size).toBe(4);
});

test("without rules, Dockerfiles or contexts any file counts but what counts by value", () => {
  const given = { ...DEFAULT_INPUTS, ignore: [] };
  const of = (paths: InputQuestion["paths"]) => hashes(paths, given)[0];
  expect(of(without("other"))).not.toBe(of(PATHS));
  expect(of(replaced("matrix.yml", file("matrix.yml", "2")))).toBe(of(PATHS));
});
