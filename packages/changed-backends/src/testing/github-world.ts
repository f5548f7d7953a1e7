import {
  type GitHubStandIn,
  type GitHubStandInOptions,
  ScratchRepository,
  startGitHubStandIn,
} from "@fanfold-rigs/github-stand-in";
import { changedPaths } from "../base/diff.ts";
import { type Changes, findChanges } from "../diff/ladder.ts";
import type { Comparison } from "../event/comparison.ts";
import { openCheckout } from "../git/checkout.ts";
import { type GitHub, openGitHub } from "../github/api.ts";
import type { GitHubAccess } from "../github/client.ts";

export const TOKEN: string = "canary-7f3a9c";

/** For tests: a scratch repository, hosted by the stand-in as `octo/images`. */
export class GitHubWorld implements AsyncDisposable {
  readonly repository: ScratchRepository;
  readonly standIn: GitHubStandIn;

  private constructor(repository: ScratchRepository, standIn: GitHubStandIn) {
    this.repository = repository;
    this.standIn = standIn;
  }

  static async start(options: Partial<GitHubStandInOptions> = {}): Promise<GitHubWorld> {
    const repository = await ScratchRepository.create();
    const served = { repository: repository.path, owner: "octo", name: "images", token: TOKEN };
    return new GitHubWorld(repository, await startGitHubStandIn({ ...served, ...options }));
  }

  /** A second of waiting takes a few milliseconds. */
  github(access: Partial<GitHubAccess> = {}): GitHub {
    return openGitHub({
      apiUrl: this.standIn.apiUrl,
      token: TOKEN,
      owner: "octo",
      repo: "images",
      second: 5,
      ...access,
    });
  }

  /** Goes down the ladder; `checkout` is a clone on this machine. */
  find(
    comparison: Comparison,
    { github = this.github(), checkout }: { readonly github?: GitHub; readonly checkout?: string } = {},
  ): Promise<Changes> {
    return findChanges(comparison, {
      github,
      checkout: async () => (checkout === undefined ? undefined : openCheckout(checkout, { env: process.env })),
      remote: {
        env: process.env,
        url: this.standIn.gitUrl,
        token: TOKEN,
        tokenHost: new URL(this.standIn.url).host,
      },
    });
  }

  /** The routes that were asked, in order. */
  routes(): readonly string[] {
    return this.standIn.requests.map(({ route }) => route);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.standIn.close();
    await this.repository.remove();
  }
}

/** So many files, each with content of its own, so that no two count as one renamed. */
export function numberedFiles(count: number, directory: string): Record<string, string> {
  const name = (index: number): string => `${directory}/${String(index).padStart(5, "0")}.txt`;
  return Object.fromEntries(Array.from({ length: count }, (_, index) => [name(index), `${index}\n`]));
}

/** What a ladder answered, without the many files. */
export function answerOf({ diff, base }: Changes): Record<string, unknown> {
  const { precision, source, reason, calls } = diff;
  return { precision, source, reason, calls, files: changedPaths(diff.files).length, base };
}
