import { ScratchRepository } from "./git/scratch-repository.ts";
import { type GitHubStandIn, type GitHubStandInOptions, startGitHubStandIn } from "./server.ts";

/** For this workspace's own tests: a scratch repository served as `octo/images`, both removed together. */
export class ScratchStandIn implements AsyncDisposable {
  readonly repository: ScratchRepository;
  readonly standIn: GitHubStandIn;

  private constructor(repository: ScratchRepository, standIn: GitHubStandIn) {
    this.repository = repository;
    this.standIn = standIn;
  }

  static async start(options: Partial<GitHubStandInOptions> = {}): Promise<ScratchStandIn> {
    const repository = await ScratchRepository.create();
    const served = { repository: repository.path, owner: "octo", name: "images" };
    return new ScratchStandIn(repository, await startGitHubStandIn({ ...served, ...options }));
  }

  /** Requests a path below the repository's part of the API, such as `pulls/1`. */
  async fetch(path: string, headers: Readonly<Record<string, string>> = {}): Promise<Response> {
    return await fetch(`${this.standIn.apiUrl}/repos/octo/images/${path}`, { headers });
  }

  async json(path: string): Promise<unknown> {
    return await (await this.fetch(path)).json();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.standIn.close();
    await this.repository.remove();
  }
}

/** So many files, each with content of its own, so that no two count as one renamed. */
export function numberedFiles(count: number, directory: string): Record<string, string> {
  return Object.fromEntries(
    Array.from({ length: count }, (_, index) => [`${directory}/${String(index).padStart(5, "0")}.txt`, `${index}\n`]),
  );
}
