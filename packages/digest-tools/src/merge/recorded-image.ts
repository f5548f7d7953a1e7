import { isJsonObject, parseJson } from "@fanfold-internal/kit/read/json";
import type { Digest, Platform } from "../oci/descriptor.ts";
import { digestOf } from "../oci/digest.ts";
import type { Manifest } from "../oci/store.ts";
import type { PushedImage } from "./legs.ts";

/**
 * The manifest that a record holds of what was pushed. Undefined where it has none, or where the digest, the size or the type
 * that are recorded are not those of the text: then the registry's own bytes decide what is wrong.
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
  if (!agree || digestOf(bytes) !== digest || (ownMediaType(text) ?? mediaType) !== mediaType) return undefined;
  return { bytes, descriptor: { mediaType, digest, size } };
}

/** The platform that a record gives an image whose manifest names none. */
export function recordedPlatform(pushed: readonly PushedImage[]): (image: Digest) => Platform | undefined {
  return (image) => pushed.flatMap(({ children = [] }) => children).find(({ digest }) => digest === image)?.platform;
}

/** The specification lets a manifest leave it out. */
function ownMediaType(text: string): unknown {
  const parsed = parseJson(text);
  return parsed.kind === "ok" && isJsonObject(parsed.value) ? parsed.value["mediaType"] : undefined;
}
