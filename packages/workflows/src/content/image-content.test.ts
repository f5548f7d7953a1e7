import { bySuffix } from "@fanfold-internal/matrix/identity";
import { expect, test } from "vitest";
import { contentKey, schemeOf } from "./content-key.ts";
import { type ImageContent, imageContents, keysOfBuilt } from "./image-content.ts";

const SUFFIXES = ["-base", "-app", "-top", "-alone"];
const entries = SUFFIXES.flatMap((suffix) =>
  ["amd64", "arm64"].map((arch) => ({ "tag-suffix": suffix, "platform-tag": arch })),
);
const list = { name: "include", entries };
const edge = (from: string, to: string) => ({ from, to, base: to, where: "Dockerfile:1 FROM", at: { file: "x" } });
const edges = entries.map(({ "tag-suffix": from }) =>
  from === "-app" ? [edge("-app", "-base")] : from === "-top" ? [edge("-top", "-app")] : [],
);

/** `own`: of each entry; null: nobody asked. */
function contentsOf(
  own: readonly (string | null)[],
  perhaps: readonly ReturnType<typeof edge>[] = [],
): ReadonlyMap<string, ImageContent> {
  const matrix = { file: "matrix.yml", lists: [list], warnings: [], place: () => ({ file: "matrix.yml" }) };
  const identity = {
    identify: bySuffix,
    repositoriesOf: () => [],
    templates: [],
    imageKeys: [],
    groupKeys: [],
    repositoryKeys: [],
  };
  const given = (each: ReturnType<typeof edge>) => ({ ...each, reference: undefined });
  const graph = {
    edges: edges.map((each) => each.map(given)),
    perhaps: entries.map(({ "tag-suffix": id }) => perhaps.filter(({ from }) => from === id).map(given)),
    waves: new Map(),
    findings: [],
  };
  return imageContents({ matrix, identity }, { list, graph }, { kind: "hashes", byList: new Map([["include", own]]) });
}

const own = entries.map((_, index): string | null => `own-${index}`);
const all = new Set(SUFFIXES);

test("an image's key holds those of its bases, as they come out of the run", () => {
  const before = keysOfBuilt(contentsOf(own), all);
  const after = keysOfBuilt(contentsOf(own.with(0, "other")), all);
  expect([...before.values()].map((key) => schemeOf(key ?? ""))).toEqual([1, 1, 1, 1]);
  expect(SUFFIXES.filter((id) => before.get(id) !== after.get(id))).toEqual(["-base", "-app", "-top"]);
});

test("a base that is not built counts as it stands, and not as the commit has it", () => {
  const contents = contentsOf(own);
  const fresh = keysOfBuilt(contents, all);
  const old = contentKey("what was published");
  const standing = keysOfBuilt(contents, new Set(["-app", "-top"]), new Map([["-base", old]]));
  expect(standing.get("-app")).toBe(contents.get("-app")?.keyWith(new Map([["-base", old]])));
  expect(standing.get("-app")).not.toBe(fresh.get("-app"));
  expect(standing.get("-top")).not.toBe(fresh.get("-top"));
  const same = keysOfBuilt(contents, new Set(["-app", "-top"]), new Map([["-base", fresh.get("-base") ?? null]]));
  expect(same.get("-top")).toBe(fresh.get("-top"));
  // Whatever stands there, what is built is in it as it is built.
  expect(keysOfBuilt(contents, all, new Map([["-base", old]]))).toEqual(fresh);
});

test.each([
  ["no key", new Map([["-base", null]])],
  ["nothing", new Map()],
])("on a base of which %s is known there is none", (_, standing) => {
  const keys = keysOfBuilt(contentsOf(own), new Set(["-app", "-top", "-alone"]), standing);
  expect(["-app", "-top"].map((id) => keys.get(id))).toEqual([null, null]);
  expect(schemeOf(keys.get("-alone") ?? "")).toBe(1);
});

test("an image of which nobody asked all legs has no key, and says so", () => {
  const contents = contentsOf(own.with(1, null));
  expect(contents.get("-base")?.unknown).toBe("nobody asked what it is built from");
  const keys = keysOfBuilt(contents, all);
  expect(["-base", "-app", "-top"].map((id) => keys.get(id))).toEqual([null, null, null]);
  expect(schemeOf(keys.get("-alone") ?? "")).toBe(1);
});

test("neither the order of legs counts nor that of keys, and every leg does", () => {
  const swapped = keysOfBuilt(contentsOf(own.with(0, own[1] ?? "").with(1, own[0] ?? "")), all);
  expect(swapped).toEqual(keysOfBuilt(contentsOf(own), all));
  for (const leg of [0, 1]) {
    expect(keysOfBuilt(contentsOf(own.with(leg, "other")), all).get("-base")).not.toBe(swapped.get("-base"));
  }
});

test("what a build is held to counts by name and digest", () => {
  const content = contentsOf(own).get("-alone");
  const keys = [{}, { alpine: "sha256:1" }, { alpine: "sha256:2" }, { debian: "sha256:1" }].map((watched) =>
    content?.keyWith(new Map(), watched),
  );
  expect(new Set(keys).size).toBe(4);
  expect(content?.keyWith(new Map())).toBe(keys[0]);
});

test("an image that may stand on another has no key, and says why", () => {
  const contents = contentsOf(own, [edge("-alone", "-base")]);
  expect(contents.get("-alone")?.unknown).toMatch(/Dockerfile:1 FROM/);
  expect(keysOfBuilt(contents, all).get("-alone")).toBeNull();
});

test.each([
  [`1-${"a".repeat(64)}`, 1],
  [`12-${"0".repeat(64)}`, 12],
  [`0-${"a".repeat(64)}`, undefined],
  [`1-${"A".repeat(64)}`, undefined],
  [`1-${"a".repeat(63)}`, undefined],
  ["a".repeat(64), undefined],
  ["", undefined],
])("the scheme of %s", (key, scheme) => {
  expect(schemeOf(key)).toBe(scheme);
});
