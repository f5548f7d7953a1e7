import { sanitizeTag } from "@fanfold-internal/matrix/tag-text";
import { parseRepository } from "../oci/reference.ts";
import { assertTag } from "./tags.ts";

/** `auto`: in registries that remove what has no tag soon after it was pushed. */
export type AnchorPolicy = "auto" | "always" | "never";

// Quay gives what is pushed by digest a hidden tag that ends after an hour
// (PUSH_TEMP_TAG_EXPIRATION_SEC, https://github.com/quay/quay/blob/master/config.py).
const COLLECTING_HOSTS: readonly string[] = ["quay.io"];

/**
 * The tag that keeps a leg from being removed until it is merged. It is the same in every run, so there are never more
 * of them than legs.
 * @throws DigestToolsError `invalid-tag`
 */
export function anchorTag(tagSuffix: string, platformTag: string): string {
  const tag = sanitizeTag(`leg${tagSuffix}--${platformTag}`);
  assertTag(tag);
  return tag;
}

/** Whether a leg in that store gets an anchor. `hosts` are collecting registries of the user's own. */
export function needsAnchor(policy: AnchorPolicy, storeName: string, hosts: readonly string[]): boolean {
  if (policy !== "auto") return policy === "always";
  return !storeName.startsWith("oci:") && [...COLLECTING_HOSTS, ...hosts].includes(parseRepository(storeName).registry);
}
