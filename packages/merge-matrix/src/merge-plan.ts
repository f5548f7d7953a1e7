import { isJsonObject } from "@fanfold-internal/kit/read/json";
import { type Group, groupEntries, type MatrixEntry } from "./group.ts";
import { judgeGroups, type Verdict } from "./group-verdict.ts";
import { MergeMatrixError } from "./merge-matrix-error.ts";

/** One merge job: the image of a group, and the artifacts its legs leave behind. */
export interface MergeItem {
  readonly "tag-suffix": string;
  /** The first leg's; `auto` when it names none. */
  readonly "tag-latest": string;
  /** What the index must hold, in the legs' order and normal form: `linux/amd64`. */
  readonly platforms: readonly string[];
  readonly legs: number;
  readonly artifacts: readonly string[];
}

export interface MergeMatrixOptions {
  /** How many entries make a group that is merged. Default 2: a single image is tagged by its own build job. */
  readonly minLegs?: number;
  /** Differing `tag-latest` values are an error. */
  readonly strict?: boolean;
}

/**
 * The merge matrix of a list of entries: one item per group with at least `minLegs` entries, in file order.
 * @throws MergeMatrixError `unreadable-input`, when an entry is none; `bad-group`, with every group that could not be merged safely
 */
export function computeMergeMatrix(
  entries: readonly MatrixEntry[],
  options: MergeMatrixOptions = {},
): readonly MergeItem[] {
  const strange = entries.findIndex(
    (entry: unknown) => !isJsonObject(entry) || typeof entry["tag-suffix"] !== "string",
  );
  if (strange !== -1) {
    throw new MergeMatrixError({
      code: "unreadable-input",
      message: `entry ${strange}: expected an object with a text "tag-suffix"`,
      fix: "an entry is one build job of a matrix",
    });
  }
  const groups = groupEntries(entries);
  const errors = judgeGroups(groups, options).filter(({ severity }) => severity === "error");
  if (errors.length > 0) throw badGroups(errors);
  return mergeItems(groups, options.minLegs ?? 2);
}

/** The items of groups that have been judged. */
export function mergeItems(groups: readonly Group[], minLegs: number): readonly MergeItem[] {
  return groups
    .filter(({ legs }) => legs.length >= minLegs)
    .map(({ tagSuffix, legs }) => ({
      "tag-suffix": tagSuffix,
      "tag-latest": legs[0].tagLatest,
      platforms: [...new Set(legs.flatMap(({ platforms }) => platforms))],
      legs: legs.length,
      artifacts: legs.map(({ artifact }) => artifact),
    }));
}

function badGroups(errors: readonly Verdict[]): MergeMatrixError {
  return new MergeMatrixError({
    code: "bad-group",
    message: errors.length === 1 ? "one image cannot be merged safely" : `${errors.length} faults make merges unsafe`,
    problems: errors.map(({ message, fix }) => ({ message, fix })),
  });
}
