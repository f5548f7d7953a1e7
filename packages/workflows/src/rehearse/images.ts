import type { GroupReport, Store } from "@fanfold/digest-tools";
import { parsePlatforms, type TagOutcome, verifyImages } from "@fanfold/digest-tools/internal";
import type { Diagnostic } from "@fanfold-internal/kit/process/diagnostic";
import type { Place } from "./places.ts";

/** An image as it would stand in the registries. */
export interface RehearsedImage {
  /** What people call it. */
  readonly image: string;
  readonly tagSuffix: string;
  /** Where it is published. */
  readonly places: readonly Place[];
  readonly verdict: "published" | "refused";
  /** Why what stood there already was published again; undefined: it was built. */
  readonly reused: GroupReport["reused"];
  readonly digest: string | undefined;
  readonly platforms: readonly string[];
  /** By repository; tags that were left alone or not reached are not among them. */
  readonly tags: readonly { readonly place: Place; readonly tag: string }[];
  readonly problems: readonly Diagnostic[];
  readonly warnings: readonly Diagnostic[];
}

/** What the merge made of an image; `places` are those of all images. */
export function mergedImage(report: GroupReport, places: readonly Place[]): RehearsedImage {
  const { image, tagSuffix, repositories, reused, digest, platforms, problems, warnings } = report;
  const verdict = report.verdict === "refused" ? "refused" : "published";
  const own = places.filter(({ store }) => repositories.includes(store));
  const tags = standing(report.tags, own);
  return { image, tagSuffix, verdict, places: own, reused, digest, platforms, tags, problems, warnings };
}

/** Reads a published image back from every place; one with a fault is refused after all. */
export async function verified(image: RehearsedImage, openStore: (name: string) => Store): Promise<RehearsedImage> {
  if (image.verdict === "refused") return image;
  const results = await Promise.all(
    image.places.map(({ store }) =>
      verifyImages({
        stores: [openStore(store)],
        references: referencesIn(store, image),
        expected: parsePlatforms(image.platforms.join(",")),
      }),
    ),
  );
  const found = results.flat();
  const stray = found.filter(({ digest }) => digest !== undefined && digest !== image.digest);
  const problems: readonly Diagnostic[] = [
    ...found.flatMap((result) => result.problems),
    ...stray.map(
      ({ store, reference, digest }): Diagnostic => ({
        code: "diverging-digests",
        severity: "error",
        message: `${store}: ${reference} is ${digest}, expected ${image.digest}`,
      }),
    ),
  ];
  return problems.length === 0 ? image : { ...image, verdict: "refused", problems };
}

/** The tags of an image in one store; by its digest where all its tags were left alone. */
function referencesIn(store: string, { tags, digest }: RehearsedImage): readonly string[] {
  const names = tags.filter(({ place }) => place.store === store).map(({ tag }) => tag);
  return names.length > 0 || digest === undefined ? names : [digest];
}

function standing(tags: readonly TagOutcome[], places: readonly Place[]): RehearsedImage["tags"] {
  return tags.flatMap(({ repository, tag, outcome }) => {
    const place = places.find(({ store }) => store === repository);
    return place !== undefined && (outcome === "set" || outcome === "unchanged") ? [{ place, tag: tag.name }] : [];
  });
}
