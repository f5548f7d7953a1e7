import pLimit from "p-limit";
import { parseReference } from "../oci/reference.ts";
import { Cosign, type CosignOptions } from "./cosign.ts";
import type { SignatureState } from "./cosign-answer.ts";
import type { TrustPolicy } from "./policy.ts";

/** Cosign is a process of its own each time, and each asks the registry and perhaps Sigstore. */
export const COSIGNS_AT_ONCE = 8;

/** Enough that starting cosign, and what it asks Sigstore each time, no longer counts. */
const BATCH = 16;

/** What cosign says of a registry that leaves it waiting. */
const SILENT = /\bdeadline exceeded\b|\bcosign was stopped after\b/;

/**
 * What cosign says of each of these, `repository@digest`, in at most 8 processes at one time. They are asked together, and
 * by themselves only where one among them has no signature that counts. A registry that does not answer is not asked again.
 * @throws DigestToolsError `io` when cosign cannot be started
 */
export async function signaturesOf(
  references: Iterable<string>,
  policy: TrustPolicy,
  options: CosignOptions,
): Promise<ReadonlyMap<string, SignatureState>> {
  const cosign = new Cosign(options);
  const limit = pLimit(COSIGNS_AT_ONCE);
  const silent = new Map<string, SignatureState>();
  const ask = (registry: string, asked: readonly string[]) =>
    limit(async () => {
      const known = silent.get(registry);
      if (known !== undefined) return known;
      const state = await cosign.verify(policy, asked);
      if (state.kind === "unknown" && SILENT.test(state.reason)) silent.set(registry, state);
      return state;
    });
  const states = await Promise.all(
    batches([...new Set(references)]).map(async ({ registry, batch }) => {
      const together = await ask(registry, batch);
      return Promise.all(
        batch.map(async (reference): Promise<readonly [string, SignatureState]> => {
          if (together.kind === "signed" || batch.length === 1) return [reference, together];
          return [reference, await ask(registry, [reference])];
        }),
      );
    }),
  );
  return new Map(states.flat());
}

/** Of one registry each. */
function batches(
  references: readonly string[],
): readonly { readonly registry: string; readonly batch: readonly string[] }[] {
  const byRegistry = Map.groupBy(references, (reference) => parseReference(reference).registry);
  return [...byRegistry].flatMap(([registry, all]) =>
    Array.from({ length: Math.ceil(all.length / BATCH) }, (_, at) => ({
      registry,
      batch: all.slice(at * BATCH, (at + 1) * BATCH),
    })),
  );
}
