import { scalarText, tagSuffixOf } from "@fanfold-internal/matrix/entry-values";
import { bySuffix, type Identify, type ImageIdentity } from "@fanfold-internal/matrix/identity";
import type { MatrixEntry } from "@fanfold-internal/matrix/matrix-file";
import { artifactName } from "@fanfold-internal/matrix/names";
import { formatPlatformName, parsePlatformName, platformTexts } from "@fanfold-internal/matrix/platform";

/** One entry of an image: what one build job makes of it. */
export interface Leg {
  /** Index of the entry in the list that was grouped. */
  readonly index: number;
  readonly entry: MatrixEntry;
  /** The platforms that the entry builds, each in its normal form (`linux/arm64/v8` is `linux/arm64`), in its own order. */
  readonly platforms: readonly string[];
  /** Parts of its `platforms` that are not platforms. */
  readonly unreadable: readonly string[];
  readonly platformTag: string | undefined;
  readonly tagLatest: string;
  readonly artifact: string;
}

/** All entries of one published image. */
export interface Group {
  readonly identity: ImageIdentity;
  readonly tagSuffix: string;
  readonly legs: readonly [Leg, ...Leg[]];
}

/**
 * Groups in the order of their first entries. Keys that are read: `tag-suffix`, `platforms`, `platform-tag`, `tag-latest`, and
 * what tells images apart: by default `tag-suffix` alone.
 */
export function groupEntries(entries: readonly MatrixEntry[], identify: Identify = bySuffix): readonly Group[] {
  const groups = new Map<string, Group & { readonly legs: [Leg, ...Leg[]] }>();
  for (const [index, entry] of entries.entries()) {
    const identity = identify(entry);
    const leg = readLeg(entry, index, identity);
    const group = groups.get(identity.id);
    if (group === undefined) groups.set(identity.id, { identity, tagSuffix: tagSuffixOf(entry), legs: [leg] });
    else group.legs.push(leg);
  }
  return [...groups.values()];
}

function readLeg(entry: MatrixEntry, index: number, { artifact }: ImageIdentity): Leg {
  const platformTag = scalarText(entry["platform-tag"]);
  const written =
    platformTexts(entry["platforms"]) ?? (platformTag === undefined ? [] : [platformNameOfTag(platformTag)]);
  const platforms: string[] = [];
  const unreadable: string[] = [];
  for (const name of written) {
    const platform = parsePlatformName(name);
    if (platform === undefined) unreadable.push(name);
    else platforms.push(formatPlatformName(platform));
  }
  return {
    index,
    entry,
    platforms,
    unreadable,
    platformTag,
    // docker/metadata-action has no empty value for flavor `latest`; an empty one has always meant its default.
    tagLatest: scalarText(entry["tag-latest"]) ?? "auto",
    artifact: artifactName(artifact, tagSuffixOf(entry), platformTag),
  };
}

/**
 * An entry that says only `platform-tag: arm64` builds linux/arm64: container images of other systems name theirs.
 * `linux-arm64` is what Docker's own multi-platform workflow makes of linux/arm64.
 */
export function platformNameOfTag(platformTag: string): string {
  return `linux/${platformTag.replace(/^linux[-/]/, "").replace("-", "/")}`;
}
