import type { TrustPolicy } from "@fanfold/digest-tools/planning";
import type { PlannedSigning } from "./planned-signing.ts";

/** Whose signatures count by a plan; undefined: nobody knows who signs keyless. */
export function trustOf(sign: PlannedSigning): TrustPolicy | undefined {
  const { public: file, "public-key": text, identity, issuer } = sign;
  if (file !== null && text !== null) return { kind: "key", public: { file, text } };
  return identity === null || issuer === null ? undefined : { kind: "keyless", identity, issuer };
}
