import { createHash } from "node:crypto";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { Readable } from "node:stream";
import { type Store, Stores } from "@fanfold/digest-tools";
import { type Descriptor, type Digest, formatRecord, type Manifest } from "@fanfold/digest-tools/internal";

/** An image that waits to be merged: its legs are in the repository, by digest. */
export interface WaitingGroup {
  readonly tagSuffix: string;
  readonly legs: readonly { readonly architecture: string; readonly descriptor: Descriptor }[];
}

const ARCHITECTURES = ["amd64", "arm64"];
const MANIFEST = "application/vnd.oci.image.manifest.v1+json";

/** Pushes the legs of so many images into a repository: small ones, of one layer, which is least for every way to check. */
export async function pushLegs(repository: string, count: number): Promise<readonly WaitingGroup[]> {
  const stores = new Stores();
  try {
    const store = stores.open(repository);
    const layer = await putBlob(store, "application/vnd.oci.image.layer.v1.tar+gzip", Buffer.alloc(1000, 7));
    const groups = Array.from({ length: count }, (_, at) => `-image-${at}`);
    return await inBatches(groups, 16, async (tagSuffix) => {
      const legs = ARCHITECTURES.map(async (architecture) => {
        const text = JSON.stringify({ architecture, os: "linux", config: { Labels: { tagSuffix } } });
        const config = await putBlob(store, "application/vnd.oci.image.config.v1+json", Buffer.from(text));
        const image = manifest({ schemaVersion: 2, mediaType: MANIFEST, config, layers: [layer] });
        await store.putManifest(image.descriptor.digest, image);
        return { architecture, descriptor: image.descriptor };
      });
      return { tagSuffix, legs: await Promise.all(legs) };
    });
  } finally {
    await stores.close();
  }
}

/** Writes what `merge-all` starts from: a plan of two tags an image (a branch and a commit), and a record for each leg. */
export function writeMergeInput(
  directory: string,
  groups: readonly WaitingGroup[],
  { repository, revision }: { readonly repository: string; readonly revision: string },
): { readonly plan: string; readonly records: string } {
  const records = join(directory, "records");
  const artifact = (tagSuffix: string, architecture: string) => `digests${tagSuffix}--${architecture}`;
  for (const { tagSuffix, legs } of groups) {
    for (const { architecture, descriptor } of legs) {
      const folder = join(records, artifact(tagSuffix, architecture));
      mkdirSync(folder, { recursive: true });
      const record = {
        tagSuffix,
        platformTag: architecture,
        platforms: [{ os: "linux", architecture }],
        images: [{ repository, descriptor }],
        source: { revision, version: "main" },
        run: { id: "1", attempt: 1 },
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

function manifest(body: { readonly mediaType: string; readonly [key: string]: unknown }): Manifest {
  const bytes = Buffer.from(JSON.stringify(body));
  return { bytes, descriptor: { mediaType: body.mediaType, digest: digestOf(bytes), size: bytes.length } };
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
