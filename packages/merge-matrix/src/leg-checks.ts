import { fewNames } from "@fanfold-internal/kit/text/words";
import { backendOf } from "@fanfold-internal/matrix/entry-values";
import { parsePlatformName } from "@fanfold-internal/matrix/platform";
import { type Group, type Leg, platformNameOfTag } from "./group.ts";
import { about, type GroupCode, type GroupDiagnostic, quote, title } from "./group-finding.ts";
import { strangePlatform } from "./known-platforms.ts";

/** What is wrong with an image by itself. */
export function checkGroup(group: Group, strict: boolean): readonly GroupDiagnostic[] {
  return [
    ...checkSuffix(group),
    ...checkTagLengths(group),
    ...group.legs.flatMap((leg) => checkPlatforms(group, leg)),
    ...(group.legs.length === 1 ? checkSingle(group) : checkLegs(group, strict)),
  ];
}

function checkSuffix(group: Group): readonly GroupDiagnostic[] {
  const { tagSuffix } = group;
  const where = about(group, group.legs[0], "tag-suffix");
  if (tagSuffix.includes("--") || tagSuffix.endsWith("-")) {
    const fault = tagSuffix.includes("--") ? 'holds "--"' : 'ends in "-"';
    const message = `tag-suffix ${quote(tagSuffix)} ${fault}: artifact names would collide, because "--" separates suffix and platform in them`;
    const fix = "use single dashes, and none at the end";
    return [{ code: "reserved-suffix", severity: "error", ...where, message, fix }];
  }
  if (tagSuffix !== "" && !tagSuffix.startsWith("-")) {
    const message = `tag-suffix ${quote(tagSuffix)} does not begin with "-": the tag of branch main is main${tagSuffix}`;
    return [{ code: "suffix-without-dash", severity: "warning", ...where, message, fix: `write "-${tagSuffix}"` }];
  }
  return [];
}

/** https://github.com/opencontainers/distribution-spec/blob/main/spec.md#pulling-manifests */
const MAX_TAG = 128;

/** The shortest tags that every image gets: of a commit, and of a leg where untagged images are collected. */
function checkTagLengths(group: Group): readonly GroupDiagnostic[] {
  const { tagSuffix, legs } = group;
  const found = [
    { tag: `sha-0123456${tagSuffix}`, leg: legs[0], key: "tag-suffix" },
    ...legs.map((leg) => ({ tag: `leg${tagSuffix}--${leg.platformTag ?? "single"}`, leg, key: "platform-tag" })),
  ].find(({ tag }) => tag.length > MAX_TAG);
  if (found === undefined) return [];
  return [
    {
      code: "tag-too-long",
      severity: "error",
      ...about(group, found.leg, found.key),
      message: `${title(group)}: its tags have ${found.tag.length} characters and more, and a registry takes ${MAX_TAG}`,
      fix: "shorten tag-suffix or platform-tag; a branch's name stands in tags too",
    },
  ];
}

function checkPlatforms(group: Group, leg: Leg): readonly GroupDiagnostic[] {
  const key = "platforms" in leg.entry ? "platforms" : "platform-tag";
  const unreadable = leg.unreadable.map(
    (platform): GroupDiagnostic => ({
      code: "unknown-platform",
      severity: "error",
      ...about(group, leg, key),
      message: `${title(group)}: ${quote(platform)} is not a platform`,
      fix: "write os/architecture[/variant], such as linux/arm64",
    }),
  );
  const strange = leg.platforms.flatMap((platform) => checkPlatformName(group, leg, platform));
  return [...unreadable, ...strange, ...checkPlatformTag(group, leg)];
}

/** Builders take any words for a platform, and fail at the first image that has none for it, hours later. */
function checkPlatformName(group: Group, leg: Leg, platform: string): readonly GroupDiagnostic[] {
  const strange = strangePlatform(platform);
  if (strange === undefined) return [];
  const { near, slip } = strange;
  const key = "platforms" in leg.entry ? "platforms" : "platform-tag";
  const guess = near.length === 0 ? "" : ` (did you mean ${near.map(quote).join(" or ")}?)`;
  return [
    {
      code: "platform-not-known",
      severity: slip ? "error" : "warning",
      ...about(group, leg, key),
      message: `${title(group)}: no platform is known as ${quote(platform)}${guess}`,
      fix: `write ${near.length === 0 ? "it as others do: linux/amd64, linux/arm64" : near.join(" or ")}`,
    },
  ];
}

