import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { attestedLeg, testManifest } from "../testing/memory-store.ts";
import { type Descriptor, DOCKER_MANIFEST, OCI_INDEX, type Platform } from "./descriptor.ts";
import { digestOf } from "./digest.ts";
import { type BuiltIndex, buildIndex, type IndexLeg, isAttestation, subjectOf } from "./image-index.ts";
import { formatPlatform, parsePlatform } from "./platform.ts";

function plain(name: string, platform: string, seed = name): IndexLeg {
  const { descriptor } = testManifest(seed);
  return {
    name,
    platform: parsePlatform(platform),
    descriptor,
    children: [{ ...descriptor, platform: parsePlatform(platform) }],
    indexAnnotations: undefined,
  };
}

function attested(name: string, architecture: string, indexAnnotations: Record<string, string> = {}): IndexLeg {
  const { manifest, children } = attestedLeg(name, architecture);
  return { name, platform: { os: "linux", architecture }, descriptor: manifest.descriptor, children, indexAnnotations };
}

const withChildren = (children: readonly Descriptor[]): IndexLeg => ({
  ...attested("digests-x--amd64", "amd64"),
  children,
});

describe("buildIndex", () => {
  it("is an OCI index of the legs' images, then their attestations, in the order of the platforms", () => {
    const built = buildIndex([attested("b", "arm64"), attested("a", "amd64"), plain("c", "linux/arm/v7")]);
    const index = JSON.parse(Buffer.from(built.manifest.bytes).toString());
    expect(Object.keys(index)).toEqual(["schemaVersion", "mediaType", "manifests"]);
    expect(index.mediaType).toBe(OCI_INDEX);
    const children: readonly Descriptor[] = index.manifests;
    const shown = children.map((child) =>
      isAttestation(child)
        ? `about ${subjectOf(child)}`
        : formatPlatform(child.platform ?? { os: "", architecture: "" }),
    );
    expect(shown).toEqual([
      "linux/amd64",
      "linux/arm/v7",
      "linux/arm64",
      `about ${children[0]?.digest}`,
      `about ${children[2]?.digest}`,
    ]);
    expect(built.manifest.descriptor).toEqual({
      mediaType: OCI_INDEX,
      digest: digestOf(built.manifest.bytes),
      size: built.manifest.bytes.length,
    });
    expect(built.platforms.map(formatPlatform)).toEqual(["linux/amd64", "linux/arm/v7", "linux/arm64"]);
  });

  it("keeps its bytes: a change here gives every image in every registry a new digest", () => {
    const { manifest } = buildIndex([attested("x", "arm64"), attested("x", "amd64")], {
      "org.opencontainers.image.version": "v1.2.3",
      "org.opencontainers.image.revision": "6113728f27ae82c7b1a177c8d03f9e96e0adf246",
    });
    expect(Buffer.from(manifest.bytes).toString()).toMatchInlineSnapshot(
      `"{"schemaVersion":2,"mediaType":"application/vnd.oci.image.index.v1+json","manifests":[{"mediaType":"application/vnd.oci.image.manifest.v1+json","digest":"sha256:ce408487e03fe19f58bcdbf2cfe62600e75ad1d076a05fe60c43ae1694f6cb29","size":99,"platform":{"architecture":"amd64","os":"linux"}},{"mediaType":"application/vnd.oci.image.manifest.v1+json","digest":"sha256:b6bd04ccc94982a548f462af0b484da84cbd957b71f0eb3cbd30cfaf9998b2b9","size":99,"platform":{"architecture":"arm64","os":"linux"}},{"mediaType":"application/vnd.oci.image.manifest.v1+json","digest":"sha256:6643b7cee1e954461ab903f30292cbb555dc61a521a27df35eb782e518fc80f7","size":105,"annotations":{"vnd.docker.reference.digest":"sha256:ce408487e03fe19f58bcdbf2cfe62600e75ad1d076a05fe60c43ae1694f6cb29","vnd.docker.reference.type":"attestation-manifest"},"platform":{"architecture":"unknown","os":"unknown"}},{"mediaType":"application/vnd.oci.image.manifest.v1+json","digest":"sha256:fdb3692301897f0cae029c12087bcaa2b5ed9a1f8026d0512dd0c9f2ff859d6a","size":105,"annotations":{"vnd.docker.reference.digest":"sha256:b6bd04ccc94982a548f462af0b484da84cbd957b71f0eb3cbd30cfaf9998b2b9","vnd.docker.reference.type":"attestation-manifest"},"platform":{"architecture":"unknown","os":"unknown"}}],"annotations":{"org.opencontainers.image.revision":"6113728f27ae82c7b1a177c8d03f9e96e0adf246","org.opencontainers.image.version":"v1.2.3"}}"`,
    );
  });

  it("is the same whatever the order of legs, of children, and of keys", () => {
    const architectures = fc.uniqueArray(fc.constantFrom("amd64", "arm64", "s390x", "ppc64le", "riscv64"), {
      minLength: 1,
    });
    const shuffledKeys = (descriptor: Descriptor): Descriptor => {
      const { mediaType, digest, size, ...rest } = descriptor;
      return { ...rest, size, digest, mediaType };
    };
    fc.assert(
      fc.property(
        architectures.chain((names) =>
          fc.tuple(fc.constant(names), fc.shuffledSubarray(names, { minLength: names.length })),
        ),
        fc.boolean(),
        ([names, shuffled], reverse) => {
          const one = buildIndex(names.map((name) => attested("x", name)));
          const other = buildIndex(
            shuffled.map((name) => {
              const leg = attested("x", name);
              const children = (leg.children ?? []).map(shuffledKeys);
              return { ...leg, children: reverse ? children.toReversed() : children };
            }),
          );
          expect(Buffer.from(other.manifest.bytes).toString()).toBe(Buffer.from(one.manifest.bytes).toString());
        },
      ),
    );
  });

  it("lists an attestation once, and two platforms of one image twice", () => {
    const leg = attested("x", "amd64");
    const doubled = buildIndex([{ ...leg, children: [...(leg.children ?? []), ...(leg.children ?? []).slice(1)] }]);
    expect(doubled.children).toHaveLength(2);
    expect(buildIndex([plain("a", "linux/amd64", "same"), plain("b", "linux/arm64", "same")]).children).toHaveLength(2);
  });

  it("takes the leg's platform for a child without one", () => {
    const [image] = attested("x", "amd64").children ?? [];
    if (image === undefined) throw new Error("no image");
    const { platform: _platform, ...bare } = image;
    expect(buildIndex([withChildren([bare])]).platforms.map(formatPlatform)).toEqual(["linux/amd64"]);
  });

  it.each([
    ["duplicate-platform", [plain("a", "linux/arm64"), plain("b", "linux/arm64/v8")], /a and b are both linux\/arm64/],
    [
      "wrong-platform",
      [{ ...attested("a", "amd64"), platform: parsePlatform("linux/arm64") }],
      /a must be linux\/arm64, but it pushed linux\/amd64/,
    ],
    ["invalid-manifest", [withChildren([])], /holds no image/],
    ["invalid-manifest", [withChildren(attested("x", "amd64").children?.slice(1) ?? [])], /holds no image/],
    [
      "invalid-manifest",
      [withChildren([...(attested("x", "amd64").children ?? []), ...(attested("y", "amd64").children ?? [])])],
      /holds several images/,
    ],
    [
      "invalid-manifest",
      [
        withChildren([
          ...(attested("x", "amd64").children ?? []),
          ...(attested("y", "amd64").children?.slice(1) ?? []),
        ]),
      ],
      /about sha256:\w+, which is not in it/,
    ],
    ["invalid-manifest", [withChildren([testManifest("z", OCI_INDEX).descriptor])], /an index within an index/],
  ] as const)("refuses: %s", (code, legs, message) => {
    expect(() => buildIndex(legs)).toThrow(expect.objectContaining({ code, message: expect.stringMatching(message) }));
  });

  it("warns of Docker's media types", () => {
    const { descriptor } = testManifest("b", DOCKER_MANIFEST);
    const docker: IndexLeg = { ...plain("b", "linux/arm64"), descriptor, children: [descriptor] };
    expect(buildIndex([plain("a", "linux/amd64"), docker]).warnings).toMatchObject([
      {
        message: expect.stringMatching(/^1 of 2 images .* of a, b /),
        fix: expect.stringMatching(/^keep provenance on /),
      },
    ]);
    expect(buildIndex([plain("a", "linux/amd64")]).warnings).toEqual([]);
  });
});

