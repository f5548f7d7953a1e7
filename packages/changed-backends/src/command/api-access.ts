import { BadProxyError, proxyFor } from "@fanfold-internal/kit/http/proxy";
import type { Problem } from "@fanfold-internal/kit/process/errors";
import type { Host } from "@fanfold-internal/kit/process/host";
import type { ActionsEvent } from "@fanfold-internal/matrix/event";
import { ChangedBackendsError } from "../base/error.ts";
import type { RemoteAccess } from "../git/git-diff.ts";
import type { GitHubAccess } from "../github/client.ts";

/** Checked here: what Node says of an address or a header that it does not take has the secret in it. */
export function apiAccess({ env }: Host): Pick<GitHubAccess, "apiUrl" | "token" | "env"> {
  const refuse = (variable: string, message: string, fix: string): ChangedBackendsError =>
    new ChangedBackendsError({ code: "unreadable-input", message: `${variable} ${message}`, fix });
  const token = env["GITHUB_TOKEN"]?.trim();
  if (token && !/^[\x21-\x7e]+$/.test(token)) {
    throw refuse(
      "GITHUB_TOKEN",
      "holds what no token has, such as a space or a line break",
      "set it to the token alone",
    );
  }
  const apiUrl = env["GITHUB_API_URL"] || "https://api.github.com";
  const url = URL.canParse(apiUrl) ? new URL(apiUrl) : undefined;
  if (url === undefined || !/^https?:$/.test(url.protocol)) {
    throw refuse("GITHUB_API_URL", "is to be an http or https address", "unset it for github.com");
  }
  if (url.username !== "" || url.password !== "") {
    throw refuse(
      "GITHUB_API_URL",
      "has a user or a password in it",
      "name the address alone; GITHUB_TOKEN is the login",
    );
  }
  try {
    proxyFor(url, env);
  } catch (error) {
    if (!(error instanceof BadProxyError)) throw error;
    throw new ChangedBackendsError({ code: "unreadable-input", message: error.message, fix: error.fix, cause: error });
  }
  return { apiUrl, token, env };
}

export function repositoryWarning({ repository }: ActionsEvent): readonly Problem[] {
  if (repository === null || /^[^/\s]+\/[^/\s]+$/.test(repository)) return [];
  const found = JSON.stringify(repository);
  return [
    {
      message: `the repository is expected as owner/name, found ${found}: the API is not asked`,
      fix: "set GITHUB_REPOSITORY to owner/name",
    },
  ];
}

export function remoteAccess({ env }: Host): RemoteAccess {
  const server = env["GITHUB_SERVER_URL"] || "https://github.com";
  const repository = env["GITHUB_REPOSITORY"];
  return {
    env,
    url: repository ? `${server}/${repository}` : undefined,
    token: env["GITHUB_TOKEN"],
    tokenHost: URL.canParse(server) ? new URL(server).host : undefined,
  };
}

export function tokenWarning({ env }: Host): readonly Problem[] {
  if (env["GITHUB_TOKEN"]) return [];
  return [
    {
      message: "no GITHUB_TOKEN: the API is asked anonymously, which private repositories and busy runners refuse",
      fix: "env: GITHUB_TOKEN: ${{ github.token }}",
    },
  ];
}
