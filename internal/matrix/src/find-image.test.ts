import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type FoundImage, findImage } from "./find-image.ts";
import { bySuffix, identifyBy } from "./identity.ts";
import type { MatrixEntry } from "./matrix-file.ts";

const listed = (entries: readonly MatrixEntry[], darwin: readonly MatrixEntry[] = []) => [
  { name: "include", entries },
  { name: "includeDarwin", entries: darwin },
];

const places = (found: FoundImage): readonly string[] | string =>
  "entries" in found ? [found.kind, ...found.entries.map(({ list, index }) => `${list}[${index}]`)] : found.message;

describe("images told apart by suffix", () => {
  const lists = listed(
    [
      { backend: "whisper", "tag-suffix": "-cpu-whisper", "platform-tag": "amd64" },
      { backend: "whisper", "tag-suffix": "-cpu-whisper", "platform-tag": "arm64" },
      { backend: "whisper", "tag-suffix": "-cuda-whisper" },
      { backend: "core" },
    ],
    [{ backend: "whisper", "tag-suffix": "-metal-whisper" }],
  );

  test.each([
    ["-cpu-whisper", ["image", "include[0]", "include[1]"]],
    ["whisper", ["backend", "include[0]", "include[1]", "include[2]", "includeDarwin[0]"]],
    ["core", ["backend", "include[3]"]],
    ['""', ["image", "include[3]"]],
    ["", ["image", "include[3]"]],
  ])("%j", (text, expected) => {
    expect(places(findImage(text, lists, bySuffix))).toEqual(expected);
  });

  test("nothing of that name: the nearest, and which there are", () => {
    expect(findImage("wisper", lists, bySuffix)).toEqual({
      kind: "unknown",
      message: 'no image, backend or tag-suffix is called "wisper" (did you mean "whisper"?)',
      fix: 'the images are -cpu-whisper, -cuda-whisper, "", -metal-whisper',
    });
    expect(findImage("x", [], bySuffix)).toMatchObject({ fix: "the matrix file has no entries" });
  });
});

describe("images told apart by more", () => {
  const identify = identifyBy(["tag-suffix", "image", "version"]);
  const lists = listed([
    { image: "python", backend: "py", version: "3.12", "tag-suffix": "-slim" },
    { image: "python", backend: "py", version: "3.13", "tag-suffix": "-slim" },
    { image: "python", backend: "py", version: "3.13" },
    { image: "node", backend: "js", version: "24", "tag-suffix": "-alpine" },
    { backend: "radarr" },
    { backend: "radarr", "tag-suffix": "-cuda" },
    { image: "js", backend: "bun" },
  ]);

  test.each([
    ["python:3.12-slim", ["image", "include[0]"]],
    ["py", ["backend", "include[0]", "include[1]", "include[2]"]],
    ["-alpine", ["image", "include[3]"]],
    ["node", ["image", "include[3]"]],
    ["radarr", ["backend", "include[4]", "include[5]"]],
    ["radarr-cuda", ["image", "include[5]"]],
    ["python", '"python" is the value of image of python:3.12-slim, python:3.13-slim, python:3.13'],
    ["-slim", '"-slim" is the tag-suffix of python:3.12-slim, python:3.13-slim'],
    ["js", '"js" is the name of an image, and the backend of node:24-alpine'],
  ])("%s", (text, expected) => {
    expect(places(findImage(text, lists, identify))).toEqual(expected);
  });

  test("a full name stays one where others share it as their value", () => {
    const more = listed([{ image: "python" }, { image: "python", version: "3.13" }]);
    expect(places(findImage("python", more, identify))).toEqual(["image", "include[0]"]);
  });

  test("two images of one name are named by nothing", () => {
    const same = listed([{ image: "a", "tag-suffix": "-b" }, { image: "a-b" }]);
    expect(places(findImage("a-b", same, identify))).toBe('"a-b" is the name of include[0], include[1]');
  });
});

describe("laws", () => {
  const word = fc.constantFrom("a", "b", "a-b", "3.12", "py");
  const optional = fc.option(word, { nil: undefined });
  const entry = fc
    .record({ backend: optional, image: optional, version: optional, suffix: fc.constantFrom("", "-a", "-b", "-a-b") })
    .map(
      ({ backend, image, version, suffix }): MatrixEntry => ({
        ...(backend === undefined ? {} : { backend }),
        ...(image === undefined ? {} : { image }),
        ...(version === undefined ? {} : { version }),
        ...(suffix === "" ? {} : { "tag-suffix": suffix }),
      }),
    );
  const entries = fc.array(entry, { minLength: 1, maxLength: 10 });
  const identities = fc.constantFrom(
    bySuffix,
    identifyBy(["tag-suffix", "image"]),
    identifyBy(["tag-suffix", "version"]),
    identifyBy(["tag-suffix", "image", "version"]),
  );

  test("an image's full name stands for its entries and, where it is a backend too, for that; or the answer lists what it could be", () => {
    fc.assert(
      fc.property(entries, entries, identities, (include, darwin, identify) => {
        const lists = listed(include, darwin);
        const all = [...include, ...darwin];
        for (const each of all) {
          const { id, name } = identify(each);
          const found = findImage(name, lists, identify);
          const own = all.filter((other) => identify(other).id === id);
          if ("entries" in found) {
            const named = found.entries.map((ref) => ref.entry);
            if (found.kind === "image") expect(named).toEqual(own);
            else expect(own.every((other) => named.includes(other))).toBe(true);
          } else {
            expect(found.kind).toBe("ambiguous");
          }
        }
      }),
    );
  });

  test("no answer holds an entry that has nothing to do with the text", () => {
    fc.assert(
      fc.property(entries, identities, word, (include, identify, text) => {
        const found = findImage(text, listed(include), identify);
        if (!("entries" in found)) return;
        const ids = new Set(
          include
            .filter((each) => [each["backend"], each["image"], each["tag-suffix"], identify(each).name].includes(text))
            .map((each) => identify(each).id),
        );
        for (const ref of found.entries) expect(ids.has(identify(ref.entry).id)).toBe(true);
      }),
    );
  });
});
