/** Whose signatures count: cosign verifies them. */
export type TrustPolicy = KeylessPolicy | KeyTrust;

/** By whom images are signed, and whose signatures count. */
export type SigningPolicy = KeylessPolicy | KeyPolicy;

/** Who vouches for the identities of jobs on github.com. */
export const GITHUB_ISSUER = "https://token.actions.githubusercontent.com";

/** With the identity of the job, which Sigstore's certificate names. */
interface KeylessPolicy {
  readonly kind: "keyless";
  /** A regular expression of Go's (RE2) for the whole of the certificate's subject. */
  readonly identity: string;
  /** Who vouches for identities. */
  readonly issuer: string;
}

interface KeyTrust {
  readonly kind: "key";
  readonly public: PublicKey;
}

interface KeyPolicy extends KeyTrust {
  /** The variable that holds the private key, as cosign writes it. */
  readonly variable: string;
}

interface PublicKey {
  /** For messages. */
  readonly file: string;
  /** PEM. */
  readonly text: string;
}

/** For messages: what a signature is verified by. */
export function whoseSignature(policy: TrustPolicy): string {
  return policy.kind === "key"
    ? `the public key ${policy.public.file}`
    : `the identity ${policy.identity} of ${policy.issuer}`;
}
