import { sanitizeTag } from "@fanfold-internal/matrix/names";
import { registryOf } from "../hosts/quirks.ts";
import { parseRepository } from "../oci/reference.ts";
import { assertTag } from "./tags.ts";

/** `auto`: in registries that remove what has no tag soon after it was pushed. */
export type AnchorPolicy = "auto" | "always" | "never";

/** What tells a leg from all others in one repository. */
export interface AnchoredLeg {
  readonly tagSuffix: string;
  /** Undefined for a single. */
  readonly platformTag: string | undefined;
  /** Values of the `group-by` keys, which tell images of one repository apart. */
  readonly groupValues: readonly string[];
}

/**
 * The tag that keeps a leg from being removed until it is merged: `leg[-<values>]<tag-suffix>--<platform-tag or "single">`.
 * It is the same in every run, so there are never more of them than legs; a newer run may take it from one that still builds.
 * @throws DigestToolsError `invalid-tag`
 */
export function anchorTag({ tagSuffix, platformTag, groupValues }: AnchoredLeg): string {
  const parts = ["leg", ...groupValues.filter((value) => value !== "")].join("-");
  const tag = sanitizeTag(`${parts}${tagSuffix}--${platformTag ?? "single"}`);
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
