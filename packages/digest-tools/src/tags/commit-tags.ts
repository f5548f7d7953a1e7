import { DigestToolsError } from "../base/error.ts";
import { type Digest, isIndexType } from "../oci/descriptor.ts";
import { parseIndex } from "../oci/image-content.ts";
import type { IndexChild } from "../oci/image-index.ts";
import type { ManifestStore } from "../oci/store.ts";
import { cost } from "./moving-tag.ts";
import type { Tag } from "./tags.ts";

/** As short as a commit's hash is written. */
const SHORT = 7;

/** What this run would set a tag to, and where. */
interface Ours {
  readonly stores: readonly ManifestStore[];
  readonly digest: Digest;
  readonly children: readonly IndexChild[];
  /** The commit. */
  readonly revision: string | undefined;
}

/**
 * Fixed tags that name the commit and stand for the same children already, by one index in every repository: what an earlier
 * run of this commit has published under them is not another image. Costs a HEAD for each, and a GET where one stands.
 */
export async function standingCommitTags(tags: readonly Tag[], ours: Ours): Promise<readonly Tag[]> {
  const named = tags.filter((tag) => tag.kind === "fixed" && namesCommit(tag, ours.revision));
  const standing = await Promise.all(named.map((tag) => standsForSame(tag, ours)));
  return named.filter((_, index) => standing[index]);
}

function namesCommit({ name }: Tag, revision: string | undefined): boolean {
  return revision !== undefined && revision.length >= SHORT && name.includes(revision.slice(0, SHORT));
}

async function standsForSame({ name }: Tag, { stores, digest, children }: Ours): Promise<boolean> {
  const heads = await Promise.all(stores.map((store) => store.headManifest(name)));
  const [first] = heads;
  if (first === undefined || first.digest === digest) return false;
  if (heads.some((head) => head?.digest !== first.digest)) return false;
  const [store] = stores.toSorted((left, right) => cost(left) - cost(right));
  if (store === undefined) return false;
  const expected = children.map(({ descriptor }) => descriptor.digest).toSorted();
  return String(await childrenOf(store, first.digest)) === String(expected);
}

async function childrenOf(store: ManifestStore, digest: Digest): Promise<readonly Digest[]> {
  try {
    const found = await store.getManifest(digest);
    if (found === undefined || !isIndexType(found.descriptor.mediaType)) return [];
    return parseIndex(found, store)
      .children.map((child) => child.digest)
      .toSorted();
  } catch (error) {
    // What nobody can read is not the same; setting the tag repairs it.
    if (error instanceof DigestToolsError && error.code === "invalid-manifest") return [];
    throw error;
  }
}
