/** What differs between two readers of a page who do the same. */
export interface Varying {
  /** The folder that the reader works in, and what the page calls it. */
  readonly directory: string;
  readonly called: string;
  /** Commits, the oldest first. */
  readonly commits: readonly string[];
}

// As many as a page has commits, and more.
const COMMITS = ["1a2b3c4", "5d6e7f8", "9a0b1c2", "3d4e5f6", "7a8b9c0", "2e4f6a8", "4b6d8f0"];

/** What a command printed, as a page shows it. */
export function maskOutput(text: string, { directory, called, commits }: Varying): string {
  const named = commits.reduce(
    (masked, commit, index) => masked.replaceAll(commit.slice(0, 7), COMMITS[index] ?? "commit"),
    text.replaceAll(directory, called),
  );
  return named
    .replaceAll(/sha256:[0-9a-f]{64}/g, "sha256:…")
    .replaceAll(/content key 1-[0-9a-f]+/g, "content key 1-")
    .replaceAll(/\(\d+\.\d s\)/g, "(… s)")
    .replaceAll(/\/\S+\/fanfold-rehearsal-\w{6}/g, "/tmp/fanfold-rehearsal-…")
    .replaceAll(/an engine answers, version \S+/g, "an engine answers, version …");
}

/** Whether two texts differ in the order of their lines at most: builds that run side by side end in any. */
export function sameLines(one: string, other: string): boolean {
  const sorted = (text: string): string => text.split("\n").toSorted().join("\n");
  return sorted(one) === sorted(other);
}
