import type { Diagnostic } from "@fanfold-internal/kit/process/diagnostic";
import { diagnosticsOf } from "@fanfold-internal/kit/process/errors";
import { DigestToolsError, problem, warning } from "../base/error.ts";
import type { Descriptor, Digest } from "../oci/descriptor.ts";
import { type ImageContent, imageContent, readImage } from "../oci/image-content.ts";
import type { ImageSource } from "../oci/store.ts";
import { cost } from "../tags/moving-tag.ts";
import type { LegCandidate, LegContent, PushedImage } from "./legs.ts";
import { recordedManifest, recordedPlatform } from "./recorded-image.ts";

/** A leg whose image was read: its content by the image's own bytes. */
export interface ReadLeg {
  readonly artifactName: string;
  readonly image: ImageContent;
}

export type ReadLegs =
  | {
      readonly kind: "read";
      readonly candidates: readonly LegCandidate[];
      readonly legs: readonly ReadLeg[];
      readonly warnings: readonly Diagnostic[];
    }
  | { readonly kind: "failed"; readonly problems: readonly Diagnostic[] };

/**
 * The images of the legs by their own bytes: those that a record holds, as push leaves them, or else those of one of the
 * repositories, each digest read once: all have the same digest, so the same bytes. What a record says about them besides is
 * compared with the bytes.
 */
export async function readLegs(
  candidates: readonly LegCandidate[],
  repositories: readonly string[],
  openStore: (name: string) => ImageSource,
): Promise<ReadLegs> {
  const stores = repositories.map(openStore).toSorted((left, right) => cost(left) - cost(right));
  const [store] = stores;
  if (store === undefined) return { kind: "read", candidates, legs: [], warnings: [] };
  const images = new Map<Digest, Promise<ImageContent>>();
  const read = (digest: Digest) => {
    const known = images.get(digest) ?? readImage(store, digest);
    images.set(digest, known);
    return known;
  };
  const results = await Promise.all(
    candidates.map(async (candidate) => {
      try {
        return await readLeg(candidate, repositories, store, read);
      } catch (error) {
        return diagnosticsOf(error);
      }
    }),
  );
  const problems = results.flatMap((result) => ("candidate" in result ? [] : result));
  if (problems.length > 0) return { kind: "failed", problems };
  const done = results.flatMap((result) => ("candidate" in result ? [result] : []));
  return {
    kind: "read",
    candidates: done.map(({ candidate }) => candidate),
    legs: done.map(({ leg }) => leg),
    warnings: done.flatMap((one) => one.warnings),
  };
}

interface DoneLeg {
  readonly candidate: LegCandidate;
  readonly leg: ReadLeg;
  readonly warnings: readonly Diagnostic[];
}

async function readLeg(
  candidate: LegCandidate,
  repositories: readonly string[],
  store: ImageSource,
  read: (digest: Digest) => Promise<ImageContent>,
): Promise<DoneLeg | readonly Diagnostic[]> {
  const { artifactName, found } = candidate;
  const content = contentOf(found, repositories);
  const digest = content?.images.find(({ repository }) => repositories.includes(repository))?.digest;
  if (content === undefined || digest === undefined) throw new Error(`${artifactName} has no image to read`);
  const pushed = content.images.filter(({ repository }) => repositories.includes(repository));
  const recorded = recordedManifest(content.manifest, pushed);
  const image = await (recorded === undefined
    ? read(digest)
    : imageContent(recorded, store, recordedPlatform(pushed))
  ).catch((error: unknown) => {
    throw error instanceof DigestToolsError && error.code === "not-found" ? gone(artifactName, digest, store) : error;
  });
  const { descriptor } = image.manifest;
  const wrong = pushed.find(
    ({ descriptor: said }) =>
      said !== undefined && (said.size !== descriptor.size || said.mediaType !== descriptor.mediaType),
  )?.descriptor;
  if (wrong !== undefined) {
    return [
      problem("verification-failed", {
        message: `${artifactName} (${digest}) is recorded as ${wrong.mediaType} of ${wrong.size} bytes, but ${store.name} has ${descriptor.mediaType} of ${descriptor.size} bytes`,
        fix: "build that leg again",
      }),
    ];
  }
  const known = { kind: "content", content: { ...content, platforms: image.platforms } } as const;
  const warnings =
    namesOthers(pushed, image) || (content.manifest !== undefined && recorded === undefined)
      ? [
          warning("record-differs", {
            message: `${artifactName}: its record says another thing than its image, ${digest}, which counts`,
            fix: "a record must stay as push writes it: see what changed it between the build and the merge",
          }),
        ]
      : [];
  return { candidate: { ...candidate, found: known }, leg: { artifactName, image }, warnings };
}

function namesOthers(images: readonly PushedImage[], { children }: ImageContent): boolean {
  const digestsOf = (descriptors: readonly Descriptor[]) =>
    descriptors
      .map(({ digest }) => digest)
      .toSorted()
      .join();
  const actual = digestsOf(children);
  return images.some((image) => image.children !== undefined && digestsOf(image.children) !== actual);
}

function contentOf(found: LegCandidate["found"], repositories: readonly string[]): LegContent | undefined {
  if (found.kind === "content") return found.content;
  if (found.kind !== "bare") return undefined;
  const images = repositories.map((repository) => ({ repository, digest: found.digest, descriptor: undefined }));
  return { tagSuffix: undefined, platforms: [], images, manifest: undefined, source: undefined, run: undefined };
}

function gone(artifactName: string, digest: Digest, { name }: ImageSource): DigestToolsError {
  return new DigestToolsError({
    code: "not-found",
    message: `${artifactName} (${digest}) is not in ${name}, or no longer`,
    fix: "the registry may have removed it as untagged: build that leg again, with push --anchor always",
  });
}
