import { CONTENT_KEY_ANNOTATION, REVISION_ANNOTATION, RUN_ANNOTATION } from "../oci/annotations.ts";
import { type Digest, isIndexType } from "../oci/descriptor.ts";
import { parseIndex } from "../oci/image-content.ts";
import type { IndexChild } from "../oci/image-index.ts";
import type { ManifestReference, ManifestStore } from "../oci/store.ts";

/** What stands under a tag, as its index says. */
export interface StandingImage {
  readonly digest: Digest;
  /** Of what it is built, as whoever merged it knew; undefined: it does not say. */
  readonly contentKey: string | undefined;
  readonly revision: string | undefined;
  /** The id of the run that published it. */
  readonly run: string | undefined;
  /** What the index names, attestations included; none of an image that has no index. */
  readonly children: readonly IndexChild[];
}

/** Reads what stands there, with one request; undefined: nothing. @throws DigestToolsError */
export async function readStanding(
  store: Pick<ManifestStore, "name" | "getManifest">,
  reference: ManifestReference,
): Promise<StandingImage | undefined> {
  const manifest = await store.getManifest(reference);
  if (manifest === undefined) return undefined;
  const { digest, mediaType } = manifest.descriptor;
  if (!isIndexType(mediaType)) {
    return { digest, contentKey: undefined, revision: undefined, run: undefined, children: [] };
  }
  const { annotations, children } = parseIndex(manifest, store);
  return {
    digest,
    contentKey: annotations[CONTENT_KEY_ANNOTATION],
    revision: annotations[REVISION_ANNOTATION],
    run: annotations[RUN_ANNOTATION],
    children: children.map((descriptor) => ({ descriptor, what: descriptor.digest })),
  };
}
