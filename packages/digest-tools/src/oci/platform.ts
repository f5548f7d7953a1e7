import { didYouMean } from "@fanfold-internal/kit/read/nearest";
import { formatPlatformName, parsePlatformName } from "@fanfold-internal/matrix/platform";
import { DigestToolsError } from "../base/error.ts";
import type { Platform } from "./descriptor.ts";

// The image specification names platforms by Go's GOOS and GOARCH
// (https://github.com/opencontainers/image-spec/blob/v1.1.1/image-index.md); the values are those of `go tool dist list`.
const SYSTEMS = "aix android darwin dragonfly freebsd illumos ios js linux netbsd openbsd plan9 solaris wasip1 windows";
const ARCHITECTURES = "386 amd64 arm arm64 loong64 mips mips64 mips64le mipsle ppc64 ppc64le riscv64 s390x wasm";
const systems: ReadonlySet<string> = new Set(SYSTEMS.split(" "));
const architectures: ReadonlySet<string> = new Set(ARCHITECTURES.split(" "));

/**
 * Reads `os/architecture[/variant]`, in whatever spelling docker takes, into the one spelling that images are compared
 * by: `linux/arm64/v8` and `linux/aarch64` are `linux/arm64`, `linux/arm` is `linux/arm/v7`.
 * @throws DigestToolsError `invalid-platform`
 */
export function parsePlatform(text: string): Platform {
  const platform = parsePlatformName(text);
  if (platform === undefined) {
    throw new DigestToolsError({
      code: "invalid-platform",
      message: `platform ${JSON.stringify(text)} is not of the form os/architecture[/variant]`,
      fix: "write it like linux/amd64, linux/arm64 or linux/arm/v7",
    });
  }
  if (!systems.has(platform.os)) throw unknown(text, "operating system", platform.os, systems);
  if (!architectures.has(platform.architecture)) {
    throw unknown(text, "architecture", platform.architecture, architectures);
  }
  return platform;
}

/** Reads `linux/amd64,linux/arm64`. @throws DigestToolsError `invalid-platform` */
export function parsePlatforms(text: string): readonly Platform[] {
  return text.split(",").map(parsePlatform);
}

/** The same platform in the spelling of `parsePlatform`; what that cannot read stays as it is. */
export function normalizePlatform(platform: Platform): Platform {
  const normal = parsePlatformName(formatPlatform(platform));
  if (normal === undefined) return platform;
  const { os: _os, architecture: _architecture, variant: _variant, ...rest } = platform;
  return { ...normal, ...rest };
}

/** `linux/arm64`, `linux/arm/v7`. */
export function formatPlatform(platform: Platform): string {
  return formatPlatformName(platform);
}

/**
 * Whether an image for `found` is one for `expected`, in whatever spelling. What `expected` leaves open may be anything:
 * `windows/amd64` stands for every version of Windows (`os.version`).
 */
export function isPlatform(found: Platform, expected: Platform): boolean {
  if (formatPlatform(normalizePlatform(found)) !== formatPlatform(normalizePlatform(expected))) return false;
  const version = expected["os.version"];
  const features = expected["os.features"];
  if (version !== undefined && version !== found["os.version"]) return false;
  return features === undefined || features.every((feature) => found["os.features"]?.includes(feature) === true);
}

/** Whether an image has exactly these platforms, each of them and no others. */
export function hasExactly(found: readonly Platform[], expected: readonly Platform[]): boolean {
  const isWanted = found.every((platform) => expected.some((one) => isPlatform(platform, one)));
  return isWanted && expected.every((one) => found.some((platform) => isPlatform(platform, one)));
}

/** What tells two children of one index apart: on Windows the version of the system counts too. */
export function platformKey(platform: Platform): string {
  const normal = normalizePlatform(platform);
  const extra = [normal["os.version"] ?? "", ...(normal["os.features"] ?? []).toSorted()].join(",");
  return extra === "" ? formatPlatform(normal) : `${formatPlatform(normal)} ${extra}`;
}

function unknown(text: string, what: string, word: string, known: ReadonlySet<string>): DigestToolsError {
  return new DigestToolsError({
    code: "invalid-platform",
    message: `platform ${JSON.stringify(text)} names an unknown ${what}, ${JSON.stringify(word)}${didYouMean(word, known)}`,
    fix: "use the names that Go and docker use, like linux/amd64 or linux/arm64",
  });
}
