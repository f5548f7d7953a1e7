import type { Environment } from "@fanfold-internal/kit/process/host";
import { cosignEnvironment } from "./cosign-environment.ts";
import type { SigningPolicy, TrustPolicy } from "./policy.ts";

/** A run of cosign: its arguments, and all of its environment. */
export interface CosignCommand {
  readonly args: readonly string[];
  readonly env: Environment;
}

interface CosignGround {
  /** Of this process. */
  readonly env: Environment;
  /** `repository@digest`; of several, cosign ends at the first that fails. */
  readonly references: readonly string[];
  /** Whether the registry is used without TLS. Cosign knows by itself that loopback is. */
  readonly plainHttp: boolean;
}

/** Where cosign finds the public key: a variable, since the plan holds the key and the job may have no checkout. */
const PUBLIC_KEY = "FANFOLD_PUBLIC_KEY";

/**
 * Signs digests in repositories. A signature by key is in the registry alone: no log and no other service of
 * Sigstore's is asked, so that neither the name of a private image gets into a public log nor a merge waits for one.
 */
export function signCommand(policy: SigningPolicy, { env, references, plainHttp }: CosignGround): CosignCommand {
  const common = ["sign", "--yes", ...plainHttpFlags(plainHttp)];
  if (policy.kind === "keyless") {
    // Named, because cosign would otherwise wait for somebody to log in with a browser.
    return {
      args: [...common, "--oidc-provider=github-actions", ...references],
      env: cosignEnvironment(env, "identity"),
    };
  }
  return {
    args: [
      ...common,
      `--key=env://${policy.variable}`,
      "--use-signing-config=false",
      "--tlog-upload=false",
      ...references,
    ],
    env: {
      ...cosignEnvironment(env),
      [policy.variable]: env[policy.variable],
      // Where it is not set, cosign asks for it. A key without a password has an empty one.
      COSIGN_PASSWORD: env["COSIGN_PASSWORD"] ?? "",
    },
  };
}

/** For a batch of them; cosign's own three minutes are a long time for a plan. */
const VERIFY_SECONDS = 60;

/** Asks whether digests in repositories, all of them, carry a signature that counts: exit code 0. */
export function verifyCommand(policy: TrustPolicy, { env, references, plainHttp }: CosignGround): CosignCommand {
  const common = ["verify", `--timeout=${VERIFY_SECONDS}s`, ...plainHttpFlags(plainHttp)];
  if (policy.kind === "keyless") {
    return {
      args: [
        ...common,
        // Whole, because cosign would also be content with a match within.
        `--certificate-identity-regexp=^(?:${policy.identity})$`,
        `--certificate-oidc-issuer=${policy.issuer}`,
        ...references,
      ],
      env: cosignEnvironment(env),
    };
  }
  return {
    args: [...common, `--key=env://${PUBLIC_KEY}`, "--insecure-ignore-tlog=true", ...references],
    env: { ...cosignEnvironment(env), [PUBLIC_KEY]: policy.public.text },
  };
}

function plainHttpFlags(plainHttp: boolean): readonly string[] {
  return plainHttp ? ["--allow-http-registry=true"] : [];
}
