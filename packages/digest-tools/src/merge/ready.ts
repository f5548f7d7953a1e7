import type { RunContext } from "../base/event-context.ts";
import { SEMVER_ANNOTATION } from "../oci/annotations.ts";
import { type BuiltIndex, buildIndex, type IndexLeg } from "../oci/image-index.ts";
import { platformKey } from "../oci/platform.ts";
import { legsOfImage } from "../oci/split-index.ts";
import { compareRuns } from "../record/record.ts";
import { type Origin, originAnnotations, versionOfTags } from "../tags/moving-tag.ts";
import type { MergeGroup, PublishedAs } from "./groups.ts";
import { type FoundLeg, foundLegs, type LegCandidate } from "./legs.ts";
import type { ReadLeg } from "./read-legs.ts";

/** An image that is complete, and what publishes it. */
export interface ReadyGroup {
  /** Sorted like the index. */
  readonly legs: readonly IndexLeg[];
  /** What the tags will stand for; of an image as it was built that itself, which is in the repositories already. */
  readonly index: BuiltIndex;
  readonly origin: Origin;
}

/** How legs become an image. */
interface Publication extends Pick<MergeGroup, "form" | "tagSuffix" | "annotations"> {
  readonly published: PublishedAs;
  readonly run: RunContext | undefined;
}

/**
 * The image of legs that were judged and read: their index, or the one of them as it is.
 * @throws DigestToolsError `duplicate-platform`, `wrong-platform`, `invalid-manifest`
 */
export function readyGroup(
  candidates: readonly LegCandidate[],
  read: readonly ReadLeg[],
  publication: Publication,
): ReadyGroup {
  const { form, annotations } = publication;
  const found = foundLegs(candidates);
  const origin = originOf(found, publication);
  const images = new Map(read.map(({ artifactName, image }) => [artifactName, image]));
  const legs = found
    .flatMap(({ artifactName, content }): readonly IndexLeg[] => {
      const image = images.get(artifactName);
      const [platform] = content.platforms;
      if (image === undefined || platform === undefined) return [];
      const { manifest, children, indexAnnotations } = image;
      return [{ name: artifactName, platform, descriptor: manifest.descriptor, children, indexAnnotations }];
    })
    .toSorted((left, right) => (platformKey(left.platform) < platformKey(right.platform) ? -1 : 1));
  const [whole] = read;
  if (form === "as-built" && whole !== undefined) return { legs, index: asBuilt(whole), origin };
  const split = form === "wrapped" && whole !== undefined ? legsOfImage(whole.image, whole.artifactName) : legs;
  return { legs: split, index: buildIndex(split, originAnnotations(origin, annotations)), origin };
}

/** What a build has pushed, in the place of an index. It names itself: it must be there, as what it names must. */
function asBuilt({ artifactName, image }: ReadLeg): BuiltIndex {
  const { manifest, children, platforms, indexAnnotations = {} } = image;
  const { mediaType, digest, size } = manifest.descriptor;
  const named = children.filter((child) => child.digest !== digest);
  return {
    manifest,
    children: [
      { descriptor: { mediaType, digest, size }, what: `${artifactName} (${digest})` },
      ...named.map((descriptor) => ({ descriptor, what: `${descriptor.digest}, which ${artifactName} names,` })),
    ],
    annotations: indexAnnotations,
    platforms,
    warnings: [],
  };
}

/** Where the image comes from, by its run, its tags and its records alone, so that the index's bytes stay the same. */
function originOf(
  legs: readonly FoundLeg[],
  { published: { tags, version }, tagSuffix, annotations, run }: Publication,
): Origin {
  const common = (values: readonly (string | undefined)[]) =>
    values.every((value) => value === values[0]) ? values[0] : undefined;
  const named = versionOfTags(tags, tagSuffix);
  return {
    revision: common(legs.map(({ content }) => content.source?.revision)),
    version: version ?? named ?? common(legs.map(({ content }) => content.source?.version)),
    semver: annotations[SEMVER_ANNOTATION] ?? named,
    run:
      run ??
      legs
        .map(({ content }) => content.run)
        .toSorted(compareRuns)
        .at(-1),
  };
}
