import { sanitizeTag } from "@fanfold-internal/matrix/names";
import { registryOf } from "../hosts/quirks.ts";
import { parseRepository } from "../oci/reference.ts";
import { assertTag } from "./tags.ts";

/** `auto`: in registries that remove what has no tag soon after it was pushed. */
export type AnchorPolicy = "auto" | "always" | "never";

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
  if (storeName.startsWith("oci:")) return false;
  const { registry } = parseRepository(storeName);
  return hosts.includes(registry) || registryOf(registry)?.untaggedMs !== undefined;
}
