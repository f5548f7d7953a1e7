import { isJsonObject, type Json, parseJson } from "@fanfold-internal/kit/read/json";
import { DigestToolsError } from "../base/error.ts";
import { type Descriptor, type Digest, isIndexType, OCI_INDEX, OCI_MANIFEST } from "../oci/descriptor.ts";
import { parseIndex, parseManifest } from "../oci/image-content.ts";
import type { Manifest, Named } from "../oci/store.ts";

/** The media type that the document states; without one (OCI makes it optional) its shape decides. */
export function mediaTypeOf(bytes: Uint8Array): string | undefined {
  const document = parsed(Buffer.from(bytes).toString("utf8"));
  if (!isJsonObject(document)) return undefined;
  const { mediaType, manifests, config, layers } = document;
  if (typeof mediaType === "string" && mediaType !== "") return mediaType;
  if (Array.isArray(manifests)) return OCI_INDEX;
  return isJsonObject(config) && Array.isArray(layers) ? OCI_MANIFEST : undefined;
}

/** What a layout's file `oci-layout` says. */
export function layoutVersionOf(text: string): unknown {
  const marker = parsed(text);
  return isJsonObject(marker) ? marker["imageLayoutVersion"] : undefined;
}

/**
 * Everything that a manifest or an index names and that a registry requires before it accepts it. Non-distributable layers
 * are stored elsewhere.
 * @throws DigestToolsError `invalid-manifest`
 */
export function namedBy(manifest: Manifest, store: Named): readonly Descriptor[] {
  if (isIndexType(manifest.descriptor.mediaType)) return parseIndex(manifest, store).children;
  const { config, layers } = parseManifest(manifest, store);
  return [config, ...layers.filter(({ mediaType }) => !/\.(?:foreign|nondistributable)\./.test(mediaType))];
}

/** A registry answers MANIFEST_BLOB_UNKNOWN in this case. */
export function unknownChild(parent: Descriptor, child: Descriptor, file: string): DigestToolsError {
  return new DigestToolsError({
    code: "rejected",
    message: `expected ${child.digest}, which ${parent.digest} names, found no such file`,
    at: { file },
    fix: "the manifest names something that is not in this layout (never pushed, or removed since): push it again",
  });
}

export function missingBlob(file: string, digest: Digest): DigestToolsError {
  return new DigestToolsError({
    code: "not-found",
    message: `expected the blob ${digest}, found no such file`,
    at: { file },
    fix: "the layout is incomplete: build it again",
  });
}

export function mismatch(file: string, expected: string, found: string): DigestToolsError {
  return new DigestToolsError({
    code: "digest-mismatch",
    message: `expected ${expected}, found ${found}`,
    at: { file },
    fix: "the layout is damaged: build it again",
  });
}

function parsed(text: string): Json | undefined {
  const json = parseJson(text);
  return json.kind === "ok" ? json.value : undefined;
}
