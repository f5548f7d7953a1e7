import type { Diagnostic } from "@fanfold-internal/kit/process/diagnostic";
import { diagnosticsOf } from "@fanfold-internal/kit/process/errors";
import { problem } from "../base/error.ts";
import { type Descriptor, type Digest, isIndexType, type Platform } from "../oci/descriptor.ts";
import { notFound, parseIndex, parseManifest, readImage } from "../oci/image-content.ts";
import { isAttestation, subjectOf } from "../oci/image-index.ts";
import { nameIn } from "../oci/image-name.ts";
import { formatPlatform, isPlatform, normalizePlatform, platformKey } from "../oci/platform.ts";
import type { Manifest, ManifestReference, Store } from "../oci/store.ts";

export interface VerifyInput {
  readonly stores: readonly Store[];
  /** Tags or digests; each must stand for the same image, in every store. */
  readonly references: readonly ManifestReference[];
  /** Undefined: any platforms. */
  readonly expected: readonly Platform[] | undefined;
}

export interface Verification {
  readonly store: string;
  readonly reference: ManifestReference;
  /** Undefined when it does not exist. */
  readonly digest: Digest | undefined;
  /** The manifests that it names, of an index; none where it could not be read. */
  readonly children: readonly Descriptor[];
  readonly problems: readonly Diagnostic[];
}

/**
 * Checks what was published: every reference stands for one digest everywhere, everything that the image names exists down
 * to the last blob, attestations are about images inside, and the platforms are those expected, each once.
 */
export async function verifyImages({ stores, references, expected }: VerifyInput): Promise<readonly Verification[]> {
  const names = stores.flatMap((store) => references.map((reference) => ({ store, reference })));
  const results = await Promise.all(names.map(({ store, reference }) => verifyOne(store, reference, expected)));
  const wanted = results.find(({ digest }) => digest !== undefined);
  return results.map((result): Verification => {
    if (wanted === undefined || result.digest === undefined || result.digest === wanted.digest) return result;
    const diverging = problem("diverging-digests", {
      message: `${nameIn({ name: result.store }, result.reference)} is ${result.digest}, but ${nameIn({ name: wanted.store }, wanted.reference)} is ${wanted.digest}`,
      fix: "merge again",
    });
    return { ...result, problems: [...result.problems, diverging] };
  });
}

async function verifyOne(
  store: Store,
  reference: ManifestReference,
  expected: readonly Platform[] | undefined,
): Promise<Verification> {
  let digest: Digest | undefined;
  let children: readonly Descriptor[] = [];
  try {
    const root = await store.getManifest(reference);
    if (root === undefined) throw notFound(store, reference);
    digest = root.descriptor.digest;
    if (isIndexType(root.descriptor.mediaType)) children = parseIndex(root, store).children;
    const problems = await verifyRoot(store, nameIn(store, reference), { root, children }, expected);
    return { store: store.name, reference, digest, children, problems };
  } catch (error) {
    return { store: store.name, reference, digest, children, problems: diagnosticsOf(error) };
  }
}

async function verifyRoot(
  store: Store,
  name: string,
  { root, children }: { readonly root: Manifest; readonly children: readonly Descriptor[] },
  expected: readonly Platform[] | undefined,
): Promise<readonly Diagnostic[]> {
  if (!isIndexType(root.descriptor.mediaType)) {
    const blobs = await verifyManifest(store, root);
    return expected === undefined
      ? blobs
      : [...blobs, ...platformProblems(name, expected, await ownPlatforms(store, root))];
  }
  const images = children.filter((child) => !isAttestation(child));
  const digests = new Set<string>(images.map(({ digest }) => digest));
  const strays = children
    .filter((child) => isAttestation(child) && !digests.has(subjectOf(child) ?? ""))
    .map(({ digest }) => failed(`${name} holds the attestation ${digest}, whose image is not in it`));
  const platforms = images.flatMap(({ platform }) => (platform === undefined ? [] : [platform]));
  const below = await Promise.all(children.map((child) => verifyChild(store, name, child)));
  return [...platformProblems(name, expected, platforms), ...strays, ...below.flat()];
}

async function ownPlatforms(store: Store, { descriptor }: Manifest): Promise<readonly Platform[]> {
  return (await readImage(store, descriptor.digest)).platforms;
}

async function verifyChild(store: Store, name: string, child: Descriptor): Promise<readonly Diagnostic[]> {
  const manifest = await store.getManifest(child.digest);
  if (manifest === undefined) return [failed(`${name} names ${child.digest}, which ${store.name} does not have`)];
  const { size, mediaType } = manifest.descriptor;
  if (size !== child.size || mediaType !== child.mediaType) {
    return [
      failed(
        `${name} names ${child.digest} as ${child.mediaType} of ${child.size} bytes; it is ${mediaType} of ${size}`,
      ),
    ];
  }
  return isIndexType(mediaType)
    ? [failed(`${name} holds an index within the index, ${child.digest}`)]
    : verifyManifest(store, manifest);
}

async function verifyManifest(store: Store, manifest: Manifest): Promise<readonly Diagnostic[]> {
  const { config, layers } = parseManifest(manifest, store);
  const blobs = [...new Set([config, ...layers].map(({ digest }) => digest))];
  const there = await Promise.all(blobs.map((digest) => store.hasBlob(digest)));
  return blobs
    .filter((_, at) => there[at] === false)
    .map((digest) =>
      failed(`${manifest.descriptor.digest} names the blob ${digest}, which ${store.name} does not have`),
    );
}

function platformProblems(
  name: string,
  expected: readonly Platform[] | undefined,
  found: readonly Platform[],
): readonly Diagnostic[] {
  const keys = found.map(platformKey);
  const twice = found.filter((platform, at) => keys.indexOf(platformKey(platform)) !== at);
  const problems = twice.map((platform) =>
    problem("duplicate-platform", {
      message: `${name} holds ${formatPlatform(platform)} twice`,
      fix: "build and merge it again",
    }),
  );
  if (expected === undefined) return problems;
  const lacking = expected.filter((one) => !found.some((platform) => isPlatform(platform, one))).map(formatPlatform);
  const unexpected = found.filter((platform) => !expected.some((one) => isPlatform(platform, one)));
  const surplus = [...new Set(unexpected.map((platform) => formatPlatform(normalizePlatform(platform))))];
  const differences = [
    ...(lacking.length > 0
      ? [{ found: `lacks ${lacking.join(", ")}`, fix: "build the missing legs, then merge again" }]
      : []),
    ...(surplus.length > 0
      ? [
          {
            found: `also holds ${surplus.join(", ")}`,
            fix: `expect ${surplus.join(", ")} too, or publish the image again without`,
          },
        ]
      : []),
  ];
  if (differences.length === 0) return problems;
  const message = `${name} ${differences.map(({ found: difference }) => difference).join(" and ")}`;
  return [...problems, problem("wrong-platform", { message, fix: differences.map(({ fix }) => fix).join("; ") })];
}

function failed(message: string): Diagnostic {
  return problem("verification-failed", { message, fix: "push its legs again, then merge again" });
}
