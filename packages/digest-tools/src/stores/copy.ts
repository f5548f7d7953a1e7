import { join } from "node:path";
import pLimit from "p-limit";
import { DigestToolsError } from "../base/error.ts";
import { isFile } from "../layout/files.ts";
import type { LayoutStore } from "../layout/store.ts";
import { type Descriptor, isIndexType, type Platform } from "../oci/descriptor.ts";
import { parseIndex, parseManifest } from "../oci/image-content.ts";
import { formatPlatform, isPlatform } from "../oci/platform.ts";
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
 * Copies an image, or an index with everything it names, into every target: the same bytes, so the same digest everywhere.
 * Blobs are pushed before the manifests that name them, and children before parents, so that no target ever holds a
 * manifest that names something missing. What a target has is not pushed again, and a registry that gets a blob for
 * several repositories is sent it once. That a target has the image says nothing about what is below it, which a clean-up
 * may have removed: everything is asked for by itself.
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
  const copies = byRegistry(targets).map(async (group) => {
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
 * The one image of a layout: the only one that its `index.json` lists, or the only one with this tag or platform. `choose`
 * is the advice for several.
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
        platform === undefined || descriptor.platform === undefined || isPlatform(descriptor.platform, platform),
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
    fix: root === undefined ? "check that this is the directory that the build wrote" : choose,
  });
}

/** An empty layout and a directory that is not a layout look alike to a reader, but they are different mistakes. */
async function assertLayout({ directory }: LayoutStore): Promise<void> {
  if (await isFile(join(directory, "index.json"))) return;
  throw new DigestToolsError({
    code: "invalid-layout",
    message: "expected an OCI image layout, found no index.json",
    at: { file: directory },
    fix: "check that this is the directory that the build wrote",
  });
}

interface Graph {
  readonly blobs: ReadonlyMap<string, Descriptor>;
  /** Each after everything that it names. */
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
        fix: "the image to copy is incomplete: build it again",
      });
    }
    // A manifest need not state its media type; the index that names it does.
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

/** One repository after the other, so that the later ones can mount the blob from the first. */
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

/** Waits for all, then throws the first failure: nothing continues after an error was reported. */
async function settled(work: readonly Promise<void>[]): Promise<void> {
  const results = await Promise.allSettled(work);
  for (const result of results) if (result.status === "rejected") throw result.reason;
}
