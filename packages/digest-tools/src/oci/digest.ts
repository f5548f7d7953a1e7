import { createHash } from "node:crypto";
import { Transform } from "node:stream";
import { DigestToolsError } from "../base/error.ts";
import type { Descriptor, Digest } from "./descriptor.ts";

/** The digest of these very bytes. */
export function digestOf(bytes: Uint8Array): Digest {
  return `sha256:${createHash("sha256").update(bytes).digest("hex")}`;
}

export function isDigest(text: unknown): text is Digest {
  return typeof text === "string" && /^sha256:[0-9a-f]{64}$/.test(text);
}

/** The hexadecimal part, which names the blob's file in a layout. */
export function hexOf(digest: Digest): string {
  return digest.slice("sha256:".length);
}

/**
 * Passes a blob through and fails when it is not what its descriptor says: as soon as it is too long, otherwise at its
 * end. `where` is for the message: the address or file it comes from.
 */
export function verifyingStream({ digest, size }: Descriptor, where: string): Transform {
  const hash = createHash("sha256");
  let seen = 0;
  const fault = (found: string) =>
    new DigestToolsError({
      code: "digest-mismatch",
      message: `expected ${digest} of ${size} bytes, got ${found}`,
      at: { url: where },
      fix: "the content was damaged on its way or in the store; run again, and if it stays, push it anew",
    });
  return new Transform({
    transform(chunk: Buffer, _encoding, done) {
      seen += chunk.length;
      if (seen > size) return done(fault("more than that"));
      hash.update(chunk);
      done(null, chunk);
    },
    flush(done) {
      const found = `sha256:${hash.digest("hex")}`;
      if (found === digest && seen === size) done();
      else done(fault(seen === size ? found : `${seen} bytes (${found})`));
    },
  });
}
