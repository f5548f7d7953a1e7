import { type Diagnostic, formatPlace, type Place } from "@fanfold-internal/kit/process/diagnostic";
import { fewNames } from "@fanfold-internal/kit/text/words";
import { WorkflowsError } from "../base/error.ts";
import type { Family } from "../config/family.ts";
import { repositoryName } from "../config/images.ts";
import type { PublishedImage } from "./published-images.ts";

/** What is found about the tags that an event gives to the images of a family. */
export const TAG_CODES = {
  "same-tags": "Two images would be published under the same tag of one repository.",
} as const;

// Enough to see which are meant.
const MAX_IMAGES = 5;

/** Where an image stands in its matrix file. */
export function placeOfImage({ list, group }: PublishedImage, { matrix }: Pick<Family, "matrix">): Place {
  const [{ index, entry }] = group.legs;
  return Object.hasOwn(entry, "tag-suffix") ? matrix.place(list, index, "tag-suffix") : matrix.place(list, index);
}

/** Images that cannot be published as the event would have them, and pairs that would take each other's tags. */
export function tagErrors(images: readonly PublishedImage[], family: Pick<Family, "matrix">): readonly Diagnostic[] {
  return [
    ...images.flatMap((image) =>
      image.metadata.problems.map((problem) => ({
        ...problem,
        message: `image ${JSON.stringify(image.group.identity.name)}: ${problem.message}`,
        at: placeOfImage(image, family),
      })),
    ),
    ...sameTags(images, family),
  ];
}

/** The first finding of a kind at each place: what one event shows, others mostly show again. */
export function eachPlaceOnce(findings: readonly Diagnostic[]): readonly Diagnostic[] {
  const kept = new Map<string, Diagnostic>();
  for (const finding of findings) {
    const key = JSON.stringify([finding.code, finding.at]);
    if (!kept.has(key)) kept.set(key, finding);
  }
  return [...kept.values()];
}

/** @throws WorkflowsError `bad-group`: images that cannot be published as one of several events would have them */
export function refuseBadTags(events: readonly (readonly PublishedImage[])[], family: Pick<Family, "matrix">): void {
  const problems = eachPlaceOnce(events.flatMap((images) => tagErrors(images, family)));
  if (problems.length > 0)
    throw new WorkflowsError({ code: "bad-group", message: "images cannot be published under these tags", problems });
}

/** One finding for each two images, however many tags they share. */
function sameTags(
  images: readonly PublishedImage[],
  family: Pick<Family, "matrix">,
): readonly Diagnostic<keyof typeof TAG_CODES>[] {
  const owners = new Map<string, PublishedImage>();
  const told = new Set<string>();
  const fullName = fullNames();
  return images.flatMap((image) =>
    taggedNames(image, fullName).flatMap(({ key, shown }): readonly Diagnostic<keyof typeof TAG_CODES>[] => {
      const owner = owners.get(key);
      if (owner === undefined) owners.set(key, image);
      const pair = JSON.stringify([owner?.group.identity.id, image.group.identity.id]);
      if (owner === undefined || owner === image || told.has(pair)) return [];
      told.add(pair);
      const [name, other] = [image, owner].map(({ group }) => JSON.stringify(group.identity.name));
      return [
        {
          code: "same-tags",
          severity: "error",
          message: `image ${name} would be published as ${shown}, and so would ${other} (${formatPlace(placeOfImage(owner, family))})`,
          at: placeOfImage(image, family),
          fix: "give them suffixes that differ in letters, digits and _ . -, repositories of their own, or tags with a {key} in which they differ",
        },
      ];
    }),
  );
}

/** The names that an image takes: every tag in every repository. */
export function taggedNames(
  { repositories, metadata }: PublishedImage,
  fullName: (repository: string) => string = fullNames(),
): readonly { readonly key: string; readonly shown: string }[] {
  // What is published nowhere yet can collide all the same.
  const places = repositories.length === 0 ? [""] : repositories;
  return places.flatMap((repository) => {
    const full = fullName(repository);
    return metadata.tags.map(({ name }) => ({
      key: `${full}:${name}`,
      shown: repository === "" ? name : `${repository}:${name}`,
    }));
  });
}

/** One name for all spellings of a repository; hundreds of images may share theirs. */
function fullNames(): (repository: string) => string {
  const known = new Map<string, string>();
  return (repository) => {
    const name = known.get(repository) ?? repositoryName(repository) ?? repository;
    known.set(repository, name);
    return name;
  };
}

/** What is strange about the tags of images, each thing once, with the images it is about. */
export function tagWarnings(images: readonly PublishedImage[]): readonly Diagnostic[] {
  const told = images.flatMap(({ group, metadata }) =>
    metadata.warnings.map((warning) => ({ warning, name: JSON.stringify(group.identity.name) })),
  );
  return [...Map.groupBy(told, ({ warning }) => `${warning.code} ${warning.message}`).values()].flatMap(
    ([first, ...others]) => {
      if (first === undefined) return [];
      const names = [first, ...others].map(({ name }) => name);
      const all = names.length === images.length && names.length > 1;
      const whose = all ? "" : ` (${names.length === 1 ? "image" : "images"} ${fewNames(names, MAX_IMAGES)})`;
      return [{ ...first.warning, message: `${first.warning.message}${whose}` }];
    },
  );
}
