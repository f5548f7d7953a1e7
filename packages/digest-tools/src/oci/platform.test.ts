import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Platform } from "./descriptor.ts";
import {
  formatPlatform,
  isPlatform,
  normalizePlatform,
  parsePlatform,
  parsePlatforms,
  platformKey,
} from "./platform.ts";

describe("parsePlatform", () => {
  it.each([
    ["linux/amd64", "linux/amd64"],
    ["linux/amd64/v1", "linux/amd64"],
    ["linux/amd64/v3", "linux/amd64/v3"],
    ["linux/x86_64", "linux/amd64"],
    ["Linux/AMD64", "linux/amd64"],
    ["linux/arm64", "linux/arm64"],
    ["linux/arm64/v8", "linux/arm64"],
    ["linux/aarch64", "linux/arm64"],
    ["linux/arm64/v9", "linux/arm64/v9"],
    ["linux/arm", "linux/arm/v7"],
    ["linux/arm/v6", "linux/arm/v6"],
    ["linux/armhf", "linux/arm/v7"],
    ["linux/i386", "linux/386"],
    [" linux/s390x ", "linux/s390x"],
  ])("reads %s as %s", (text, expected) => {
    expect(formatPlatform(parsePlatform(text))).toBe(expected);
  });

  it.each([
    ["", "is not of the form os/architecture[/variant]"],
    ["linux", "is not of the form"],
    ["linux/", "is not of the form"],
    ["linux/arm64/", "is not of the form"],
    ["linux/arm64/v8/x", "is not of the form"],
    ["linux/amd46", 'unknown architecture, "amd46" (did you mean "amd64"?)'],
    ["linus/amd64", 'unknown operating system, "linus" (did you mean "linux"?)'],
    ["unknown/unknown", "unknown operating system"],
  ])("refuses %j", (text, message) => {
    expect(() => parsePlatform(text)).toThrow(
      expect.objectContaining({ code: "invalid-platform", message: expect.stringContaining(message) }),
    );
  });

  it("reads lists", () => {
    expect(parsePlatforms("linux/amd64, linux/arm64/v8").map(formatPlatform)).toEqual(["linux/amd64", "linux/arm64"]);
  });
});

describe("platformKey", () => {
  it("tells Windows versions apart", () => {
    const windows = { os: "windows", architecture: "amd64" };
    expect(platformKey({ ...windows, "os.version": "10.0.1" })).not.toBe(
      platformKey({ ...windows, "os.version": "10.0.2" }),
    );
    expect(platformKey({ os: "linux", architecture: "arm64", variant: "v8" })).toBe("linux/arm64");
  });
});

describe("normalizePlatform", () => {
  it("changes nothing the second time", () => {
    const name = fc.constantFrom("linux", "windows", "arm", "arm64", "aarch64", "amd64", "x86-64", "mystery");
    const variant = fc.constantFrom("", "v8", "v1", "v6", "v9");
    fc.assert(
      fc.property(name, name, variant, (os, architecture, v) => {
        const once = normalizePlatform({ os, architecture, ...(v === "" ? {} : { variant: v }) });
        expect(normalizePlatform(once)).toEqual(once);
      }),
    );
  });
});

describe("isPlatform", () => {
  const windows = { os: "windows", architecture: "amd64" };
  const [ltsc2019, ltsc2022] = ["10.0.17763.6414", "10.0.20348.2031"].map((version) => ({
    ...windows,
    "os.version": version,
  }));
  if (ltsc2019 === undefined || ltsc2022 === undefined) throw new Error("two versions");

  it.each<readonly [what: string, found: Platform, expected: Platform, is: boolean]>([
    ["the same", parsePlatform("linux/amd64"), parsePlatform("linux/amd64"), true],
    ["arm64/v8 for arm64", { os: "linux", architecture: "arm64", variant: "v8" }, parsePlatform("linux/arm64"), true],
    ["arm64 for arm64/v8", { os: "linux", architecture: "arm64" }, parsePlatform("linux/arm64/v8"), true],
    ["another spelling", { os: "linux", architecture: "x86_64" }, parsePlatform("linux/amd64"), true],
    ["another variant", { os: "linux", architecture: "arm", variant: "v6" }, parsePlatform("linux/arm/v7"), false],
    ["another architecture", parsePlatform("linux/arm64"), parsePlatform("linux/amd64"), false],
    ["any version of Windows", ltsc2022, windows, true],
    ["the version of Windows that is asked for", ltsc2022, ltsc2022, true],
    ["another version of Windows", ltsc2022, ltsc2019, false],
    ["no version of Windows, for one", windows, ltsc2022, false],
    ["more features than are asked for", { ...windows, "os.features": ["win32k"] }, windows, true],
    ["fewer features than are asked for", windows, { ...windows, "os.features": ["win32k"] }, false],
  ])("%s", (_what, found, expected, is) => {
    expect(isPlatform(found, expected)).toBe(is);
  });

  it("holds for each platform itself, and for what is left open of it", () => {
    const text = fc.constantFrom("linux", "windows", "amd64", "arm64", "arm", "v7", "v8", "x");
    const platform = fc.record(
      { os: text, architecture: text, variant: text, "os.version": text, "os.features": fc.array(text) },
      { requiredKeys: ["os", "architecture"] },
    );
    fc.assert(
      fc.property(platform, ({ os, architecture, ...rest }) => {
        const found = { os, architecture, ...rest };
        const open = { os, architecture, ...(rest.variant === undefined ? {} : { variant: rest.variant }) };
        expect(isPlatform(found, found)).toBe(true);
        expect(isPlatform(found, open)).toBe(true);
      }),
    );
  });
});
