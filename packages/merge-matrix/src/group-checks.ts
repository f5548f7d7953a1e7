import type { Diagnostic } from "@fanfold-internal/kit/process/diagnostic";
import { ambiguousArtifacts } from "@fanfold-internal/matrix/names";
import { parsePlatformName } from "@fanfold-internal/matrix/platform";
import { type Group, type Leg, platformNameOfTag } from "./group.ts";

/** What checking images finds, and what it means. */
export const GROUP_CODES = {
  "tag-latest-differs": "Legs of one image differ in `tag-latest`; the first leg's value wins.",
  "duplicate-platform": "Two legs of one image build the same platform, and an index holds one image for each.",
  "missing-platform-tag": "Several entries share an image, and one of them has no `platform-tag`.",
  "lone-leg": "The only entry of an image has a `platform-tag`: a leg of it may be missing.",
  "several-platforms-in-leg": "A leg of an image builds several platforms; each needs a leg of its own.",
  "unknown-platform": "`platforms` is missing in a leg, or does not have the form `os/architecture[/variant]`.",
  "platform-tag-mismatch": "A `platform-tag` names another architecture than the entry's `platforms`.",
  "suffix-without-dash": "A `tag-suffix` does not begin with a dash, and so runs into the tag before it.",
  "tag-too-long": "A `tag-suffix` or `platform-tag` makes tags of more than 128 characters, which no registry takes.",
  "reserved-suffix":
    "A `tag-suffix` would make two artifact names equal: it holds `--`, ends in `-`, or is `-core` beside an empty one.",
  "duplicate-artifact": "Two entries would leave their records under one artifact name.",
} as const;

export type GroupCode = keyof typeof GROUP_CODES;

/** A finding about an image: an error makes its merge unsafe, a warning is probably a slip. */
export interface GroupDiagnostic<Code extends string = GroupCode> extends Diagnostic<Code> {
  readonly severity: "error" | "warning";
  readonly fix: string;
  readonly tagSuffix: string;
  /** Index of the entry to look at. */
  readonly entry: number;
  /** The key of that entry it is about. */
  readonly key: string;
}

export interface CheckOptions {
  /** Differing `tag-latest` values are an error instead of a warning. */
  readonly strict?: boolean;
}

/** All findings about all groups, in the groups' order. */
export function checkGroups(
  groups: readonly Group[],
  { strict = false }: CheckOptions = {},
): readonly GroupDiagnostic[] {
  const found = groups.flatMap((group) => [
    ...checkSuffix(group, groups),
    ...checkTagLengths(group),
    ...group.legs.flatMap((leg) => checkPlatforms(group, leg)),
    ...(group.legs.length === 1 ? checkSingle(group) : checkLegs(group, strict)),
  ]);
  return [...found, ...checkArtifacts(groups), ...checkUploads(groups)];
}

function checkSuffix(group: Group, all: readonly Group[]): readonly GroupDiagnostic[] {
  const { tagSuffix, legs } = group;
  const about = { tagSuffix, entry: legs[0].index, key: "tag-suffix" };
  if (tagSuffix.includes("--") || tagSuffix.endsWith("-")) {
    const fault = tagSuffix.includes("--") ? 'holds "--"' : 'ends in "-"';
    const message = `tag-suffix ${quote(tagSuffix)} ${fault}: artifact names would collide, because "--" separates suffix and platform in them`;
    const fix = "use single dashes, and none at the end";
    return [{ code: "reserved-suffix", severity: "error", ...about, message, fix }];
  }
  if (tagSuffix === "-core" && all.some((other) => other.tagSuffix === "")) {
    const message = `tag-suffix "-core" stands beside "": artifact names would collide, because an empty suffix is called -core in them`;
    return [{ code: "reserved-suffix", severity: "error", ...about, message, fix: 'rename "-core"' }];
  }
  if (tagSuffix !== "" && !tagSuffix.startsWith("-")) {
    const message = `tag-suffix ${quote(tagSuffix)} does not begin with "-": the tag of branch main is main${tagSuffix}`;
    return [{ code: "suffix-without-dash", severity: "warning", ...about, message, fix: `write "-${tagSuffix}"` }];
  }
  return [];
}

/** https://github.com/opencontainers/distribution-spec/blob/main/spec.md#pulling-manifests */
const MAX_TAG = 128;

/** The shortest tags that every image gets: of a commit, and of a leg where untagged images are collected. */
function checkTagLengths({ tagSuffix, legs }: Group): readonly GroupDiagnostic[] {
  const found = [
    { tag: `sha-0123456${tagSuffix}`, leg: legs[0], key: "tag-suffix" },
    ...legs.map((leg) => ({ tag: `leg${tagSuffix}--${leg.platformTag ?? "single"}`, leg, key: "platform-tag" })),
  ].find(({ tag }) => tag.length > MAX_TAG);
  if (found === undefined) return [];
  return [
    {
      code: "tag-too-long",
      severity: "error",
      tagSuffix,
      message: `${name(tagSuffix)}: its tags have ${found.tag.length} characters and more, and a registry takes ${MAX_TAG}`,
      fix: "shorten tag-suffix or platform-tag; a branch's name stands in tags too",
      entry: found.leg.index,
      key: found.key,
    },
  ];
}

