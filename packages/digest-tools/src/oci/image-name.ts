import { normalize } from "node:path";
import { DigestToolsError } from "../base/error.ts";
import { isDigest } from "./digest.ts";
import { formatReference, isTag, parseReference, parseRepository } from "./reference.ts";
import type { ManifestReference } from "./store.ts";

/** An image as a user names it: a store, and what to look at in it. */
export interface ImageName {
  /** As `openStore` takes it. */
  readonly store: string;
  /** Undefined for a layout that is named without a tag. */
  readonly reference: ManifestReference | undefined;
}

/**
 * Reads `quay.io/example/backends:v1`, `…@sha256:…`, `oci:DIR`, `oci:DIR:v1` or `oci:DIR@sha256:…`. A registry's image
 * without a tag is `latest`, as in docker.
 * @throws DigestToolsError `invalid-reference`
 */
export function parseImageName(text: string): ImageName {
  if (!text.startsWith("oci:")) {
    const { registry, path, tag, digest } = parseReference(text);
    return { store: formatReference({ registry, path }), reference: digest ?? tag ?? "latest" };
  }
  const name = layoutImage(text);
  layoutPath(name.store);
  return name;
}

/**
 * One spelling for one store, so that what a leg recorded is found again: Docker's defaults written out, the path of a
 * layout without detours. A relative path stays relative: a record is read on other machines too.
 * @throws DigestToolsError `invalid-reference`
 */
export function canonicalStoreName(name: string): string {
  if (!name.startsWith("oci:")) return formatReference(parseRepository(name));
  const path = normalize(layoutPath(name));
  return `oci:${path.length > 1 && path.endsWith("/") ? path.slice(0, -1) : path}`;
}

/**
 * The directory of a store's name that begins with `oci:`.
 * @throws DigestToolsError `invalid-reference` where it is empty, which would be the current directory
 */
export function layoutPath(name: string): string {
  const path = name.slice("oci:".length);
  if (path !== "" && !path.includes("\0")) return path;
  throw new DigestToolsError({
    code: "invalid-reference",
    message: `image name ${JSON.stringify(name)}: expected the directory of a layout, found ${path === "" ? "its end" : "a NUL character"}`,
    fix: "write oci:DIR, or oci:. for the current directory",
  });
}

/** `quay.io/example/backends:v1`, `quay.io/example/backends@sha256:…`. */
export function nameIn(store: { readonly name: string }, reference: ManifestReference): string {
  return `${store.name}${reference.includes(":") ? "@" : ":"}${reference}`;
}

function layoutImage(text: string): ImageName {
  const at = text.lastIndexOf("@");
  const digest = at === -1 ? "" : text.slice(at + 1);
  if (isDigest(digest)) return { store: text.slice(0, at), reference: digest };
  const colon = text.lastIndexOf(":");
  const tag = text.slice(colon + 1);
  if (colon > "oci:".length && isTag(tag)) return { store: text.slice(0, colon), reference: tag };
  return { store: text, reference: undefined };
}
