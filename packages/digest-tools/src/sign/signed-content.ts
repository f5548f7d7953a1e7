import type { Descriptor, Digest } from "../oci/descriptor.ts";
import { isAttestation } from "../oci/image-index.ts";

/**
 * What of an image is signed: its index and the manifest of each platform, for whoever pulls one by its own digest.
 * Attestations are not: the index names them.
 * @param index - undefined only in a dry run, where docker makes the index
 */
export function signedDigests(index: Digest | undefined, children: readonly Descriptor[]): readonly Digest[] {
  const images = children.flatMap((child) => (isAttestation(child) ? [] : [child.digest]));
  return [...new Set([...(index === undefined ? [] : [index]), ...images])];
}
