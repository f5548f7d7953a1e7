import { ask, Passing, patiently } from "./patience.ts";
import { Refusal } from "./refusal.ts";

/** The repository on GitHub, from a runner's environment. */
export interface GitHub {
  readonly api: string;
  /** `owner/name` */
  readonly repository: string;
  readonly token: string;
}

/** @throws Refusal where the environment does not say. */
export function readGitHub(): GitHub {
  const {
    GITHUB_API_URL: api = "https://api.github.com",
    GITHUB_REPOSITORY: repository,
    GITHUB_TOKEN: token,
  } = process.env;
  if (!repository || !token) {
    const missing = repository ? "GITHUB_TOKEN" : "GITHUB_REPOSITORY";
    throw new Refusal(`${missing} is not set: releases on GitHub are looked up and made with it`);
  }
  return { api, repository, token };
}

/** Whether the version has a release. It is made last, so all else is there then. */
export async function hasRelease(github: GitHub, version: string): Promise<boolean> {
  const response = await call(github, `releases/tags/v${version}`);
  if (response.status === 404) return false;
  if (response.ok) return true;
  throw new Refusal(`GitHub does not say whether v${version} is released: ${response.status} ${await response.text()}`);
}

/** Makes the release of a tag that is there. */
export async function createRelease(github: GitHub, version: string, notes: string): Promise<void> {
  const body = JSON.stringify({ tag_name: `v${version}`, name: `v${version}`, body: notes });
  await patiently(async () => {
    let response: Response;
    try {
      response = await call(github, "releases", { method: "POST", body }, ask);
    } catch (error) {
      // The answer may be lost, and the release made.
      if (error instanceof Passing && (await hasRelease(github, version))) return;
      throw error;
    }
    if (!response.ok && !(await hasRelease(github, version))) {
      throw new Refusal(`GitHub makes no release of v${version}: ${response.status} ${await response.text()}`);
    }
  });
}

async function call(
  { api, repository, token }: GitHub,
  path: string,
  init: RequestInit = {},
  send: typeof ask = async (...request) => await patiently(async () => await ask(...request)),
): Promise<Response> {
  const headers = {
    accept: "application/vnd.github+json",
    authorization: `Bearer ${token}`,
    "content-type": "application/json",
    "user-agent": "fanfold-release",
    "x-github-api-version": "2022-11-28",
  };
  return await send(`${api}/repos/${repository}/${path}`, { ...init, headers });
}
