import { type Diagnostic, formatPlace } from "@fanfold-internal/kit/process/diagnostic";
import type { CheckCode } from "../base/codes.ts";
import type { Family } from "../config/family.ts";
import { clashingFiles } from "../generate/checks/family-clashes.ts";
import type { PublishedImage } from "../published/published-images.ts";
import { sampleImages } from "../published/sample-events.ts";
import { eachPlaceOnce, placeOfImage, taggedNames } from "../published/tag-findings.ts";

/** What two families of one repository would do to each other. */
export function checkFamilies(families: readonly Family[]): readonly Diagnostic[] {
  return [
    ...clashingFiles(families.map(({ config }) => config)),
    ...families.flatMap((family, position) => families.slice(0, position).flatMap((other) => checkTags(family, other))),
  ];
}

/** Tags that both would set, by events that both are built for. */
function checkTags(family: Family, other: Family): readonly Diagnostic[] {
  const theirs = sampleImages(other);
  const findings = sampleImages(family).flatMap((images, event) => {
    const taken = new Map(
      (theirs[event] ?? []).flatMap((image) => taggedNames(image).map(({ key }) => [key, image] as const)),
    );
    return images.flatMap((image) => clash(image, taken));
  });
  return eachPlaceOnce(findings);

  function clash(image: PublishedImage, taken: ReadonlyMap<string, PublishedImage>): readonly Diagnostic<CheckCode>[] {
    if (image.repositories.length === 0) return [];
    const first = taggedNames(image).find(({ key }) => taken.has(key));
    const owner = first === undefined ? undefined : taken.get(first.key);
    if (first === undefined || owner === undefined) return [];
    const sameFile = other.matrix.file === family.matrix.file;
    const [name, its] = [image, owner].map(({ group }) => JSON.stringify(group.identity.name));
    // One file may be the matrix of both, and then its places name neither.
    const where = `${other.config.file}${sameFile ? "" : `, ${formatPlace(placeOfImage(owner, other))}`}`;
    return [
      {
        code: "tags-in-two-families",
        severity: "error",
        message: `image ${name} would be published as ${first.shown}, and so would ${its} of ${where}`,
        at: placeOfImage(image, family),
        fix: sameFile
          ? "give one of the families a matrix file of its own, or publish it elsewhere"
          : "rename one of them, or publish one of the families elsewhere",
      },
    ];
  }
}
