import { expect, test } from "vitest";
import { strangePlatform } from "./known-platforms.ts";

test.each(["linux/amd64", "linux/arm/v7", "linux/x86_64", "windows/amd64", "Linux/ARM64/v8", "wasi/wasm", "amd64"])(
  "%s is known, or has not the form of a platform",
  (text) => {
    expect(strangePlatform(text)).toBeUndefined();
  },
);

test.each([
  ["linux/amd46", ["linux/amd64"], true],
  ["linux/arm46/v8", ["linux/arm64/v8"], true],
  ["linx/arm64", ["linux/arm64"], true],
  ["linux/amr64", ["linux/amd64", "linux/arm64"], true],
  ["linux/s90", ["linux/s390"], true],
  ["linux/loongson64", ["linux/loong64"], false],
  ["linux/x390xx", ["linux/s390x"], false],
  ["linux/kvx", [], false],
])("%s: near %s, a slip: %s", (text, near, slip) => {
  expect(strangePlatform(text)).toEqual({ near, slip });
});
