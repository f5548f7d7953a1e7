import { expect, test } from "vitest";
import { suffixAsArgument } from "./suffix-argument.ts";

const flags = ["--base", "--only"];

test.each([
  [
    ["explain", "-cpu-x"],
    ["explain", "--", "-cpu-x"],
  ],
  [
    ["explain", "-hipblas-x", "--json"],
    ["explain", "--json", "--", "-hipblas-x"],
  ],
  [
    ["explain", "--only", "-x-y", "-cpu-x"],
    ["explain", "--only", "-x-y", "--", "-cpu-x"],
  ],
  [
    ["explain", "--base=HEAD~1", "-V\n"],
    ["explain", "--base=HEAD~1", "--", "-V\n"],
  ],
])("%j becomes %j", (args, expected) => {
  expect(suffixAsArgument(args, flags)).toEqual(expected);
});

test.each([[["explain", "-h"]], [["explain", "--", "-x-y"]], [["explain", "a/b"]], [["plan", "-xy"]], [[]]])(
  "%j stays as it is",
  (args) => {
    expect(suffixAsArgument(args, flags)).toEqual(args);
  },
);
