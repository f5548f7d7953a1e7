import { join } from "node:path";
import pLimit from "p-limit";
import { DigestToolsError } from "../base/error.ts";
import { isFile } from "../layout/files.ts";
import type { LayoutStore } from "../layout/store.ts";
import type { Descriptor, Platform } from "../oci/descriptor.ts";
import { parseIndex, parseManifest } from "../oci/image-content.ts";
import { isIndexType } from "../oci/media-type.ts";
import { formatPlatform, platformKey } from "../oci/platform.ts";
import type { Manifest, Store } from "../oci/store.ts";
import { RegistryStore } from "../registry/store.ts";

export interface CopyOptions {
  /** Blobs under way at one time, per registry. Default 8. */
  readonly concurrency?: number;
  readonly onProgress?: (step: CopyStep) => void;
}

/** One blob or manifest is done in one store. */
export interface CopyStep {
  readonly store: Store;
  readonly kind: "blob" | "manifest";
  readonly descriptor: Descriptor;
  /** `present`: it was there before. */
  readonly outcome: "present" | "written";
  /** How many steps its store takes in all. */
  readonly total: number;
}

type Done = (step: Omit<CopyStep, "total">) => void;

const DEFAULT_CONCURRENCY = 8;

/**
 * Copies an image, or an index with all it leads to, into every target: the same bytes, so the same digest everywhere.
 * Blobs go before the manifests that name them, and children before parents; at no time does a target hold a manifest
 * that leads to nothing. What a target has is left alone, and a registry that gets it for several repositories is sent
 * it once.
 *
 * @throws DigestToolsError from the stores, and `invalid-manifest`
 */
export async function copyImage(
  source: Store,
  root: Descriptor,
  targets: readonly Store[],
  { concurrency = DEFAULT_CONCURRENCY, onProgress = () => {} }: CopyOptions = {},
): Promise<void> {
  const graph = await readGraph(source, root);
  const copies = byRegistry(targets).map(async (all) => {
    const group = await without(root, all, onProgress);
    const limit = pLimit(concurrency);
    const total = graph.blobs.size + graph.manifests.length;
    const done: Done = (step) => onProgress({ ...step, total });
    const blobs = [...graph.blobs.values()].map((descriptor) => limit(() => copyBlob(source, descriptor, group, done)));
    await settled(blobs);
    for (const manifest of graph.manifests) {
      for (const store of group) await copyManifest(manifest, store, done);
    }
  });
  await settled(copies);
}

/**
 * The image that a layout was made to hold: the only one its `index.json` lists, or the only one left when a tag or a
 * platform narrows it down. `choose` says what to do where there are several.
 *
 * @throws DigestToolsError `invalid-layout`: there is none; `ambiguous-root`: there are several
 */
export async function layoutRoot(
  layout: LayoutStore,
  want: { readonly tag?: string; readonly platform?: Platform } = {},
  choose = "build one image into one layout",
): Promise<Descriptor> {
  const { tag, platform } = want;
  const listed = await layout.entries();
  if (listed.length === 0) await assertLayout(layout);
  const candidates = listed
    .filter((entry) => tag === undefined || entry.tag === tag)
    .filter(
      ({ descriptor }) =>
        platform === undefined || descriptor.platform === undefined || same(descriptor.platform, platform),
    );
  const byDigest = new Map(candidates.map(({ descriptor }) => [descriptor.digest, descriptor]));
  const [root, ...others] = byDigest.values();
  if (root !== undefined && others.length === 0) return root;
  const wanted = [
    tag === undefined ? "" : ` tagged ${tag}`,
    platform === undefined ? "" : ` for ${formatPlatform(platform)}`,
  ];
  const names = (root === undefined ? listed : candidates).map(
    (entry) =>
      `${entry.tag ?? entry.descriptor.digest}${entry.descriptor.platform === undefined ? "" : ` (${formatPlatform(entry.descriptor.platform)})`}`,
  );
  throw new DigestToolsError({
    code: root === undefined ? "invalid-layout" : "ambiguous-root",
    message: `expected one image${wanted.join("")} in index.json, found ${names.length === 0 ? "none" : names.join(", ")}`,
    at: { file: layout.directory },
    fix: root === undefined ? "see that this is the directory that the build wrote" : choose,
  });
}

