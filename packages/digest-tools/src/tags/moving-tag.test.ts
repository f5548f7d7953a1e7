import { describe, expect, it } from "vitest";
import { DigestToolsError } from "../base/error.ts";
import { digestOf } from "../oci/digest.ts";
import { OCI_INDEX, OCI_MANIFEST } from "../oci/media-type.ts";
import type { Manifest } from "../oci/store.ts";
import { MemoryStore } from "../testing/memory-store.ts";
import { keptTag, originAnnotations, reasonToKeep } from "./moving-tag.ts";

const run = (id: string) => ({ id, attempt: 1 });

describe("a moving tag", () => {
  it.each([
    ["an earlier run", { run: run("9") }, { run: run("10") }, undefined],
    ["the same run", { run: run("10") }, { run: run("10") }, undefined],
    ["a later run", { run: run("10") }, { run: run("9") }, "it is from run 10, later than run 9"],
    ["a lower version", { version: "v1.9.0" }, { version: "v1.10.0" }, undefined],
    ["a higher version", { version: "v1.10.0" }, { version: "v1.9.0" }, "it is version v1.10.0, higher than v1.9.0"],
    ["its release", { version: "v1.2.3" }, { version: "v1.2.3-rc1" }, "it is version v1.2.3, higher than v1.2.3-rc1"],
    ["a branch", { version: "main" }, { version: "v1.0.0" }, undefined],
    [
      "a higher version of an earlier run",
      { run: run("9"), version: "v2.0.0" },
      { run: run("10"), version: "v1.0.1" },
      "it is version v2.0.0, higher than v1.0.1",
    ],
    ["nobody knows what", {}, { run: run("1"), version: "v1.0.0" }, undefined],
    ["a run, where ours is unknown", { run: run("1") }, {}, undefined],
  ])("that stands for %s", (_what, theirs, ours, reason) => {
    expect(reasonToKeep(ours, originAnnotations(theirs))).toBe(reason);
  });

  it("takes no number that is none", () => {
    expect(reasonToKeep({ run: run("1") }, { "io.github.fanfold.run-id": "2x" })).toBeUndefined();
  });
});

describe("keptTag", () => {
  const manifest = (mediaType: string, body: object): Manifest => {
    const bytes = Buffer.from(JSON.stringify({ schemaVersion: 2, mediaType, ...body }));
    return { bytes, descriptor: { mediaType, digest: digestOf(bytes), size: bytes.length } };
  };
  const config = {
    mediaType: "application/vnd.oci.image.config.v1+json",
    digest: digestOf(Buffer.from("{}")),
    size: 2,
  };
  const annotations = originAnnotations({ run: run("10") });
  const single = manifest(OCI_MANIFEST, { config, layers: [], annotations });
  const store = async (tagged: Manifest) => {
    const made = new MemoryStore("quay.io/a/b");
    await made.putManifest(single.descriptor.digest, single);
    await made.putManifest("latest", tagged);
    return made;
  };
  const message = (tagged: Manifest) =>
    `quay.io/a/b:latest stays at ${tagged.descriptor.digest}: it is from run 10, later than run 9`;

  it("reads an index, a manifest, and a single that the builder put into an index", async () => {
    const index = manifest(OCI_INDEX, { manifests: [single.descriptor] });
    const merged = manifest(OCI_INDEX, { manifests: [single.descriptor], annotations });
    for (const tagged of [single, index, merged]) {
      expect(await keptTag(await store(tagged), "latest", { run: run("9") })).toBe(message(tagged));
      expect(await keptTag(await store(tagged), "latest", { run: run("11") })).toBeUndefined();
    }
    const one = await store(merged);
    one.log.length = 0;
    await keptTag(one, "latest", { run: run("9") });
    expect(one.log).toEqual(["GET latest"]);
  });

  it("may move where there is none, and off what nobody can read; not past a registry that does not answer", async () => {
    const made = await store(single);
    expect(await keptTag(made, "absent", { run: run("9") })).toBeUndefined();
    expect(await keptTag(await store(manifest(OCI_MANIFEST, {})), "latest", { run: run("9") })).toBeUndefined();
    made.before = () => {
      throw new DigestToolsError({ code: "network", message: "no answer" });
    };
    await expect(keptTag(made, "latest", { run: run("9") })).rejects.toMatchObject({ code: "network" });
  });
});
