import pLimit from "p-limit";
import { Cosign, type CosignOptions } from "./cosign.ts";
import type { SignatureState } from "./cosign-answer.ts";
import type { TrustPolicy } from "./policy.ts";

/** Cosign is a process of its own each time, and each asks the registry and perhaps Sigstore. */
export const COSIGNS_AT_ONCE = 8;

/**
 * What cosign says of each of these, `repository@digest`, 8 at a time.
 * @throws DigestToolsError `io` when cosign cannot be started
 */
export async function signaturesOf(
  references: Iterable<string>,
  policy: TrustPolicy,
  options: CosignOptions,
): Promise<ReadonlyMap<string, SignatureState>> {
  const cosign = new Cosign(options);
  const limit = pLimit(COSIGNS_AT_ONCE);
  const states = [...new Set(references)].map((reference) =>
    limit(async () => [reference, await cosign.verify(policy, reference)] as const),
  );
  return new Map(await Promise.all(states));
}
