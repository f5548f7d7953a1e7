import { createHash } from "node:crypto";
import { Readable } from "node:stream";
import { type Descriptor, LayoutStore } from "@fanfold/digest-tools/internal";

const IMAGE = "application/vnd.oci.image.manifest.v1+json";

/** What a build would leave: a real image of one Linux architecture in an OCI layout, whose one layer holds the text. */
export async function writeStubLayout(directory: string, content: string, architecture: string): Promise<void> {
  const store = new LayoutStore(directory);
  const put = async (mediaType: string, text: string): Promise<Descriptor> => {
    const descriptor = descriptorOf(mediaType, Buffer.from(text));
    await store.putBlob(descriptor, async () => Readable.from([Buffer.from(text)]));
    return descriptor;
  };
  const layer = await put("application/vnd.oci.image.layer.v1.tar", content);
  const config = await put(
    "application/vnd.oci.image.config.v1+json",
    JSON.stringify({ architecture, os: "linux", rootfs: { type: "layers", diff_ids: [layer.digest] } }),
  );
  const bytes = Buffer.from(JSON.stringify({ schemaVersion: 2, mediaType: IMAGE, config, layers: [layer] }));
  await store.putManifest("image", { bytes, descriptor: descriptorOf(IMAGE, bytes) });
}

function descriptorOf(mediaType: string, bytes: Buffer): Descriptor {
  return { mediaType, digest: `sha256:${createHash("sha256").update(bytes).digest("hex")}`, size: bytes.length };
}
