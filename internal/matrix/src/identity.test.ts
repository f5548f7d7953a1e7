import { expect, test } from "vitest";
import { bySuffix, identifyBy } from "./identity.ts";

test("a suffix alone is the whole identity, and an absent one is the empty one", () => {
  expect(bySuffix({ backend: "x", "tag-suffix": "-cpu" })).toEqual({ id: "-cpu", name: "-cpu", artifact: "" });
  expect(bySuffix({ backend: "x" })).toEqual(bySuffix({ "tag-suffix": "" }));
  expect(identifyBy(["tag-suffix"])).toBe(bySuffix);
});

test.each([
  [["tag-suffix", "image"], { image: "radarr" }, "radarr", "radarr"],
  [["tag-suffix", "image"], { backend: "sonarr", "tag-suffix": "-cuda" }, "sonarr-cuda", "sonarr"],
  [
    ["tag-suffix", "image", "version"],
    { image: "python", version: 3.13, "tag-suffix": "-slim" },
    "python:3.13-slim",
    "python-3.13",
  ],
  [["version", "tag-suffix"], { version: "3.12" }, "3.12", "3.12"],
  [["tag-suffix", "version", "os"], { version: "3.12", os: "alpine" }, "3.12-alpine", "3.12-alpine"],
  [["tag-suffix", "image", "version"], { image: "python" }, "python", "python"],
])("by %j, %j is called %s", (keys, entry, name, artifact) => {
  expect(identifyBy(keys)(entry)).toMatchObject({ name, artifact });
});

test("values that make one text together are still two images", () => {
  const identify = identifyBy(["tag-suffix", "a", "b"]);
  const ids = [{ a: "x", b: "y" }, { a: "x-y" }, { b: "x-y" }, { a: "x", "tag-suffix": "-y" }].map(
    (entry) => identify(entry).id,
  );
  expect(new Set(ids).size).toBe(4);
});
