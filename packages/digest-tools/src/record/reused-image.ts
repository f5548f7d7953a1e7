import type { JsonReader } from "@fanfold-internal/kit/read/json-reader";
import type { Digest } from "../oci/descriptor.ts";
import { isDigest } from "../oci/digest.ts";
import { canonicalStoreName } from "../oci/image-name.ts";

const REASONS = ["claim", "heal", "retag"] as const;
/** A scheme's number, a hyphen and a hash. */
const MAX_KEY = 256;

/**
 * Why what stands is published again: `claim`, so that an older run cannot take its tags back; `heal`, where a repository has
 * lost a tag of it; `retag`, under the tags of a release.
 */
export type ReuseReason = (typeof REASONS)[number];

/** An image that is published already, and published again by this run: nothing is built. */
export interface ReusedImage {
  readonly why: ReuseReason;
  /** The index that stands there, by repository; of those that have one. */
  readonly index: ReadonlyMap<string, Digest>;
  /** Its content key. Undefined: it has none. */
  readonly key: string | undefined;
}

/** @throws the reader's error */
export function reusedImage(from: JsonReader, repositories: readonly string[]): ReusedImage | undefined {
  if (!from.present) return undefined;
  const index = from.at("index");
  const standing = index.keys().map((name): readonly [string, Digest] => {
    const store = canonicalStoreName(name);
    if (!repositories.includes(store))
      throw index.expected(`only repositories of the image (${repositories.join(", ")})`);
    const digest = index.at(name);
    if (!isDigest(digest.value)) throw digest.expected('"sha256:" and 64 hexadecimal digits');
    return [store, digest.value];
  });
  if (standing.length === 0) throw index.expected("the digest in at least one repository");
  return {
    why: from.at("why").oneOf(REASONS),
    index: new Map(standing),
    key: from.at("key").optionalText(MAX_KEY) || undefined,
  };
}
