import type { PublishedImage } from "../published/published-images.ts";
import type { PlannedFrom } from "../reuse/plan-reuse.ts";
import type { ReuseState } from "../reuse/published-state.ts";

type Labels = Readonly<Record<string, string>>;

/** One leg of an image in the plan. */
export interface PlannedLeg {
  /** Several, with commas, where one job builds a whole image; empty where the builder decides. */
  readonly platform: string;
  readonly "platform-tag": string;
  readonly "artifact-name": string;
  /** Those that its image does not have, or has not for all legs. */
  readonly labels?: Labels;
}

/** An image that the merge publishes: of several legs, or of one. */
export interface PlannedGroup {
  readonly matrix: string;
  /** How people call it; empty: the plain one, where suffixes alone tell images apart. */
  readonly image: string;
  readonly "tag-suffix": string;
  readonly "tag-latest": string;
  /** Values of `group-by`, which tell it from others in its repositories; without those that are absent. */
  readonly "group-values": readonly string[];
  /** Repositories that it is published to. */
  readonly images: readonly string[];
  /** In docker/metadata-action's order; empty: it is published by digest alone. */
  readonly tags: readonly string[];
  /** Those of them that name whatever came last. */
  readonly "moving-tags": readonly string[];
  readonly version: string | null;
  /** On all of its legs. */
  readonly labels: Labels;
  /** Of its index, or of the image itself where it has none. */
  readonly annotations: Readonly<Record<string, string>>;
  /** What the image is built from, as one text; null: not known, as a base's is not. */
  readonly "content-key": string | null;
  readonly legs: readonly PlannedLeg[];
  /** What is published of it beside this; null: nobody asked. */
  readonly state: ReuseState | null;
  /** It is built in this run; or what is published again instead, and no leg is built. */
  readonly from: PlannedFrom | null;
  /** An image of one leg gets an index, too. */
  readonly wrapped: boolean;
}

/** What is known of an image's content, and of what is published of it. */
export interface GroupReuse {
  readonly key: string | null;
  readonly state: ReuseState | null;
  readonly from: PlannedFrom | null;
  readonly wrapped: boolean;
}

/** A published image as it stands in the plan. */
export function plannedGroup(
  { list, group, groupValues, repositories, metadata, labels }: PublishedImage,
  { key, state, from, wrapped }: GroupReuse,
): PlannedGroup {
  const { tags, version, annotations } = metadata;
  const shared = sharedLabels(labels);
  return {
    matrix: list,
    image: group.identity.name,
    "tag-suffix": group.tagSuffix,
    "tag-latest": group.legs[0].tagLatest,
    "group-values": groupValues,
    images: repositories,
    tags: tags.map(({ name }) => name),
    "moving-tags": tags.flatMap(({ name, kind }) => (kind === "moving" ? [name] : [])),
    version: version ?? null,
    labels: shared,
    annotations,
    "content-key": key,
    legs: group.legs.map(({ platforms, platformTag, artifact }, index) => {
      const own = Object.entries(labels[index] ?? {}).filter(([key]) => shared[key] === undefined);
      return {
        platform: platforms.join(","),
        "platform-tag": platformTag ?? "",
        "artifact-name": artifact,
        ...(own.length === 0 ? {} : { labels: Object.fromEntries(own) }),
      };
    }),
    state,
    from,
    wrapped,
  };
}

/** The labels that all legs have with one value. */
function sharedLabels([first = {}, ...others]: readonly Labels[]): Labels {
  return Object.fromEntries(
    Object.entries(first).filter(([key, value]) => others.every((labels) => labels[key] === value)),
  );
}
