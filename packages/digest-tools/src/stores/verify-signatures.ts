import type { Diagnostic } from "@fanfold-internal/kit/process/diagnostic";
import { problem } from "../base/error.ts";
import { nameIn } from "../oci/image-name.ts";
import type { CosignOptions } from "../sign/cosign.ts";
import type { SignatureState } from "../sign/cosign-answer.ts";
import { type TrustPolicy, whoseSignature } from "../sign/policy.ts";
import { signaturesOf } from "../sign/signatures.ts";
import { signedDigests } from "../sign/signed-content.ts";
import type { Verification } from "./verify.ts";

/**
 * Adds to what was verified that it is signed: the index and each platform's manifest, in every repository.
 * @throws DigestToolsError `io` when cosign cannot be started
 */
export async function verifySignatures(
  found: readonly Verification[],
  policy: TrustPolicy,
  options: CosignOptions,
): Promise<readonly Verification[]> {
  const wanted = found.map((one) => ({ one, references: signedReferences(one) }));
  const asked = wanted.flatMap(({ references }) => references).filter((reference) => !reference.startsWith("oci:"));
  const states = await signaturesOf(asked, policy, options);
  return wanted.map(({ one, references }) => {
    const problems = references.flatMap((reference) => unsigned(reference, states.get(reference), policy));
    return { ...one, problems: [...one.problems, ...problems] };
  });
}

function signedReferences({ store, digest, children }: Verification): readonly string[] {
  if (digest === undefined) return [];
  return signedDigests(digest, children).map((one) => nameIn({ name: store }, one));
}

function unsigned(reference: string, state: SignatureState | undefined, policy: TrustPolicy): readonly Diagnostic[] {
  const expected = `expected ${reference} to be signed by ${whoseSignature(policy)}`;
  switch (state?.kind) {
    case "signed":
      return [];
    case "unsigned":
      return [
        problem("unsigned", {
          message: `${expected}, found: ${state.reason}`,
          fix: "publish it again, with sign in the config",
        }),
      ];
    case "unknown":
      return [
        problem("unsigned", {
          message: `${expected}; cosign could not find out: ${state.reason}`,
          fix: "mend what cosign says, and verify again",
        }),
      ];
    case undefined:
      return [
        problem("unsigned", {
          message: `${expected}, found a layout, where cosign finds no signatures`,
          fix: "verify it in a registry",
        }),
      ];
  }
}
