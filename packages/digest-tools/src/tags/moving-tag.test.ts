import { describe, expect, it } from "vitest";
import { DigestToolsError } from "../base/error.ts";
import { OCI_INDEX, OCI_MANIFEST } from "../oci/descriptor.ts";
import { digestOf } from "../oci/digest.ts";
import type { Manifest } from "../oci/store.ts";
import { MemoryStore } from "../testing/memory-store.ts";
import { type Origin, originAnnotations, reasonToKeep, standingTags, versionOfTags } from "./moving-tag.ts";
import { parseTag } from "./tags.ts";

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
    [
      "a later run of another server",
      { run: { ...run("10"), server: "https://ghes.example" } },
      { run: run("9") },
      undefined,
    ],
    [
      "a later run of the same server",
      { run: { ...run("10"), server: "https://ghes.example" } },
      { run: { ...run("9"), server: "https://ghes.example" } },
      "it is from run 10, later than run 9",
    ],
    [
      "a candidate of ours, with a suffix that would make prereleases of both",
      { version: "v1.2.3-rc1-x", semver: "1.2.3-rc1" },
      { version: "v1.2.3-x", semver: "v1.2.3" },
      undefined,
    ],
    [
      "a higher version, whatever it is called",
      { version: "stable", semver: "1.10.0" },
      { version: "v1.9.0-x", semver: "1.9.0" },
      "it is version 1.10.0, higher than 1.9.0",
    ],
    ["nobody knows what", {}, { run: run("1"), version: "v1.0.0" }, undefined],
    ["a run, where ours is unknown", { run: run("1") }, {}, undefined],
  ])("that stands for %s", (_what, theirs, ours, reason) => {
    expect(reasonToKeep(ours, originAnnotations(theirs))).toBe(reason);
  });

  it("is guarded by annotations that nobody overrides, beside those that somebody gave", () => {
    const origin = { run: run("10"), version: "main", semver: "v1.2.3", revision: "f00" };
    const given = { a: "b", "org.opencontainers.image.version": "1.2.3", "io.github.fanfold.run-id": "99" };
    expect(originAnnotations(origin, given)).toEqual({
      a: "b",
      "io.github.fanfold.run-id": "10",
      "org.opencontainers.image.revision": "f00",
      "org.opencontainers.image.version": "1.2.3",
    });
    expect(originAnnotations(origin)).toMatchObject({
      "org.opencontainers.image.version": "main",
      "io.github.fanfold.version": "1.2.3",
    });
  });

  it.each(["2x", "", "-5", "02", "9".repeat(20), "9".repeat(3_000_000), "9223372036854775808"])(
    "is not held by what is not a run's id: %.30s",
    (id) => {
      expect(reasonToKeep({ run: run("1") }, { "io.github.fanfold.run-id": id })).toBeUndefined();
    },
  );

  it.each([
    [["v1.9.9", "latest"], "", "v1.9.9"],
    [["v1.9.9-x", "latest-x"], "-x", "v1.9.9"],
    [["v1.9.9", "latest"], "-x", "v1.9.9"],
    [["v1.2.0", "v1.10.0", "1.9.0"], "", "v1.10.0"],
    [["v1.2", "main", "sha-6113728"], "", undefined],
  ])("is of the version that %j with %j say", (names, tagSuffix, version) => {
    expect(versionOfTags(names.map(parseTag), tagSuffix)).toBe(version);
  });
});

describe("standingTags", () => {
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
  const kept = (stores: readonly MemoryStore[], origin: Origin, tag = "latest") =>
    standingTags(stores, [parseTag(tag)], { digest: undefined, origin });

  it("reads what a build wrote on the image of an index that says something else itself", async () => {
    const version = { "org.opencontainers.image.version": "x" };
    const index = manifest(OCI_INDEX, { manifests: [single.descriptor], annotations: version });
    expect(await kept([await store(index)], { run: run("9") })).toMatchObject([
      { reason: "it is from run 10, later than run 9" },
    ]);
  });

  it("reads an index, a manifest, and a single that the builder put into an index", async () => {
    const index = manifest(OCI_INDEX, { manifests: [single.descriptor] });
    const merged = manifest(OCI_INDEX, { manifests: [single.descriptor], annotations });
    for (const tagged of [single, index, merged]) {
      expect(await kept([await store(tagged)], { run: run("9") })).toMatchObject([
        { repository: "quay.io/a/b", digest: tagged.descriptor.digest, reason: "it is from run 10, later than run 9" },
      ]);
      expect(await kept([await store(tagged)], { run: run("11") })).toEqual([]);
    }
  });

  it("reads it in each repository, but on Docker Hub asks for its digest, and reads what no other has", async () => {
    const stores = [new MemoryStore("docker.io/a/b"), new MemoryStore("ghcr.io/a/b"), new MemoryStore("quay.io/a/b")];
    for (const one of stores) await one.putManifest("latest", single);
    for (const { log } of stores) log.length = 0;
    expect(await kept(stores, { run: run("9") })).toHaveLength(3);
    expect(stores.map(({ log }) => log)).toEqual([["HEAD latest"], ["GET latest"], ["GET latest"]]);
    const [hub, , quay] = stores;
    if (hub === undefined || quay === undefined) throw new Error("three stores");
    const older = manifest(OCI_MANIFEST, { config, layers: [], annotations: originAnnotations({ run: run("8") }) });
    await quay.putManifest("latest", older);
    for (const { log } of stores) log.length = 0;
    expect(await kept([hub, quay], { run: run("9") })).toMatchObject([{ repository: hub.name, kind: "kept" }]);
    expect([hub.log, quay.log]).toEqual([["HEAD latest", `GET ${single.descriptor.digest}`], ["GET latest"]]);
  });

  it("is found where it stands for the image already, without another request", async () => {
    const hub = new MemoryStore("docker.io/a/b");
    await hub.putManifest("latest", single);
    const one = await store(single);
    for (const { log } of [one, hub]) log.length = 0;
    const { digest } = single.descriptor;
    const found = await standingTags([one, hub], [parseTag("latest")], { digest, origin: { run: run("9") } });
    expect(found).toMatchObject([
      { repository: one.name, kind: "ours", digest },
      { repository: hub.name, kind: "ours", digest },
    ]);
    expect([one.log, hub.log]).toEqual([["GET latest"], ["HEAD latest"]]);
  });

  it("may move where there is none, and off what nobody can read; not past a registry that does not answer", async () => {
    const made = await store(single);
    expect(await kept([made], { run: run("9") }, "absent")).toEqual([]);
    expect(await kept([await store(manifest(OCI_MANIFEST, {}))], { run: run("9") })).toEqual([]);
    made.before = () => {
      throw new DigestToolsError({ code: "network", message: "no answer" });
    };
    await expect(kept([made], { run: run("9") })).rejects.toMatchObject({ code: "network" });
  });
});