/** A layout that lists nothing and a directory that is none read alike, and are not the same mistake. */
async function assertLayout({ directory }: LayoutStore): Promise<void> {
  if (await isFile(join(directory, "index.json"))) return;
  throw new DigestToolsError({
    code: "invalid-layout",
    message: "expected an OCI image layout, found no index.json",
    at: { file: directory },
    fix: "see that this is the directory that the build wrote",
  });
}

interface Graph {
  readonly blobs: ReadonlyMap<string, Descriptor>;
  /** Each after all that it leads to. */
  readonly manifests: readonly Manifest[];
}

async function readGraph(source: Store, root: Descriptor): Promise<Graph> {
  const blobs = new Map<string, Descriptor>();
  const manifests = new Map<string, Manifest>();
  const visit = async (descriptor: Descriptor, from: string): Promise<void> => {
    if (manifests.has(descriptor.digest)) return;
    const found = await source.getManifest(descriptor.digest);
    if (found === undefined) {
      throw new DigestToolsError({
        code: "not-found",
        message: `expected the manifest ${descriptor.digest} in ${source.name}, named by ${from}, found nothing`,
        fix: "what is to be copied is incomplete: build it anew",
      });
    }
    // The index says what its child is; a manifest without a mediaType of its own cannot.
    const manifest = { bytes: found.bytes, descriptor: { ...found.descriptor, mediaType: descriptor.mediaType } };
    if (isIndexType(descriptor.mediaType)) {
      for (const child of parseIndex(manifest, source).children) await visit(child, descriptor.digest);
    } else {
      const { config, layers } = parseManifest(manifest, source);
      for (const blob of [config, ...layers]) blobs.set(blob.digest, blob);
    }
    manifests.set(descriptor.digest, manifest);
  };
  await visit(root, "the caller");
  return { blobs, manifests: [...manifests.values()] };
}

/** The stores that lack it. Who has the root was given it last, after all that it leads to. */
async function without(
  root: Descriptor,
  stores: readonly Store[],
  onProgress: (step: CopyStep) => void,
): Promise<readonly Store[]> {
  const found = await Promise.all(stores.map((store) => store.headManifest(root.digest)));
  const lacking = stores.filter((_, index) => found[index] === undefined);
  for (const store of stores) {
    if (!lacking.includes(store))
      onProgress({ store, kind: "manifest", descriptor: root, outcome: "present", total: 1 });
  }
  return lacking;
}

/** Into one repository after the other, so that the later ones can mount what the first has got. */
async function copyBlob(source: Store, descriptor: Descriptor, group: readonly Store[], done: Done): Promise<void> {
  let mountFrom: Store = source;
  for (const store of group) {
    const present = await store.hasBlob(descriptor.digest);
    if (!present) await store.putBlob(descriptor, () => source.getBlob(descriptor), mountFrom);
    done({ store, kind: "blob", descriptor, outcome: present ? "present" : "written" });
    mountFrom = store;
  }
}

async function copyManifest(manifest: Manifest, store: Store, done: Done): Promise<void> {
  const { descriptor } = manifest;
  const present = (await store.headManifest(descriptor.digest)) !== undefined;
  if (!present) await store.putManifest(descriptor.digest, manifest);
  done({ store, kind: "manifest", descriptor, outcome: present ? "present" : "written" });
}

function byRegistry(targets: readonly Store[]): readonly (readonly Store[])[] {
  const groups = Map.groupBy(targets, (store) => (store instanceof RegistryStore ? store.repository.registry : store));
  return [...groups.values()];
}

/** All have ended, then the first failure: nothing goes on behind an error that was reported. */
async function settled(work: readonly Promise<void>[]): Promise<void> {
  const results = await Promise.allSettled(work);
  for (const result of results) if (result.status === "rejected") throw result.reason;
}

function same(left: Platform, right: Platform): boolean {
  return platformKey(left) === platformKey(right);
}
