import { expect, test } from "vitest";
import { parsePep440 } from "./pep440.ts";

// Normal forms as PEP 440 gives them (https://peps.python.org/pep-0440/#normalization).
test.each([
  ["1.2.3", "1.2.3", true],
  ["v1.0", "1.0", true],
  ["1!2.0", "1!2.0", true],
  ["1.1RC1", "1.1rc1", false],
  ["1.1-alpha.2", "1.1a2", false],
  ["1.1a", "1.1a0", false],
  ["1.2-1", "1.2.post1", false],
  ["1.2.rev7", "1.2.post7", false],
  ["1.2-dev", "1.2.dev0", false],
  ["1.0+ubuntu_1", "1.0+ubuntu.1", true],
  ["01.02", "1.2", true],
])("%s is %s", (text, clean, final) => {
  expect(parsePep440(text)).toMatchObject({ clean, final });
});

test.each(["nightly", "1.x", "", "release/1.2"])("%s is not a version", (text) => {
  expect(parsePep440(text)).toBeUndefined();
});
