import { resolveName } from "../git/revisions.ts";
import { listTree, type TreeEntry } from "../git/tree.ts";
import type { Addresses } from "../http/addresses.ts";
import type { Call, Limits } from "../http/call.ts";
import { json, notFound, type Reply } from "../http/reply.ts";

/**
 * `GET /repos/{owner}/{repo}/git/trees/{sha}`: a tree, or the tree of a commit or branch. `recursive` counts with any
 * value, even `0`. https://docs.github.com/rest/git/trees#get-a-tree
 */
export async function getTree({ world, url, addresses }: Call, name: string): Promise<Reply> {
  const sha = await resolveName(world.gitDir, name, "tree");
  if (sha === null) return notFound();
  const entries = await listTree(world.gitDir, sha, url.searchParams.has("recursive") ? "deep" : "flat");
  const tree = within(entries, addresses, world.limits);
  const truncated = tree.length < entries.length;
  return json({ sha, url: `${addresses.repositoryApi}/git/trees/${sha}`, tree, truncated });
}

type Row = Readonly<Record<string, unknown>>;

function within(entries: readonly TreeEntry[], addresses: Addresses, limits: Limits): readonly Row[] {
  const rows: Row[] = [];
  let bytes = 0;
  for (const entry of entries.slice(0, limits.treeEntries)) {
    const row = entryRow(entry, addresses);
    bytes += JSON.stringify(row).length + 1;
    if (bytes > limits.treeBytes) break;
    rows.push(row);
  }
  return rows;
}

function entryRow({ path, mode, type, sha, size }: TreeEntry, { repositoryApi }: Addresses): Row {
  return {
    path: path.toString(),
    mode,
    type,
    sha,
    ...(size === null ? {} : { size }),
    // A submodule's commit is in another repository.
    ...(type === "commit" ? {} : { url: `${repositoryApi}/git/${type}s/${sha}` }),
  };
}