// What a tag can be mistaken for; any other word is a name that somebody chose.
const KNOWN_ARCHITECTURES: ReadonlySet<string> = new Set([
  "386",
  "amd64",
  "arm",
  "arm64",
  "loong64",
  "mips64le",
  "ppc64le",
  "riscv64",
  "s390x",
]);

function checkPlatformTag(group: Group, leg: Leg): readonly GroupDiagnostic[] {
  const [platform, ...others] = leg.platforms;
  const { platformTag } = leg;
  if (platform === undefined || others.length > 0 || platformTag === undefined) return [];
  const written = platformNameOfTag(platformTag);
  const named = parsePlatformName(written);
  const built = parsePlatformName(platform);
  if (named === undefined || built === undefined || !KNOWN_ARCHITECTURES.has(named.architecture)) return [];
  const saysVariant = written.split("/").length > 2;
  const same = named.architecture === built.architecture && (!saysVariant || named.variant === built.variant);
  if (same) return [];
  return [
    {
      code: "platform-tag-mismatch",
      severity: "warning",
      ...about(group, leg, "platform-tag"),
      message: `${title(group)}: platform-tag is ${quote(platformTag)} and platforms is ${platform}`,
      fix: `write platform-tag: ${platform.split("/").slice(1).join("-")}, or correct platforms`,
    },
  ];
}

function checkSingle(group: Group): readonly GroupDiagnostic[] {
  const [leg] = group.legs;
  if (leg.platformTag === undefined) return [];
  return [
    {
      code: "lone-leg",
      severity: "warning",
      ...about(group, leg, "platform-tag"),
      message: `the only entry of ${title(group)} has platform-tag ${quote(leg.platformTag)}: another leg may be missing`,
      fix: "add the leg of the other architecture, or remove platform-tag",
    },
  ];
}

function checkLegs(group: Group, strict: boolean): readonly GroupDiagnostic[] {
  const { legs } = group;
  const found: GroupDiagnostic[] = [];
  const [first] = legs;
  const seen = new Map<string, Leg>();
  const apart = severalBackends(group);
  for (const leg of legs) {
    const add = (code: GroupCode, key: string, message: string, fix: string, warns = false): void => {
      const severity = warns ? "warning" : "error";
      found.push({ code, severity, ...about(group, leg, key), message: `${title(group)}: ${message}`, fix });
    };
    if (leg.platformTag === undefined) {
      add(
        "missing-platform-tag",
        "platform-tag",
        `${legs.length} entries share this image, and one has no platform-tag`,
        apart ?? "give each leg its platform-tag (amd64, arm64), or the entry a tag-suffix of its own",
      );
    }
    if (leg.platforms.length === 0 && leg.unreadable.length === 0) {
      const fix = "add platforms: linux/amd64 (or the one it builds)";
      add("unknown-platform", "platforms", "a leg names no platform", fix);
    }
    if (leg.platforms.length > 1) {
      const message = `a leg builds ${leg.platforms.join(" and ")}`;
      add("several-platforms-in-leg", "platforms", message, "one leg, one platform: give each a leg of its own");
    }
    for (const platform of new Set(leg.platforms)) {
      const other = seen.get(platform);
      seen.set(platform, other ?? leg);
      if (other === undefined) continue;
      add(
        "duplicate-platform",
        "platforms",
        `two legs build ${platform} (entries ${other.index} and ${leg.index})`,
        apart ?? "an index holds one image per platform; remove one leg, or change its platforms or tag-suffix",
      );
    }
    if (leg.tagLatest !== first.tagLatest) {
      const message = `tag-latest is ${quote(leg.tagLatest)} here and ${quote(first.tagLatest)} in its first leg, whose value wins`;
      add("tag-latest-differs", "tag-latest", message, "give all legs of an image the same tag-latest", !strict);
    }
  }
  return found;
}

/** What to do about an image whose entries were hardly meant to share it. */
function severalBackends({ legs }: Group): string | undefined {
  const backends = new Set(legs.map(({ entry }) => backendOf(entry) ?? "none"));
  return backends.size < 2
    ? undefined
    : `its entries are of several backends (${fewNames([...backends])}): give each image its own tag-suffix, or tell images apart by another key, too`;
}
