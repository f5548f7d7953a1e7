import { isJsonObject, type Json } from "@fanfold-internal/kit/read/json";
import type { MatrixEntry } from "@fanfold-internal/matrix/matrix-file";
import type { Config } from "../config/config.ts";
import { BUILD_KEYS } from "../keys/build-keys.ts";

const VERSION = /\{\{[^{}]*\b(?:version|tag|date)\b[^{}]*\}\}/;

/**
 * Whether an image's build or labels name the version, the git tag or the day that it is built for, so that what a branch has
 * built is not what a release builds.
 */
export function namesVersion(entries: readonly MatrixEntry[], { build, metadata }: Config): boolean {
  const own = entries.flatMap((entry) =>
    Object.entries(entry).flatMap(([key, value]) => (Object.hasOwn(BUILD_KEYS, key) ? [value] : [])),
  );
  const values: readonly (Json | undefined)[] = [...own, build === undefined ? null : { ...build }];
  return [...values, [...(metadata?.labels ?? [])]].some((value) => value !== undefined && names(value));
}

function names(value: Json): boolean {
  if (typeof value === "string") return VERSION.test(value);
  if (Array.isArray(value)) return value.some(names);
  return isJsonObject(value) && Object.values(value).some((each) => each !== undefined && names(each));
}