function checkPlatforms({ tagSuffix }: Group, leg: Leg): readonly GroupDiagnostic[] {
  const key = "platforms" in leg.entry ? "platforms" : "platform-tag";
  const unreadable = leg.unreadable.map(
    (platform): GroupDiagnostic => ({
      code: "unknown-platform",
      severity: "error",
      tagSuffix,
      message: `${name(tagSuffix)}: ${quote(platform)} is not a platform`,
      fix: "write os/architecture[/variant], such as linux/arm64",
      entry: leg.index,
      key,
    }),
  );
  return [...unreadable, ...checkPlatformTag(tagSuffix, leg)];
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

function checkPlatformTag(tagSuffix: string, leg: Leg): readonly GroupDiagnostic[] {
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
      tagSuffix,
      message: `${name(tagSuffix)}: platform-tag is ${quote(platformTag)} and platforms is ${platform}`,
      fix: `write platform-tag: ${platform.split("/").slice(1).join("-")}, or correct platforms`,
      entry: leg.index,
      key: "platform-tag",
    },
  ];
}

function checkSingle({ tagSuffix, legs: [leg] }: Group): readonly GroupDiagnostic[] {
  if (leg.platformTag === undefined) return [];
  return [
    {
      code: "lone-leg",
      severity: "warning",
      tagSuffix,
      message: `the only entry of ${name(tagSuffix)} has platform-tag ${quote(leg.platformTag)}: another leg may be missing`,
      fix: "add the leg of the other architecture, or remove platform-tag",
      entry: leg.index,
      key: "platform-tag",
    },
  ];
}

function checkLegs({ tagSuffix, legs }: Group, strict: boolean): readonly GroupDiagnostic[] {
  const found: GroupDiagnostic[] = [];
  const [first] = legs;
  const seen = new Map<string, Leg>();
  for (const leg of legs) {
    const add = (code: GroupCode, key: string, message: string, fix: string, warns = false): void => {
      const severity = warns ? "warning" : "error";
      found.push({ code, severity, tagSuffix, message: `${name(tagSuffix)}: ${message}`, fix, entry: leg.index, key });
    };
    if (leg.platformTag === undefined) {
      add(
        "missing-platform-tag",
        "platform-tag",
        `${legs.length} entries share this image, and one has no platform-tag`,
        "give each leg its platform-tag (amd64, arm64), or the entry a tag-suffix of its own",
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
        "an index holds one image per platform; remove one leg, or change its platforms or tag-suffix",
      );
    }
    if (leg.tagLatest !== first.tagLatest) {
      const message = `tag-latest is ${quote(leg.tagLatest)} here and ${quote(first.tagLatest)} in its first leg, whose value wins`;
      add("tag-latest-differs", "tag-latest", message, "give all legs of an image the same tag-latest", !strict);
    }
  }
  return found;
}

/** An upload is the artifact's name and an attempt, so that no name may be another's with a number behind it. */
function checkUploads(groups: readonly Group[]): readonly GroupDiagnostic[] {
  const legs = groups.flatMap((group) => group.legs.map((leg) => ({ tagSuffix: group.tagSuffix, leg })));
  const owners = new Map(legs.map((owner) => [owner.leg.artifact, owner]));
  return ambiguousArtifacts(owners.keys()).flatMap(([artifact, other]): readonly GroupDiagnostic[] => {
    const owner = owners.get(artifact);
    if (owner === undefined) return [];
    const { tagSuffix, leg } = owner;
    return [
      {
        code: "duplicate-artifact",
        severity: "error",
        tagSuffix,
        message: `${name(tagSuffix)}: the artifact name ${quote(artifact)} is ${quote(other)} with an attempt`,
        fix: "end its platform-tag otherwise than in a dash and a number",
        entry: leg.index,
        key: "platform-tag",
      },
    ];
  });
}

/** Records are found by artifact name alone, so no two entries of a matrix may share one, whatever made them equal. */
function checkArtifacts(groups: readonly Group[]): readonly GroupDiagnostic[] {
  const found: GroupDiagnostic[] = [];
  const owners = new Map<string, Leg>();
  for (const { tagSuffix, legs } of groups) {
    for (const leg of legs) {
      const owner = owners.get(leg.artifact);
      owners.set(leg.artifact, owner ?? leg);
      // Legs without a platform-tag, and suffixes that are reserved for this reason, have their finding already.
      if (owner === undefined || (leg.platformTag === undefined && owner.platformTag === undefined)) continue;
      found.push({
        code: "duplicate-artifact",
        severity: "error",
        tagSuffix,
        message: `${name(tagSuffix)}: entries ${owner.index} and ${leg.index} share the artifact name ${quote(leg.artifact)}`,
        fix: "give each leg of an image its own platform-tag",
        entry: leg.index,
        key: "platform-tag",
      });
    }
  }
  return found;
}

const quote = (value: string): string => JSON.stringify(value);

const name = (tagSuffix: string): string => `image ${quote(tagSuffix)}`;
