import type { ComparisonRequest } from "@fanfold/changed-backends";
import type { Environment } from "@fanfold-internal/kit/process/host";
import { WorkflowsError } from "../base/error.ts";
import type { Family } from "../config/family.ts";
import { mergeIdentity } from "./merge-identity.ts";
import { publicKeyFault } from "./public-key.ts";

/** How a plan says by whom its images are signed. Of key, public and public-key all are null, or of identity and issuer. */
export interface PlannedSigning {
  readonly by: "cosign";
  /** The variable that holds the private key. */
  readonly key: string | null;
  /** The file of the public key. */
  readonly public: string | null;
  /** What is in it. */
  readonly "public-key": string | null;
  /** A regular expression for the whole identity of whoever signs; null too where nobody knows it. */
  readonly identity: string | null;
  readonly issuer: string | null;
}

/**
 * How the images of a family are signed, by the files of the commit that is built; null: they are not.
 * @throws WorkflowsError `unreadable-input`: the public key is not there, or is none
 */
export async function plannedSigning(
  { event, readInput }: Pick<ComparisonRequest, "event" | "readInput">,
  family: Family,
  env: Environment,
): Promise<PlannedSigning | null> {
  const { config, place } = family.config;
  const { sign } = config;
  if (sign === undefined) return null;
  if (sign === "cosign") {
    const { ref, defaultBranch } = event;
    const { identity = null, issuer = null } = mergeIdentity(family, { env, ref, defaultBranch }) ?? {};
    return { by: "cosign", key: null, public: null, "public-key": null, identity, issuer };
  }
  const text = await readInput(sign.public).catch((cause: unknown) => {
    throw unusable(sign.public, "cannot be read", place(["sign", "public"]), cause);
  });
  const fault = publicKeyFault(text);
  if (fault !== undefined) throw unusable(sign.public, fault, place(["sign", "public"]));
  return { by: "cosign", key: sign.cosign, public: sign.public, "public-key": text, identity: null, issuer: null };
}

function unusable(
  file: string,
  found: string,
  at: ReturnType<Family["config"]["place"]>,
  cause?: unknown,
): WorkflowsError {
  return new WorkflowsError({
    code: "unreadable-input",
    message: `sign.public: expected cosign's public key in ${file}, which ${found}`,
    at,
    fix: "commit what cosign generate-key-pair writes into cosign.pub",
    cause,
  });
}
