/** What metadata of an image is made from: the event, and what its payload says of the repository and the commit. */
export interface MetadataEvent {
  /** `push`, `pull_request`, … */
  readonly name: string;
  /** `refs/heads/main`, `refs/tags/v1.2.3`, `refs/pull/7/merge` (of pull_request_target too); empty when unknown. */
  readonly ref: string;
  /** The commit, whole; empty when unknown. */
  readonly sha: string;
  readonly defaultBranch: string | undefined;
  /** Of the push of a tag, the branch that it was pushed with; of a pull request, its target. */
  readonly baseRef: string;
  /** Empty texts: unknown. */
  readonly repository: {
    readonly name: string;
    readonly description: string;
    readonly url: string;
    readonly license: string;
  };
  /** When the commit was made; undefined when unknown. */
  readonly commitDate: Date | undefined;
  /** When the plan is made. */
  readonly now: Date;
  /** As DOCKER_METADATA_SHORT_SHA_LENGTH; usually 7. */
  readonly shortShaLength: number;
}

/** `main` of `refs/heads/main`, `v1` of `refs/tags/v1`, `7` of `refs/pull/7/merge`. */
export function refName(ref: string, kind: "heads" | "tags" | "pull"): string | undefined {
  const prefix = `refs/${kind}/`;
  if (!ref.startsWith(prefix)) return undefined;
  const name = ref.slice(prefix.length);
  return kind === "pull" ? name.replace(/\/merge$/, "") : name;
}

/**
 * Whether the event is about the default branch, as docker/metadata-action decides it: some events always run for the
 * last commit on it (https://docs.github.com/actions/reference/workflows-and-actions/events-that-trigger-workflows).
 */
export function isDefaultBranch({ name, ref, defaultBranch }: MetadataEvent): boolean {
  const branch = ref.replace(/^refs\/heads\//, "");
  if (branch === "") return false;
  return branch === defaultBranch || /create|discussion|issues|schedule/.test(name);
}

export function shortSha({ sha, shortShaLength }: MetadataEvent): string {
  return sha.slice(0, shortShaLength);
}
