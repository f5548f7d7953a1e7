import type { MatrixEntry } from "@fanfold-internal/matrix/matrix-file";
import fc from "fast-check";
import { expect, test } from "vitest";
import { familyIdentity } from "./identity.ts";

const SHARED = { images: ["quay.io/o/all"] };
const EACH = { images: ["ghcr.io/o/{image}", "quay.io/o/{image}"] };

test.each<[string, Parameters<typeof familyIdentity>[0], MatrixEntry, string, string]>([
  ["a suffix", SHARED, { backend: "x", "tag-suffix": "-cpu-x" }, "-cpu-x", ""],
  ["the plain image", SHARED, { backend: "x" }, "", ""],
  ["an image key", EACH, { image: "radarr" }, "radarr", "radarr"],
  ["a backend", EACH, { backend: "plex", "tag-suffix": "-gpu" }, "plex-gpu", "plex"],
  ["an image key beside a backend", EACH, { image: "web", backend: "node" }, "web", "web"],
  ["two keys", { images: ["{host}/{image}"] }, { host: "ghcr.io/o", image: "a" }, "ghcr.io/o-a", "ghcr.io/o-a"],
  ["one key twice", { images: ["ghcr.io/{image}/{image}"] }, { image: "a" }, "a", "a"],
  ["a group", { ...SHARED, "group-by": ["version"] }, { version: 3.12, "tag-suffix": "-slim" }, "3.12-slim", "3.12"],
  [
    "a group of a repository",
    { ...EACH, "group-by": ["version"] },
    { image: "python", version: "3.13" },
    "python:3.13",
    "python-3.13",
  ],
  [
    "two groups",
    { ...EACH, "group-by": ["os", "version"] },
    { image: "py", version: 3, os: "deb" },
    "py:deb-3",
    "py-deb-3",
  ],
  ["a group without a value", { ...EACH, "group-by": ["version"] }, { image: "python" }, "python", "python"],
])("%s", (_, config, entry, name, artifact) => {
  expect(familyIdentity(config, []).identify(entry)).toMatchObject({ name, artifact });
});

const value = fc.constantFrom("a", "b", "a-b");
const entry = fc.record(
  { image: value, backend: value, "tag-suffix": fc.constantFrom("", "-x"), version: value, "platform-tag": value },
  { requiredKeys: ["backend"] },
);

test("entries are one image exactly if repositories, suffix and values of group-by are equal", () => {
  fc.assert(
    fc.property(entry, entry, fc.subarray(["version"]), (one, other, groupBy) => {
      const { identify, repositoriesOf } = familyIdentity({ ...EACH, "group-by": groupBy }, [
        { name: "include", entries: [one, other] },
      ]);
      const parts = (each: MatrixEntry) => [
        repositoriesOf(each),
        each["tag-suffix"] ?? "",
        ...(groupBy.length === 0 ? [] : [each["version"] ?? ""]),
      ];
      const same = JSON.stringify(parts(one)) === JSON.stringify(parts(other));
      expect(identify(one).id === identify(other).id).toBe(same);
      expect(identify(one).name === identify(other).name).toBe(same);
    }),
  );
});

test("no two images of a family have one name", () => {
  const path = fc.string({ unit: fc.constantFrom("a", "-", "/"), minLength: 1, maxLength: 4 });
  const text = fc.string({ unit: fc.constantFrom("a", "-", "/", ":", ","), maxLength: 3 });
  const odd = fc.record({ x: path, y: path, v: text, w: text, "tag-suffix": text });
  fc.assert(
    fc.property(fc.array(odd, { maxLength: 30 }), (entries) => {
      const config = { images: ["r.io/{x}/{y}"], "group-by": ["v", "w"] };
      const { identify } = familyIdentity(config, [{ name: "include", entries }]);
      const images = new Map(entries.map(identify).map(({ id, name }) => [id, name]));
      expect(new Set(images.values()).size).toBe(images.size);
    }),
    { numRuns: 500 },
  );
});

test("two spellings of a repository are one, and it is named once", () => {
  const { identify, repositoriesOf } = familyIdentity({ images: ["{image}", "docker.io/library/{image}"] }, []);
  const [one, other] = [{ image: "x" }, { image: "docker.io/library/x" }];
  expect(repositoriesOf(one)).toEqual(["x"]);
  expect(identify(one).id).not.toBe(identify(other).id);
  expect(repositoriesOf({ other: "x" })).toEqual([]);
});

test("an entry of another commit's matrix has an image, whatever it lacks", () => {
  const { identify } = familyIdentity({ ...EACH, "group-by": ["version"] }, []);
  expect(identify({}).name).toBe("");
  expect(identify({ image: ["a"], version: { a: 1 } }).name).toBe("");
});

test("images whose names would be one have every part set off", () => {
  const entries = [
    { image: "app", "tag-suffix": "-web" },
    { image: "app-web" },
    { image: "api", "tag-suffix": "-web" },
  ];
  const { identify } = familyIdentity(EACH, [{ name: "include", entries }]);
  expect(entries.map((each) => identify(each).name)).toEqual(["app:-web", "app-web", "api-web"]);
});

test.each([
  [{ ...EACH, "group-by": ["version"] }, ["version"]],
  [{ images: ["ghcr.io/o/{image}", "quay.io/o/all"], "group-by": ["version"] }, ["image", "version"]],
  [{ images: ["ghcr.io/{owner}/{image}", "quay.io/o/{image}"] }, ["owner"]],
  [SHARED, []],
])("images of one repository of %j are told apart by %j", (config, keys) => {
  expect(familyIdentity(config, []).repositoryKeys).toEqual(keys);
});
