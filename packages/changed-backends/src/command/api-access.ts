import { BadProxyError, proxyFor } from "@fanfold-internal/kit/http/proxy";
import type { Host } from "@fanfold-internal/kit/process/host";
import type { ActionsEvent } from "@fanfold-internal/matrix/event";
import type { ChangeDiagnostic } from "../base/codes.ts";
import { ChangedBackendsError } from "../base/error.ts";
import type { RemoteAccess } from "../git/git-diff.ts";
import type { GitHubAccess } from "../github/client.ts";

/** Checked here: what Node says of an address or a header that it does not take has the secret in it. */
export function apiAccess({ env, debug }: Host): Omit<GitHubAccess, "owner" | "repo"> {
  const refuse = (variable: string, message: string, fix: string): ChangedBackendsError =>
    new ChangedBackendsError({ code: "unreadable-input", message: `${variable} ${message}`, fix });
  const token = env["GITHUB_TOKEN"]?.trim();
  if (token && !/^[\x21-\x7e]+$/.test(token)) {
    throw refuse("GITHUB_TOKEN", "holds a character that no token has, such as a space", "set it to the token alone");
  }
  const apiUrl = env["GITHUB_API_URL"] || "https://api.github.com";
  const url = URL.canParse(apiUrl) ? new URL(apiUrl) : undefined;
  if (url === undefined || !/^https?:$/.test(url.protocol)) {
    throw refuse("GITHUB_API_URL", "must be an http or https address", "unset it for github.com");
  }
  if (url.username !== "" || url.password !== "") {
    throw refuse("GITHUB_API_URL", "must not hold a user or a password", "name the address; GITHUB_TOKEN is the login");
  }
  try {
    proxyFor(url, env);
  } catch (error) {
    if (!(error instanceof BadProxyError)) throw error;
    throw new ChangedBackendsError({ code: "unreadable-input", message: error.message, fix: error.fix, cause: error });
  }
  debug?.secrets.add(token);
  return { apiUrl, token, env, debug };
}

export function remoteAccess({ env, debug }: Host): RemoteAccess {
  const server = env["GITHUB_SERVER_URL"] || "https://github.com";
  const repository = env["GITHUB_REPOSITORY"];
  return {
    env,
    debug,
    url: repository ? `${server}/${repository}` : undefined,
    token: env["GITHUB_TOKEN"],
    tokenHost: URL.canParse(server) ? new URL(server).host : undefined,
  };
}

/** What keeps the API from being asked well. */
export function accessWarnings({ repository }: ActionsEvent, { env }: Host): readonly ChangeDiagnostic[] {
  const warnings: ChangeDiagnostic[] = [];
  if (!env["GITHUB_TOKEN"]) {
    warnings.push({
      code: "no-token",
      severity: "warning",
      message: "no GITHUB_TOKEN: the API is asked anonymously, which private repositories and busy runners refuse",
      fix: "env: GITHUB_TOKEN: ${{ github.token }}",
    });
  }
  if (repository !== null && !/^[^/\s]+\/[^/\s]+$/.test(repository)) {
    warnings.push({
      code: "bad-repository-name",
      severity: "warning",
      message: `GITHUB_REPOSITORY must be owner/name, found ${JSON.stringify(repository)}: the API is not asked`,
      fix: "set GITHUB_REPOSITORY to owner/name",
    });
  }
  return warnings;
}
