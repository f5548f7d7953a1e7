import { expect, test } from "vitest";
import { formatPlatformName, parsePlatformName } from "./platform.ts";

test.each([
  ["linux/amd64", "linux/amd64"],
  ["linux/arm64/v8", "linux/arm64"],
  ["Linux/AArch64", "linux/arm64"],
  ["linux/x86_64", "linux/amd64"],
  ["linux/amd64/v1", "linux/amd64"],
  ["linux/amd64/v3", "linux/amd64/v3"],
  ["linux/arm", "linux/arm/v7"],
  ["linux/armhf", "linux/arm/v7"],
  ["linux/arm/v6", "linux/arm/v6"],
  [" windows/amd64 ", "windows/amd64"],
  ["linux", undefined],
  ["linux/", undefined],
  ["linux/a/b/c", undefined],
  ["::stop", undefined],
])("platform %j is %j", (text, normal) => {
  const platform = parsePlatformName(text);
  expect(platform && formatPlatformName(platform)).toBe(normal);
});
