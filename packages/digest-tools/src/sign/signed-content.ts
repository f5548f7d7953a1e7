import type { Digest } from "../oci/descriptor.ts";
import { type IndexChild, isAttestation } from "../oci/image-index.ts";

/**
 * What of an image is signed: its index and the manifest of each platform, for whoever pulls one by its own digest.
 * Attestations are not: the index names them.
 * @param index - undefined only in a dry run, where docker makes the index
 */
export function signedDigests(index: Digest | undefined, children: readonly IndexChild[]): readonly Digest[] {
  const images = children.flatMap(({ descriptor }) => (isAttestation(descriptor) ? [] : [descriptor.digest]));
  return [...new Set([...(index === undefined ? [] : [index]), ...images])];
}
