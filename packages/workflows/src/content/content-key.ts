import { createHash } from "node:crypto";
import { canonicalJson, type Json } from "@fanfold-internal/kit/read/json";

/**
 * The number of the scheme: which inputs are read from the same files, and how they are hashed. Whoever changes that counts
 * it up, or images would be taken for what they are not.
 */
const CONTENT_SCHEME = 1;

/** A key as it stands on an index: `1-` and 64 hexadecimal digits. */
export function contentKey(content: Json): string {
  return `${CONTENT_SCHEME}-${hashOf(content)}`;
}

/** Equal for equal values. */
export function hashOf(content: Json): string {
  return createHash("sha256").update(canonicalJson(content)).digest("hex");
}

/** The scheme of a key; undefined: it is none. Keys of different schemes say nothing about each other. */
export function schemeOf(key: string): number | undefined {
  const [, scheme] = /^([1-9][0-9]{0,8})-[0-9a-f]{64}$/.exec(key) ?? [];
  return scheme === undefined ? undefined : Number(scheme);
}
