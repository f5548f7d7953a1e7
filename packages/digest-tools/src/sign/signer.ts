import type { Diagnostic } from "@fanfold-internal/kit/process/diagnostic";
import { diagnosticsOf } from "@fanfold-internal/kit/process/errors";
import pLimit from "p-limit";
import { type Clock, systemClock } from "../base/clock.ts";
import { problem } from "../base/error.ts";
import { mayPass } from "../docker/final-error.ts";
import type { Digest } from "../oci/descriptor.ts";
import { nameIn } from "../oci/image-name.ts";
import { Cosign, type CosignOptions } from "./cosign.ts";
import { type SigningPolicy, whoseSignature } from "./policy.ts";
import { COSIGNS_AT_ONCE } from "./signatures.ts";

/** Signs what an image consists of, before any tag stands for it. */
export interface Signer {
  /** Why these are not all signed in this repository; nothing: each carries a signature that counts. */
  sign(repository: string, digests: readonly Digest[]): Promise<readonly Diagnostic[]>;
}

export interface SignerOptions extends CosignOptions {
  readonly clock?: Clock;
}

/** What failed in passing is tried again after these waits. */
const WAITS_MS: readonly number[] = [2_000, 8_000];

/**
 * Signs by cosign, each digest once in each repository: what carries a signature that counts already is left alone, in this
 * run or from an earlier one. What was signed is verified, by cosign too.
 */
export class CosignSigner implements Signer {
  readonly #policy: SigningPolicy;
  readonly #options: SignerOptions;
  readonly #cosign: Cosign;
  readonly #limit = pLimit(COSIGNS_AT_ONCE);
  /** By `repository@digest`: images may share a platform's manifest. */
  readonly #done = new Map<string, Promise<readonly Diagnostic[]>>();

  constructor(policy: SigningPolicy, options: SignerOptions) {
    this.#policy = policy;
    this.#options = options;
    this.#cosign = new Cosign(options);
  }

  async sign(repository: string, digests: readonly Digest[]): Promise<readonly Diagnostic[]> {
    const missing = this.#missing(repository);
    if (missing !== undefined) return [missing];
    const results = await Promise.all(digests.map((digest) => this.#once(nameIn({ name: repository }, digest))));
    return results.flat();
  }

  #once(reference: string): Promise<readonly Diagnostic[]> {
    const known = this.#done.get(reference);
    if (known !== undefined) return known;
    const begun = this.#limit(() => this.#signOne(reference).catch(diagnosticsOf));
    this.#done.set(reference, begun);
    return begun;
  }

  async #signOne(reference: string): Promise<readonly Diagnostic[]> {
    // Asked before each try: one that failed may have left a signature behind.
    for (let attempt = 0; ; attempt++) {
      const { kind } = await this.#cosign.verify(this.#policy, [reference]);
      if (kind === "signed") return [];
      const failure = await this.#cosign.sign(this.#policy, reference);
      if (failure === undefined) return this.#verifySigned(reference);
      const wait = WAITS_MS[attempt];
      if (wait === undefined || !mayPass(failure)) return [this.#failed(reference, failure)];
      await this.#sleep(wait);
    }
  }

  /** A registry may need a moment until what was put is found; a signature is made once all the same. */
  async #verifySigned(reference: string): Promise<readonly Diagnostic[]> {
    for (let attempt = 0; ; attempt++) {
      const state = await this.#cosign.verify(this.#policy, [reference]);
      if (state.kind === "signed") return [];
      const wait = WAITS_MS[attempt];
      if (wait === undefined) return [this.#notAccepted(reference, state.reason)];
      await this.#sleep(wait);
    }
  }

  /** What signing takes and this process does not have. */
  #missing(repository: string): Diagnostic | undefined {
    const { env } = this.#options;
    if (repository.startsWith("oci:")) {
      return problem("signing-failed", {
        message: `expected a registry's repository to sign in, found the layout ${repository}`,
        fix: "sign where the image is published, or merge with a plan that has no sign",
      });
    }
    if (this.#policy.kind === "key") {
      if (env[this.#policy.variable]) return undefined;
      return problem("signing-failed", {
        message: `expected the private key in the variable ${this.#policy.variable}, found nothing`,
        fix: `give the merge job the secret ${this.#policy.variable}, which holds cosign's private key`,
      });
    }
    if (env["ACTIONS_ID_TOKEN_REQUEST_URL"] && env["ACTIONS_ID_TOKEN_REQUEST_TOKEN"]) return undefined;
    return problem("signing-failed", {
      message: "expected a job that has an identity to sign with, found no ACTIONS_ID_TOKEN_REQUEST_URL and _TOKEN",
      fix: "give the merge job the permission id-token: write, as generated workflows do; elsewhere than in GitHub Actions sign with a key",
    });
  }

  #failed(reference: string, reason: string): Diagnostic {
    return problem("signing-failed", {
      message: `cosign did not sign ${reference}: ${reason}`,
      fix: "mend what cosign says and run again; no tag was set",
    });
  }

  #notAccepted(reference: string, reason: string): Diagnostic {
    const policy = this.#policy;
    return problem("unsigned", {
      message: `${reference} was signed, but ${whoseSignature(policy)} does not verify it: ${reason}`,
      fix:
        policy.kind === "key"
          ? `the key in ${policy.variable} must be the private key of ${policy.public.file}`
          : "only the merge workflow that fanfold generates may sign, on workflow.branches and on git tags",
    });
  }

  #sleep(ms: number): Promise<void> {
    return (this.#options.clock ?? systemClock).sleep(ms);
  }
}
