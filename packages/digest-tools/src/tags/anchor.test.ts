import { expect, test } from "vitest";
import { anchorTag } from "./anchor.ts";

test.each([
  ["leg-cpu-x--amd64", { tagSuffix: "-cpu-x", platformTag: "amd64", groupValues: [] }],
  ["leg--single", { tagSuffix: "", platformTag: undefined, groupValues: [] }],
  ["leg-3.13-slim--arm64", { tagSuffix: "-slim", platformTag: "arm64", groupValues: ["3.13", ""] }],
])("%s", (tag, leg) => {
  expect(anchorTag(leg)).toBe(tag);
});
