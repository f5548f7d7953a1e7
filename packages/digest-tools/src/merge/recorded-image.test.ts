import { describe, expect, it } from "vitest";
import { OCI_MANIFEST } from "../oci/descriptor.ts";
import { changed } from "../testing/group.ts";
import { MemoryStore } from "../testing/memory-store.ts";
import { realLeg } from "../testing/real-leg.ts";
import { mergeImage, prepare, pushedImage } from "../testing/request-world.ts";
import type { PushedImage } from "./legs.ts";
import { recordedManifest } from "./recorded-image.ts";

const leg = realLeg("x", "amd64");
const text = Buffer.from(leg.manifests.at(-1)?.bytes ?? []).toString("utf8");
const image = (change: Partial<PushedImage["descriptor"]> = {}): PushedImage => {
  const descriptor = { ...leg.descriptor, ...change };
  return { repository: "quay.io/example/x", digest: descriptor.digest, descriptor };
};

describe("the manifest that a record holds", () => {
  it("is taken where its digest, size and type are those that were recorded, everywhere", () => {
    const found = recordedManifest(text, [image(), image()]);
    expect(found?.descriptor).toEqual(leg.descriptor);
    expect(Buffer.from(found?.bytes ?? []).toString()).toBe(text);
  });

  it.each<readonly [string, string | undefined, readonly PushedImage[]]>([
    ["there is none", undefined, [image()]],
    ["its bytes are others", text.replace("amd64", "arm64"), [image()]],
    ["it has another size", text, [image({ size: 1 })]],
    ["one repository has another type", text, [image(), image({ mediaType: OCI_MANIFEST })]],
    ["one repository has something else", text, [image(), image({ size: 1 })]],
    ["only a digest is known", text, [{ ...image(), descriptor: undefined }]],
  ])("is not where %s", (_what, given, pushed) => {
    expect(recordedManifest(given, pushed)).toBeUndefined();
  });

  it("is not believed where it differs: the image is read, and that is said", async () => {
    const store = new MemoryStore("quay.io/example/x");
    const shape = { built: "attested", form: "index", legs: 2, fixed: ["v1.2.3"], moving: [] } as const;
    const pushed = pushedImage(shape, [store.name]);
    await prepare(store, pushed);
    const { digest } = await mergeImage(pushed, () => store, { dryRun: true });
    let { records } = pushed;
    for (const name of records.keys()) records = changed(records, name, { manifest: "{}" });
    const report = await mergeImage({ ...pushed, records }, () => store);
    expect(report).toMatchObject({ verdict: "published", digest });
    expect(report.warnings.map(({ code }) => code)).toEqual(["record-differs", "record-differs"]);
  });
});
