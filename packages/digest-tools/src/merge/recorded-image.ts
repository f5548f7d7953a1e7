import type { Digest, Platform } from "../oci/descriptor.ts";
import { digestOf } from "../oci/digest.ts";
import type { Manifest } from "../oci/store.ts";
import type { PushedImage } from "./legs.ts";

/**
 * The manifest that a record holds of what was pushed. Undefined where it has none, or where the digest and the size that are
 * recorded are not those of the text: then the registry's own bytes decide what is wrong.
 */
export function recordedManifest(text: string | undefined, pushed: readonly PushedImage[]): Manifest | undefined {
  const descriptor = pushed[0]?.descriptor;
  if (text === undefined || descriptor === undefined) return undefined;
  const bytes = Buffer.from(text);
  const { mediaType, digest } = descriptor;
  const size = bytes.length;
  const agree = pushed.every(
    (one) => one.digest === digest && one.descriptor?.size === size && one.descriptor.mediaType === mediaType,
  );
  return agree && digestOf(bytes) === digest ? { bytes, descriptor: { mediaType, digest, size } } : undefined;
}

/** The platform that a record gives an image whose manifest names none. */
export function recordedPlatform(pushed: readonly PushedImage[]): (image: Digest) => Platform | undefined {
  return (image) => pushed.flatMap(({ children = [] }) => children).find(({ digest }) => digest === image)?.platform;
}
