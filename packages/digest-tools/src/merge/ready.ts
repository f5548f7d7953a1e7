import type { RunContext } from "../base/event-context.ts";
import { type BuiltIndex, buildIndex, type IndexLeg } from "../oci/image-index.ts";
import { platformKey } from "../oci/platform.ts";
import { compareRuns } from "../record/record.ts";
import { type Origin, originAnnotations, versionOfTags } from "../tags/moving-tag.ts";
import type { Tag } from "../tags/tags.ts";
import { type FoundLeg, foundLegs, type LegCandidate } from "./legs.ts";
import type { ReadLeg } from "./read-legs.ts";

/** An image that is complete, with the index that publishes it. */
export interface ReadyGroup {
  /** Sorted like the index. */
  readonly legs: readonly IndexLeg[];
  readonly index: BuiltIndex;
  readonly origin: Origin;
}

/**
 * The index of legs that were judged and read, to be published under these tags.
 * @throws DigestToolsError `duplicate-platform`, `wrong-platform`, `invalid-manifest`
 */
export function readyGroup(
  candidates: readonly LegCandidate[],
  read: readonly ReadLeg[],
  {
    tagSuffix,
    tags,
    run,
  }: { readonly tagSuffix: string; readonly tags: readonly Tag[]; readonly run: RunContext | undefined },
): ReadyGroup {
  const found = foundLegs(candidates);
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
  const origin = originOf(found, versionOfTags(tags, tagSuffix), run);
  return { legs, index: buildIndex(legs, originAnnotations(origin)), origin };
}

/** Where the image comes from, by its run, its tags and its records alone, so that the index's bytes stay the same. */
function originOf(legs: readonly FoundLeg[], version: string | undefined, run: RunContext | undefined): Origin {
  const common = (values: readonly (string | undefined)[]) =>
    values.every((value) => value === values[0]) ? values[0] : undefined;
  return {
    revision: common(legs.map(({ content }) => content.source?.revision)),
    version: version ?? common(legs.map(({ content }) => content.source?.version)),
    run:
      run ??
      legs
        .map(({ content }) => content.run)
        .toSorted(compareRuns)
        .at(-1),
  };
}