describe("what the index takes over from its legs", () => {
  it("is each platform as it is written, compared loosely", () => {
    const written = [
      { os: "linux", architecture: "arm64", variant: "v8" },
      { os: "windows", architecture: "amd64", "os.version": "10.0.20348.2031", "os.features": ["win32k"] },
    ];
    const legs = ["linux/arm64", "windows/amd64"].map((asked, at): IndexLeg => {
      const leg = plain(asked, asked);
      return { ...leg, children: leg.children.map((child) => ({ ...child, platform: written[at] ?? leg.platform })) };
    });
    expect(buildIndex(legs).children.map(({ descriptor }) => descriptor.platform)).toEqual(written);
    const [linux] = legs;
    if (linux === undefined) throw new Error("two legs");
    expect(() => buildIndex([{ ...linux, platform: parsePlatform("linux/amd64") }])).toThrow(
      /linux\/arm64 must be linux\/amd64, but it pushed linux\/arm64\/v8/,
    );
  });

  it("is one image for each platform, in whatever spelling, and for each version of Windows", () => {
    const of = (name: string, platform: Platform): IndexLeg => {
      const leg = plain(name, formatPlatform(platform), name);
      return { ...leg, children: leg.children.map((child) => ({ ...child, platform })) };
    };
    const arm64 = { os: "linux", architecture: "arm64" };
    expect(() => buildIndex([of("b", { ...arm64, variant: "v8" }), of("a", arm64)])).toThrow(
      expect.objectContaining({ code: "duplicate-platform", message: expect.stringContaining("a and b are both") }),
    );
    const windows = { os: "windows", architecture: "amd64" };
    const versions = ["10.0.17763.1", "10.0.20348.1"].map((version) =>
      of(version, { ...windows, "os.version": version }),
    );
    expect(buildIndex(versions).platforms.map((platform) => platform["os.version"])).toEqual([
      "10.0.17763.1",
      "10.0.20348.1",
    ]);
  });

  it("is the annotations on which all legs' indexes agree, below its own", () => {
    const annotations = ({ manifest }: BuiltIndex) => JSON.parse(Buffer.from(manifest.bytes).toString()).annotations;
    const own = { "io.github.fanfold.run-id": "7", description: "hello" };
    const legs = [
      attested("a", "amd64", { ...own, vendor: "x", version: "1", only: "a" }),
      attested("b", "arm64", { ...own, vendor: "x", version: "2" }),
    ];
    expect(annotations(buildIndex(legs, { version: "3" }))).toEqual({
      description: "hello",
      vendor: "x",
      version: "3",
    });
    expect(annotations(buildIndex([...legs, plain("c", "linux/s390x")]))).toBeUndefined();
  });

  it("is of these annotations never one that a leg lacks or gives another value", () => {
    const texts = fc.dictionary(fc.constantFrom("a", "b", "__proto__", "constructor"), fc.constantFrom("1", "2"));
    fc.assert(
      fc.property(texts, texts, (one, other) => {
        const built = buildIndex([attested("a", "amd64", one), attested("b", "arm64", other)]);
        const agreed = Object.keys(one).filter((key) => Object.hasOwn(other, key) && one[key] === other[key]);
        expect(Object.keys(built.annotations).toSorted()).toEqual(agreed.toSorted());
      }),
    );
  });
});
