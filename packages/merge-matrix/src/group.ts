import type { Json } from "@fanfold-internal/kit/read/json";
import type { MatrixEntry } from "@fanfold-internal/matrix/matrix-file";
import { artifactName } from "@fanfold-internal/matrix/names";
import { formatPlatformName, parsePlatformName, platformTexts } from "@fanfold-internal/matrix/platform";

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

/** All entries with one `tag-suffix`: one published image. */
export interface Group {
  readonly tagSuffix: string;
  readonly legs: readonly [Leg, ...Leg[]];
}

/** Groups in the order of their first entries. Keys that are read: `tag-suffix`, `platforms`, `platform-tag`, `tag-latest`. */
export function groupEntries(entries: readonly MatrixEntry[]): readonly Group[] {
  const groups = new Map<string, [Leg, ...Leg[]]>();
  for (const [index, entry] of entries.entries()) {
    const leg = readLeg(entry, index);
    const legs = groups.get(entry["tag-suffix"]);
    if (legs === undefined) groups.set(entry["tag-suffix"], [leg]);
    else legs.push(leg);
  }
  return [...groups].map(([tagSuffix, legs]) => ({ tagSuffix, legs }));
}

function readLeg(entry: MatrixEntry, index: number): Leg {
  const platformTag = text(entry["platform-tag"]);
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
    tagLatest: text(entry["tag-latest"]) ?? "auto",
    artifact: artifactName(entry["tag-suffix"], platformTag),
  };
}

/**
 * An entry that says only `platform-tag: arm64` builds linux/arm64: container images of other systems name theirs.
 * `linux-arm64` is what Docker's own multi-platform workflow makes of linux/arm64.
 */
export function platformNameOfTag(platformTag: string): string {
  return `linux/${platformTag.replace(/^linux[-/]/, "").replace("-", "/")}`;
}

/** Matrix values are what YAML made of them: `true` and `1` count as their text; nothing, `null` and `""` as absent. */
function text(value: Json | undefined): string | undefined {
  if (value === undefined || value === null || value === "" || typeof value === "object") return undefined;
  return String(value);
}
