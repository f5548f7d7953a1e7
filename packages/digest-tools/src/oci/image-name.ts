import { isDigest } from "./digest.ts";
import { formatReference, isTag, parseReference } from "./reference.ts";
import type { ManifestReference } from "./store.ts";

/** An image as a user names it: a store, and what of it. */
export interface ImageName {
  /** As `openStore` takes it. */
  readonly store: string;
  /** Undefined for a layout that is named without a tag. */
  readonly reference: ManifestReference | undefined;
}

/**
 * Reads `quay.io/example/backends:v1`, `…@sha256:…`, `oci:DIR`, `oci:DIR:v1` or `oci:DIR@sha256:…`. A registry's image
 * without a tag is `latest`, as docker has it.
 * @throws DigestToolsError `invalid-reference`
 */
export function parseImageName(text: string): ImageName {
  if (!text.startsWith("oci:")) {
    const { registry, path, tag, digest } = parseReference(text);
    return { store: formatReference({ registry, path }), reference: digest ?? tag ?? "latest" };
  }
  const at = text.lastIndexOf("@");
  const digest = at === -1 ? "" : text.slice(at + 1);
  if (isDigest(digest)) return { store: text.slice(0, at), reference: digest };
  const colon = text.lastIndexOf(":");
  const tag = text.slice(colon + 1);
  if (colon > "oci:".length && isTag(tag)) return { store: text.slice(0, colon), reference: tag };
  return { store: text, reference: undefined };
}
