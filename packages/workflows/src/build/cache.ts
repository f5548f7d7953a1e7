import { createHash } from "node:crypto";
import type { Json, JsonObject } from "@fanfold-internal/kit/read/json";
import { sanitizeTag } from "@fanfold-internal/matrix/names";
import type { CacheConfig } from "../keys/build-keys.ts";
import { fieldsIn } from "./forms.ts";

/** One leg's cache, as `cache-from` and `cache-to` of bake take it. */
export interface LegCache {
  readonly from: string;
  readonly to: string;
}

const MAX_TAG = 128;

/**
 * Each leg has its own: what one architecture stores is of no use to another, and two legs that wrote into one would take
 * turns in throwing the other's away. A cache that cannot be written does not fail a build.
 */
export function legCache(cache: CacheConfig, artifact: string): LegCache {
  const scope = scopeOf(artifact);
  const place = cache.type === "gha" ? `type=gha,scope=${scope}` : `type=registry,ref=${cache.ref}:${scope}`;
  return { from: place, to: `${place},mode=${cache.mode ?? "max"},ignore-error=true` };
}

/** `cache-cpu-x--amd64` of the artifact `digests-cpu-x--amd64`. */
function scopeOf(artifact: string): string {
  const name = artifact.replace(/^digests/, "cache");
  const tag = sanitizeTag(name);
  if (tag === name && tag.length <= MAX_TAG) return tag;
  const hash = createHash("sha256").update(name).digest("hex").slice(0, 12);
  return `${tag.slice(0, MAX_TAG - hash.length - 1)}-${hash}`;
}

/** The attributes of a target that name GitHub's own cache. */
export function actionsCaches(target: JsonObject): readonly ("cache-from" | "cache-to")[] {
  return (["cache-from", "cache-to"] as const).filter((key) =>
    [target[key] ?? []].flat().some((item: Json) => fieldsIn(item)["type"] === "gha"),
  );
}
