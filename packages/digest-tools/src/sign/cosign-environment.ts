import type { Environment } from "@fanfold-internal/kit/process/host";

/** `identity`: also what the job's identity is asked for with, which keyless signing takes and nothing else. */
export type CosignAccess = "identity";

/**
 * The environment of cosign, of this process's: what finds programs, files and logins, and the way to the network. Neither
 * the job's token nor a secret of the workflow is in it.
 */
export function cosignEnvironment(env: Environment, access?: CosignAccess): Environment {
  const wanted = access === "identity" ? [...NEEDED, IDENTITY] : NEEDED;
  return Object.fromEntries(Object.entries(env).filter(([name]) => wanted.some((pattern) => pattern.test(name))));
}

const NEEDED: readonly RegExp[] = [
  // Windows needs its own folders, and knows names in any case.
  /^(?:PATH|PATHEXT|SYSTEMROOT|WINDIR|HOME|USERPROFILE|APPDATA|LOCALAPPDATA|TMPDIR|TEMP|TMP)$/i,
  // Registries' logins; a credential helper of a cloud reads the cloud's own variables.
  /^DOCKER_CONFIG$/,
  /^(?:AWS|AZURE|CLOUDSDK|GOOGLE)_/,
  /^(?:HTTP|HTTPS|NO|ALL)_PROXY$/i,
  /^SSL_CERT_(?:FILE|DIR)$/,
  // Where Sigstore's own root of trust lies, and comes from.
  /^TUF_(?:ROOT|MIRROR|ROOT_JSON)$/,
];

/** https://docs.github.com/actions/reference/security/oidc#methods-for-requesting-the-oidc-token */
const IDENTITY = /^ACTIONS_ID_TOKEN_REQUEST_(?:TOKEN|URL)$/;
