import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { formatPlatform, normalizePlatform, parsePlatform, parsePlatforms, platformKey } from "./platform.ts";

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
