import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import { join } from "node:path";

interface Descriptor {
  readonly digest: string;
  readonly platform?: { readonly os: string; readonly architecture: string };
  readonly annotations?: Readonly<Record<string, string>>;
}

interface Manifest {
  readonly manifests?: readonly Descriptor[];
  readonly config?: Descriptor;
}

/**
 * The images of an OCI layout, by their tags: the digest of each, and the platforms that its images' own configurations say
 * they are for. Read without Fanfold, by the image specification.
 */
export async function layoutImages(
  directory: string,
): Promise<ReadonlyMap<string, { readonly digest: string; readonly platforms: readonly string[] }>> {
  const index: Manifest = JSON.parse(await readFile(join(directory, "index.json"), "utf8"));
  const images = new Map<string, { digest: string; platforms: readonly string[] }>();
  for (const { digest, annotations } of index.manifests ?? []) {
    const tag = annotations?.["org.opencontainers.image.ref.name"];
    if (tag === undefined) continue;
    const top: Manifest = await blob(directory, digest);
    // Attestations are of the platform unknown/unknown.
    const children = top.manifests?.filter(({ platform }) => platform?.os !== "unknown") ?? [{ digest }];
    images.set(tag, { digest, platforms: await Promise.all(children.map((child) => platformOf(directory, child))) });
  }
  return images;
}

async function platformOf(directory: string, { digest }: Descriptor): Promise<string> {
  const manifest: Manifest = await blob(directory, digest);
  const config: { os: string; architecture: string } = await blob(directory, manifest.config?.digest ?? "");
  return `${config.os}/${config.architecture}`;
}

async function blob<T>(directory: string, digest: string): Promise<T> {
  const bytes = await readFile(join(directory, "blobs", ...digest.split(":")));
  const found = `sha256:${createHash("sha256").update(bytes).digest("hex")}`;
  if (found !== digest) throw new Error(`${digest} of ${directory} is ${found}`);
  return JSON.parse(bytes.toString("utf8"));
}
