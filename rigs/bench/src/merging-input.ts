import { createHash } from "node:crypto";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { Readable } from "node:stream";
import { type Store, Stores } from "@fanfold/digest-tools";
import { type Descriptor, type Digest, formatRecord, type Manifest } from "@fanfold/digest-tools/internal";

/** `attested`: with provenance, as BuildKit pushes a leg unless it is told not to. */
export type Built = "plain" | "attested";

interface WaitingLeg {
  readonly architecture: string;
  /** What was pushed for it: an image, or the index of one and its attestation. */
  readonly pushed: Manifest;
  readonly children: readonly Descriptor[];
}

/** An image that waits to be merged: its legs are in the repository, by digest. */
export interface WaitingGroup {
  readonly tagSuffix: string;
  readonly legs: readonly WaitingLeg[];
}

const ARCHITECTURES = ["amd64", "arm64"];
const INDEX = "application/vnd.oci.image.index.v1+json";
const MANIFEST = "application/vnd.oci.image.manifest.v1+json";
const CONFIG = "application/vnd.oci.image.config.v1+json";

/** Pushes the legs of so many images into a repository: small ones, of one layer, which is least for every way to check. */
export async function pushLegs(repository: string, count: number, built: Built): Promise<readonly WaitingGroup[]> {
  const stores = new Stores();
  try {
    const store = stores.open(repository);
    const layer = await putBlob(store, "application/vnd.oci.image.layer.v1.tar+gzip", Buffer.alloc(1000, 7));
    const groups = Array.from({ length: count }, (_, at) => `-image-${at}`);
    return await inBatches(groups, 16, async (tagSuffix) => {
      const legs = ARCHITECTURES.map(async (architecture): Promise<WaitingLeg> => {
        const text = JSON.stringify({ architecture, os: "linux", config: { Labels: { tagSuffix } } });
        const config = await putBlob(store, CONFIG, Buffer.from(text));
        const image = await put(store, { schemaVersion: 2, mediaType: MANIFEST, config, layers: [layer] });
        const child = { ...image.descriptor, platform: { architecture, os: "linux" } };
        if (built === "plain") return { architecture, pushed: image, children: [child] };
        const children = [child, await attestationOf(store, image.descriptor)];
        const pushed = await put(store, { schemaVersion: 2, mediaType: INDEX, manifests: children });
        return { architecture, pushed, children };
      });
      return { tagSuffix, legs: await Promise.all(legs) };
    });
  } finally {
    await stores.close();
  }
}

/** The first attempt of a workflow run, which builds and merges. */
export const RUN = { id: "1", attempt: 1 };

/** Writes what `merge-all` starts from: a plan of two tags an image (a branch and a commit), and a record for each leg. */
export function writeMergeInput(
  directory: string,
  groups: readonly WaitingGroup[],
  { repository, revision }: { readonly repository: string; readonly revision: string },
): { readonly plan: string; readonly records: string } {
  const records = join(directory, "records");
  const artifact = (tagSuffix: string, architecture: string) => `digests${tagSuffix}--${architecture}`;
  for (const { tagSuffix, legs } of groups) {
    for (const { architecture, pushed, children } of legs) {
      const folder = join(records, artifact(tagSuffix, architecture));
      mkdirSync(folder, { recursive: true });
      const record = {
        tagSuffix,
        platformTag: architecture,
        platforms: [{ os: "linux", architecture }],
        images: [{ repository, descriptor: pushed.descriptor, children }],
        manifest: Buffer.from(pushed.bytes).toString("utf8"),
        source: { revision, version: "main" },
        run: RUN,
      };
      writeFileSync(join(folder, "record.json"), formatRecord(record));
    }
  }
  const plan = join(directory, "plan.json");
  const document = {
    schema: "fanfold.plan/1",
    event: { name: "push", ref: "refs/heads/main", sha: revision },
    images: [repository],
    groups: groups.map(({ tagSuffix, legs }) => ({
      "tag-suffix": tagSuffix,
      "tag-latest": "auto",
      legs: legs.map(({ architecture }) => ({
        platform: `linux/${architecture}`,
        "artifact-name": artifact(tagSuffix, architecture),
      })),
    })),
  };
  writeFileSync(plan, JSON.stringify(document));
  return { plan, records };
}

async function putBlob(store: Store, mediaType: string, bytes: Buffer): Promise<Descriptor> {
  const descriptor = { mediaType, digest: digestOf(bytes), size: bytes.length };
  await store.putBlob(descriptor, async () => Readable.from([bytes]));
  return descriptor;
}

/** A statement about an image, with the marks that BuildKit puts on it. */
async function attestationOf(store: Store, image: Descriptor): Promise<Descriptor> {
  const statement = JSON.stringify({ predicateType: "https://slsa.dev/provenance/v1", subject: [image.digest] });
  const layers = [await putBlob(store, "application/vnd.in-toto+json", Buffer.from(statement))];
  const unknown = { architecture: "unknown", os: "unknown" };
  const config = await putBlob(store, CONFIG, Buffer.from(JSON.stringify(unknown)));
  const { descriptor } = await put(store, { schemaVersion: 2, mediaType: MANIFEST, config, layers });
  const annotations = {
    "vnd.docker.reference.digest": image.digest,
    "vnd.docker.reference.type": "attestation-manifest",
  };
  return { ...descriptor, annotations, platform: unknown };
}

async function put(
  store: Store,
  body: { readonly mediaType: string; readonly [key: string]: unknown },
): Promise<Manifest> {
  const bytes = Buffer.from(JSON.stringify(body));
  const manifest = { bytes, descriptor: { mediaType: body.mediaType, digest: digestOf(bytes), size: bytes.length } };
  await store.putManifest(manifest.descriptor.digest, manifest);
  return manifest;
}

function digestOf(bytes: Uint8Array): Digest {
  return `sha256:${createHash("sha256").update(bytes).digest("hex")}`;
}

async function inBatches<T, R>(items: readonly T[], size: number, work: (item: T) => Promise<R>): Promise<R[]> {
  const results: R[] = [];
  for (let start = 0; start < items.length; start += size) {
    results.push(...(await Promise.all(items.slice(start, start + size).map(work))));
  }
  return results;
}
