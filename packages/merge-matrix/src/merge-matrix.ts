import { isJsonObject } from "@fanfold-internal/kit/read/json";
import { bySuffix, type Identify } from "@fanfold-internal/matrix/identity";
import type { MatrixEntry } from "@fanfold-internal/matrix/matrix-file";
import { cutShards, MAX_JOBS_PER_MATRIX, type Shards } from "@fanfold-internal/matrix/shards";
import { MergeMatrixError } from "./error.ts";
import { type Group, groupEntries } from "./group.ts";
import { checkGroups } from "./group-checks.ts";
import { DEFAULT_KEYS, identifyByKeys, keyValues } from "./image-keys.ts";
import { checkKeys } from "./key-checks.ts";

/** One merge job: an image by its keys, and the artifacts that its legs leave behind. */
export interface MergeItem {
  /** Keys that tell images apart besides `tag-suffix`, and their values as text. */
  readonly [key: string]: string | number | readonly string[];
  readonly "tag-suffix": string;
  /** The first leg's; `auto` when it names none. */
  readonly "tag-latest": string;
  /** What the index must hold, in the legs' order and normal form: `linux/amd64`. */
  readonly platforms: readonly string[];
  readonly legs: number;
  readonly artifacts: readonly string[];
}

/** What `computeMergeMatrix` takes for an image, and for one that is merged. */
export interface MergeMatrixOptions {
  /** How many entries make a group that is merged. Default 2: a single image is complete as it is. */
  readonly minLegs?: number;
  /**
   * Keys in which the entries of one image agree, `tag-suffix` among them; default `["tag-suffix"]`. `image` stands for `backend`
   * where it is absent.
   */
  readonly by?: readonly string[];
  /** Differing `tag-latest` values are an error. */
  readonly strict?: boolean;
}

/**
 * The merge matrix of a list of entries: one item per group with at least `minLegs` entries, in file order.
 *
 * @throws MergeMatrixError `unreadable-input`, when an item of the list is not an entry; `bad-key`, when one of `by` cannot
 * tell images apart; `bad-group`, with every group that could not be merged safely
 */
export function computeMergeMatrix(
  entries: readonly MatrixEntry[],
  options: MergeMatrixOptions = {},
): readonly MergeItem[] {
  const strange = entries.findIndex(
    (entry: unknown) => !isJsonObject(entry) || !["undefined", "string"].includes(typeof entry["tag-suffix"]),
  );
  if (strange !== -1) {
    throw new MergeMatrixError({
      code: "unreadable-input",
      message: `entry ${strange}: expected an object, and its "tag-suffix" a text`,
      fix: "an entry is one build job of a matrix",
    });
  }
  const { by = DEFAULT_KEYS, minLegs = 2 } = options;
  const groups = groupEntries(entries, identifyByKeys(by, entries));
  const errors = [...checkGroups(groups, options), ...checkKeys(groups)].filter(({ severity }) => severity === "error");
  if (errors.length > 0) {
    throw new MergeMatrixError({
      code: "bad-group",
      message: errors.length === 1 ? "one image cannot be merged safely" : `${errors.length} faults make merges unsafe`,
      problems: errors.map(({ code, severity, message, fix }) => ({ code, severity, message, fix })),
    });
  }
  return mergeItems(groups, minLegs, (group) => keyValues(group, by));
}

/** The items of groups that have been checked; `keysOf` tells which image an item is of, by default by its name. */
export function mergeItems(
  groups: readonly Group[],
  minLegs: number,
  keysOf: (group: Group) => Readonly<Record<string, string>> = byName,
): readonly MergeItem[] {
  return groups
    .filter(({ legs }) => legs.length >= minLegs)
    .map((group): MergeItem => {
      const { tagSuffix, legs } = group;
      return {
        ...keysOf(group),
        "tag-suffix": tagSuffix,
        "tag-latest": legs[0].tagLatest,
        platforms: [...new Set(legs.flatMap(({ platforms }) => platforms))],
        legs: legs.length,
        artifacts: legs.map(({ artifact }) => artifact),
      };
    });
}

/** A name that is no more than the suffix is not said twice. */
function byName({ identity, tagSuffix }: Group): Readonly<Record<string, string>> {
  return identity.name === tagSuffix ? {} : { image: identity.name };
}

/**
 * Cuts entries into matrices of at most `size` jobs, in two classes, so that merges never wait for singles. A group is
 * never cut. Shards are filled in file order and never reopened: an image added at the end of the file moves no other.
 *
 * @throws MergeMatrixError `group-too-large`, when one group alone has more than `size` entries
 */
export function shardEntries(
  entries: readonly MatrixEntry[],
  size: number = MAX_JOBS_PER_MATRIX,
  identify: Identify = bySuffix,
): Shards {
  const cut = cutShards(entries.map(identify), { size });
  if (cut.kind === "shards") return { multi: cut.shards.multi, single: cut.shards.single };
  const { kind: _, ...details } = cut;
  throw new MergeMatrixError({ code: "group-too-large", ...details });
}
