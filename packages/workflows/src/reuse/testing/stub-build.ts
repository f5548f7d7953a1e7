import { mkdtemp, rm } from "node:fs/promises";
import { join } from "node:path";
import { Readable } from "node:stream";
import { text } from "node:stream/consumers";
import type { Store } from "@fanfold/digest-tools";
import { type Descriptor, LayoutStore, type Manifest, type Platform } from "@fanfold/digest-tools/internal";
import { digestOf } from "./model-store.ts";

const INDEX = "application/vnd.oci.image.index.v1+json";
const MANIFEST = "application/vnd.oci.image.manifest.v1+json";
const CONFIG = "application/vnd.oci.image.config.v1+json";
const LAYER = "application/vnd.oci.image.layer.v1.tar";
const STATEMENT = "application/vnd.in-toto+json";

/** An image's layers, lowest first; each is a text. */
export type Layers = readonly string[];

/**
 * Writes into a new OCI layout what a build leaves behind: an index of the image and of the attestation about it. `nonce`: no
 * build gives the bytes that another one gave. Gives the layout's directory to `use`, and removes it.
 */
export async function stubBuild<T>(
  scratch: string,
  image: { readonly layers: Layers; readonly platform: Platform; readonly nonce: string },
  use: (directory: string) => Promise<T>,
): Promise<T> {
  const directory = await mkdtemp(join(scratch, "leg-"));
  try {
    const store = new LayoutStore(directory);
    const { layers, platform, nonce } = image;
    const built = await manifest(store, { ...platform, nonce }, [LAYER, layers]);
    const about = {
      "vnd.docker.reference.digest": built.digest,
      "vnd.docker.reference.type": "attestation-manifest",
    };
    const unknown = { architecture: "unknown", os: "unknown" };
    const attestation = await manifest(store, { ...unknown, nonce }, [STATEMENT, [built.digest]]);
    const manifests = [
      { ...built, platform },
      { ...attestation, annotations: about, platform: unknown },
    ];
    await put(store, "image", INDEX, { schemaVersion: 2, mediaType: INDEX, manifests });
    return await use(directory);
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}

async function manifest(
  store: LayoutStore,
  config: object,
  [type, texts]: readonly [string, readonly string[]],
): Promise<Descriptor> {
  const layers: Descriptor[] = [];
  for (const each of texts) layers.push(await blob(store, type, Buffer.from(each)));
  const body = {
    schemaVersion: 2,
    mediaType: MANIFEST,
    config: await blob(
      store,
      CONFIG,
      Buffer.from(JSON.stringify({ ...config, rootfs: { type: "layers", diff_ids: [] } })),
    ),
    layers,
  };
  return put(store, undefined, MANIFEST, body);
}

async function blob(store: LayoutStore, mediaType: string, bytes: Uint8Array): Promise<Descriptor> {
  const descriptor = { mediaType, digest: digestOf(bytes), size: bytes.length };
  await store.putBlob(descriptor, async () => Readable.from([bytes]));
  return descriptor;
}

async function put(store: LayoutStore, tag: string | undefined, mediaType: string, body: object): Promise<Descriptor> {
  const bytes = Buffer.from(JSON.stringify(body));
  const descriptor = { mediaType, digest: digestOf(bytes), size: bytes.length };
  await store.putManifest(tag ?? descriptor.digest, { descriptor, bytes });
  return descriptor;
}

/** An image as it stands in a store. */
export interface Standing {
  readonly digest: string;
  readonly annotations: Readonly<Record<string, string>>;
  readonly children: readonly string[];
  /** By platform, as `linux/amd64`. */
  readonly layers: ReadonlyMap<string, Layers>;
}

type Source = Pick<Store, "getManifest" | "getBlob">;

/** What a tag or digest stands for, all of its layers read; undefined: nothing. */
export async function readStandingImage(store: Source, reference: string): Promise<Standing | undefined> {
  const index = await store.getManifest(reference);
  if (index === undefined) return undefined;
  const { annotations = {}, manifests = [] } = parsed(index);
  const layers = new Map<string, Layers>();
  for (const { digest, platform } of manifests) {
    const child = await store.getManifest(digest);
    if (child === undefined) throw new Error(`${digest}, which ${reference} names, is gone`);
    if (platform === undefined || platform.os === "unknown") continue;
    layers.set(`${platform.os}/${platform.architecture}`, await layersOf(store, child));
  }
  return { digest: index.descriptor.digest, annotations, children: manifests.map(({ digest }) => digest), layers };
}

async function layersOf(store: Source, child: Manifest): Promise<Layers> {
  const { layers = [] } = parsed(child);
  const texts: string[] = [];
  for (const layer of layers) texts.push(await text(await store.getBlob(layer)));
  return texts;
}

interface Parsed {
  readonly annotations?: Readonly<Record<string, string>>;
  readonly manifests?: readonly Descriptor[];
  readonly layers?: readonly Descriptor[];
}

function parsed({ bytes }: Manifest): Parsed {
  return JSON.parse(Buffer.from(bytes).toString());
}
