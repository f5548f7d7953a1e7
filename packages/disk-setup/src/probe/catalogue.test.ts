import { expect, test } from "vitest";
import { CATALOGUE, checkKeep } from "./catalogue.ts";

test("each row of the catalogue can be kept, has a size, and says what breaks", () => {
  for (const { id, paths, images, breaks } of CATALOGUE) {
    expect(checkKeep([id])).toEqual([id]);
    expect(paths.every((path) => path.startsWith("/") || path.startsWith("{toolcache}/"))).toBe(true);
    expect(Object.values(images).every(({ bytes, inodes }) => bytes > 0 && inodes > 0)).toBe(true);
    expect(breaks).not.toBe("");
  }
});

test("a name that is not in the catalogue is an error: it would delete what the job uses", () => {
  expect(() => checkKeep(["everything"])).toThrow(expect.objectContaining({ code: "keep-unknown" }));
});
