import type { FileChange } from "../git/diff.ts";
import type { Addresses } from "../http/addresses.ts";

/**
 * GitHub's `diff-entry`, without the optional `patch`. Slashes in the addresses are escaped, as GitHub does it.
 */
export function fileRows(
  { repositoryApi, repositoryWeb }: Addresses,
  head: string,
  changes: readonly FileChange[],
): readonly Readonly<Record<string, unknown>>[] {
  return changes.map(({ path, previousPath, status, sha, additions, deletions }) => {
    const escaped = encodeURIComponent(path);
    return {
      sha,
      filename: path,
      status,
      additions,
      deletions,
      changes: additions + deletions,
      blob_url: `${repositoryWeb}/blob/${head}/${escaped}`,
      raw_url: `${repositoryWeb}/raw/${head}/${escaped}`,
      contents_url: `${repositoryApi}/contents/${escaped}?ref=${head}`,
      ...(previousPath === null ? {} : { previous_filename: previousPath }),
    };
  });
}
