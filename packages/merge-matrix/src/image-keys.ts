import { didYouMean } from "@fanfold-internal/kit/read/nearest";
import { tagSuffixOf, templateKeysOf, templateValue } from "@fanfold-internal/matrix/entry-values";
import { type Identify, identifyBy } from "@fanfold-internal/matrix/identity";
import type { MatrixEntry } from "@fanfold-internal/matrix/matrix-file";
import { MergeMatrixError } from "./error.ts";
import type { Group } from "./group.ts";

/** The keys that tell images apart, unless others are named. */
export const DEFAULT_KEYS: readonly string[] = ["tag-suffix"];

/** Keys of a leg, and of an item of the merge matrix. */
const NOT_OF_IMAGES = ["platforms", "platform-tag", "tag-latest", "runs-on", "artifact-name", "legs", "artifacts"];

/**
 * How entries are told apart by keys.
 * @throws MergeMatrixError `bad-key`: `tag-suffix` is missing, a key differs between legs of an image, no entry has it, or
 * its value is a list or a mapping
 */
export function identifyByKeys(keys: readonly string[], entries: readonly MatrixEntry[]): Identify {
  if (!keys.includes("tag-suffix")) {
    throw refused(`tag-suffix is not among ${keys.join(", ") || "the keys"}`, `write tag-suffix,${keys.join(",")}`);
  }
  const known = templateKeysOf(entries);
  for (const [at, key] of keys.entries()) {
    if (NOT_OF_IMAGES.includes(key))
      throw refused(`${key} does not tell images apart`, "name keys that all legs of an image share");
    if (keys.indexOf(key) !== at) throw refused(`${key} stands twice`, "name each key once");
    if (key !== "tag-suffix" && entries.length > 0 && !known.has(key)) {
      throw refused(`no entry has the key ${JSON.stringify(key)}${didYouMean(key, known)}`, "name keys of the entries");
    }
  }
  for (const [index, entry] of entries.entries()) {
    const key = keys.find((each) => typeof entry[each] === "object" && entry[each] !== null);
    if (key !== undefined) {
      const found = JSON.stringify(entry[key]).slice(0, 80);
      throw refused(`${key} of entry ${index} is ${found}`, "give it one value, as text");
    }
  }
  return identifyBy(keys);
}

/** The values of an image's keys, as items of the merge matrix show them; empty where it has none. */
export function keyValues({ legs: [{ entry }] }: Group, keys: readonly string[]): Readonly<Record<string, string>> {
  return Object.fromEntries(
    keys.map((key) => [key, key === "tag-suffix" ? tagSuffixOf(entry) : (templateValue(entry, key) ?? "")]),
  );
}

function refused(what: string, fix: string): MergeMatrixError {
  return new MergeMatrixError({ code: "bad-key", message: `images cannot be told apart: ${what}`, fix });
}
