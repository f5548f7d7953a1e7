import { type ImageMetadata, imageMetadata, type MetadataEvent, writtenMetadata } from "@fanfold/digest-tools/planning";
import { type Group, groupEntries, type Leg } from "@fanfold/merge-matrix";
import { templateValue } from "@fanfold-internal/matrix/entry-values";
import type { Config } from "../config/config.ts";
import type { Family } from "../config/family.ts";
import { BUILT_LIST, handsOverArtifacts } from "../config/lists.ts";

/** What an event publishes one image of a family as. */
export interface PublishedImage {
  readonly list: string;
  readonly group: Group;
  /** The merge publishes it; any other is its list's own workflow's. */
  readonly merged: boolean;
  /** Values that tell it from other images of its repositories, besides `tag-suffix`. */
  readonly groupValues: readonly string[];
  /** As `images` of the config writes them. */
  readonly repositories: readonly string[];
  /** Of the image: its first leg's values fill in what differs between legs. */
  readonly metadata: ImageMetadata;
  /** Labels of each leg, in the legs' order. */
  readonly labels: readonly ImageMetadata["labels"][];
}

/** Every image of a family, selected or not, in file order. */
export function publishedImages(
  { config, matrix, identity, metadata }: Pick<Family, "config" | "matrix" | "identity" | "metadata">,
  event: MetadataEvent,
): readonly PublishedImage[] {
  // Labels are those of the image, unless they say something of its legs.
  const labelsPerLeg = metadata.keys.some(({ list }) => list === "labels");
  return matrix.lists.flatMap(({ name, entries }) =>
    groupEntries(entries, identity.identify).map((group): PublishedImage => {
      const [first, ...others] = group.legs;
      const ofLeg = (leg: Leg): ImageMetadata =>
        imageMetadata(metadata, event, (key) =>
          key === "tag-latest" ? first.tagLatest : templateValue(leg.entry, key),
        );
      const written = identity.tagsOf?.(first.entry);
      const image = written === undefined ? ofLeg(first) : asWritten(written, { event, config, made: ofLeg(first) });
      return {
        list: name,
        group,
        merged: isMerged(name, group, config.config),
        groupValues: identity.repositoryKeys.flatMap((key) => templateValue(first.entry, key) ?? []),
        repositories: identity.repositoriesOf(first.entry),
        metadata: image,
        labels: [
          image.labels,
          ...others.map((leg) => (labelsPerLeg && written === undefined ? ofLeg(leg).labels : image.labels)),
        ],
      };
    }),
  );
}

/** With the tags of its own, and with labels besides its own only where the config asks for some. */
function asWritten(
  tags: readonly string[],
  { event, config, made }: Pick<Family, "config"> & { readonly event: MetadataEvent; readonly made: ImageMetadata },
): ImageMetadata {
  const image = writtenMetadata(tags, event);
  return config.config.metadata?.labels === undefined ? image : { ...image, labels: made.labels };
}

/** A workflow of somebody's own tags its images itself, but for those whose legs leave records for the merge. */
function isMerged(list: string, { legs }: Group, { workflow }: Config): boolean {
  if (list === BUILT_LIST) return true;
  return legs.length > 1 && handsOverArtifacts(workflow?.lists?.[list] ?? {});
}
