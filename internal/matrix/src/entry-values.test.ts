import { expect, test } from "vitest";
import { backendOf, entryValue, scalarText, tagSuffixOf, templateKeysOf, templateValue } from "./entry-values.ts";

test("values are what YAML made of them, as text", () => {
  expect(["x", "", 0, 3.13, false, null, undefined, ["x"], { a: 1 }].map((value) => scalarText(value))).toEqual([
    "x",
    undefined,
    "0",
    "3.13",
    "false",
    undefined,
    undefined,
    undefined,
    undefined,
  ]);
});

test("an image without a name is called like its backend, in templates", () => {
  const entry = { backend: "arr", "tag-suffix": "-x" };
  expect([templateValue(entry, "image"), templateValue({ ...entry, image: "radarr" }, "image")]).toEqual([
    "arr",
    "radarr",
  ]);
  expect([entryValue(entry, "image"), backendOf({ backend: "" }), templateValue({}, "image")]).toEqual([
    undefined,
    undefined,
    undefined,
  ]);
  expect([...templateKeysOf([entry])]).toEqual(["backend", "tag-suffix", "image"]);
  expect(templateKeysOf([{ context: "x" }]).has("image")).toBe(false);
});

test("a suffix may be absent, and nothing is taken from a prototype", () => {
  expect([tagSuffixOf({}), tagSuffixOf({ "tag-suffix": "-x" })]).toEqual(["", "-x"]);
  expect([entryValue({}, "constructor"), templateValue({}, "toString")]).toEqual([undefined, undefined]);
});
