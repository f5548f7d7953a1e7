import type { Group, Leg } from "./group.ts";

export type VerdictCode =
  | "tag-latest-differs"
  | "duplicate-platform"
  | "missing-platform-tag"
  | "lone-leg"
  | "several-platforms-in-leg"
  | "unknown-platform"
  | "reserved-suffix"
  | "duplicate-artifact";

/** What is wrong with a group: an error makes its merge unsafe, a warning is probably a slip. */
export interface Verdict {
  readonly severity: "warning" | "error";
  readonly code: VerdictCode;
  readonly tagSuffix: string;
  readonly message: string;
  readonly fix: string;
  /** Index of the entry to look at. */
  readonly entry: number;
  /** The key of that entry it is about. */
  readonly key: string;
}

export interface VerdictOptions {
  /** Differing `tag-latest` values are an error instead of a warning. */
  readonly strict?: boolean;
}

/** Every verdict on every group, in the groups' order. */
export function judgeGroups(groups: readonly Group[], { strict = false }: VerdictOptions = {}): readonly Verdict[] {
  const verdicts = groups.flatMap((group) => [
    ...judgeSuffix(group, groups),
    ...(group.legs.length === 1 ? judgeSingle(group) : judgeMulti(group, strict)),
  ]);
  return [...verdicts, ...judgeArtifacts(groups)];
}

function judgeSuffix(group: Group, all: readonly Group[]): readonly Verdict[] {
  const { tagSuffix, legs } = group;
  const about = {
    severity: "error",
    code: "reserved-suffix",
    tagSuffix,
    entry: legs[0].index,
    key: "tag-suffix",
  } as const;
  if (tagSuffix.includes("--") || tagSuffix.endsWith("-")) {
    const fault = tagSuffix.includes("--") ? 'holds "--"' : 'ends in "-"';
    const message = `tag-suffix ${quote(tagSuffix)} ${fault}: artifact names would collide, "--" separates suffix and platform in them`;
    return [{ ...about, message, fix: "use single dashes, and none at the end" }];
  }
  if (tagSuffix === "-core" && all.some((other) => other.tagSuffix === "")) {
    const message = `tag-suffix "-core" stands beside "": artifact names would collide, an empty suffix is called -core in them`;
    return [{ ...about, message, fix: 'rename "-core"' }];
  }
  return [];
}

function judgeSingle({ tagSuffix, legs: [leg] }: Group): readonly Verdict[] {
  const unreadable = judgePlatformNames(tagSuffix, leg);
  if (leg.platformTag === undefined) return unreadable;
  return [
    ...unreadable,
    {
      severity: "warning",
      code: "lone-leg",
      tagSuffix,
      message: `the only entry of ${name(tagSuffix)} has platform-tag ${quote(leg.platformTag)}: a sibling leg may be missing`,
      fix: "add the leg of the other architecture, or drop platform-tag",
      entry: leg.index,
      key: "platform-tag",
    },
  ];
}

function judgeMulti({ tagSuffix, legs }: Group, strict: boolean): readonly Verdict[] {
  const verdicts: Verdict[] = [];
  const [first] = legs;
  const seen = new Map<string, Leg>();
  for (const leg of legs) {
    const error = (code: VerdictCode, key: string, message: string, fix: string): void => {
      verdicts.push({
        severity: "error",
        code,
        tagSuffix,
        message: `${name(tagSuffix)}: ${message}`,
        fix,
        entry: leg.index,
        key,
      });
    };
    verdicts.push(...judgePlatformNames(tagSuffix, leg));
    if (leg.platformTag === undefined) {
      error(
        "missing-platform-tag",
        "platform-tag",
        `${legs.length} entries share this image, and one has no platform-tag`,
        "give each leg its platform-tag (amd64, arm64), or the entry a tag-suffix of its own",
      );
    }
    if (leg.platforms.length === 0 && leg.unreadable.length === 0) {
      error(
        "unknown-platform",
        "platforms",
        "a leg names no platform",
        "add platforms: linux/amd64 (or the one it builds)",
      );
    }
    if (leg.platforms.length > 1) {
      error(
        "several-platforms-in-leg",
        "platforms",
        `a leg builds ${leg.platforms.join(" and ")}`,
        "one leg, one platform: give each a leg of its own",
      );
    }
    for (const platform of new Set(leg.platforms)) {
      const other = seen.get(platform);
      if (other === undefined) seen.set(platform, leg);
      else
        error(
          "duplicate-platform",
          "platforms",
          `two legs build ${platform} (entries ${other.index} and ${leg.index})`,
          "an index holds one image per platform; remove one leg, or change its platforms or tag-suffix",
        );
    }
    if (leg.tagLatest !== first.tagLatest) {
      verdicts.push({
        severity: strict ? "error" : "warning",
        code: "tag-latest-differs",
        tagSuffix,
        message: `${name(tagSuffix)}: tag-latest is ${quote(leg.tagLatest)} here and ${quote(first.tagLatest)} in its first leg, whose value wins`,
        fix: "give all legs of an image the same tag-latest",
        entry: leg.index,
        key: "tag-latest",
      });
    }
  }
  return verdicts;
}

function judgePlatformNames(tagSuffix: string, leg: Leg): readonly Verdict[] {
  return leg.unreadable.map((platform) => ({
    severity: "error",
    code: "unknown-platform",
    tagSuffix,
    message: `${name(tagSuffix)}: ${quote(platform)} is no platform`,
    fix: "write os/architecture[/variant], such as linux/arm64",
    entry: leg.index,
    key: "platforms" in leg.entry ? "platforms" : "platform-tag",
  }));
}

/** Records are found by artifact name alone, so no two entries of a matrix may share one, whatever made them equal. */
function judgeArtifacts(groups: readonly Group[]): readonly Verdict[] {
  const verdicts: Verdict[] = [];
  const owners = new Map<string, { readonly group: Group; readonly leg: Leg }>();
  for (const group of groups) {
    for (const leg of group.legs) {
      const owner = owners.get(leg.artifact);
      if (owner === undefined) {
        owners.set(leg.artifact, { group, leg });
        continue;
      }
      // Legs without a platform-tag, and suffixes that are reserved for this reason, have their verdict already.
      if (leg.platformTag === undefined && owner.leg.platformTag === undefined) continue;
      verdicts.push({
        severity: "error",
        code: "duplicate-artifact",
        tagSuffix: group.tagSuffix,
        message: `${name(group.tagSuffix)}: entries ${owner.leg.index} and ${leg.index} share the artifact name ${quote(leg.artifact)}`,
        fix: "give each leg of an image its own platform-tag",
        entry: leg.index,
        key: "platform-tag",
      });
    }
  }
  return verdicts;
}

const quote = (value: string): string => JSON.stringify(value);

const name = (tagSuffix: string): string => `image ${quote(tagSuffix)}`;
