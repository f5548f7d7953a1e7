import { UNKNOWN } from "../dockerfile/shell-pattern.ts";
import { fitsParts } from "../infer/stages.ts";
import { readImageName, splitTag } from "./image-name.ts";
import { type ImageReference, targetName } from "./image-references.ts";

/** An image of the family, as others may name it. */
export interface FamilyImage {
  readonly id: string;
  readonly name: string;
  /** That it is published to, however written. */
  readonly repositories: readonly string[];
  readonly tagSuffix: string;
  /** Whether the default branch gives it this tag. */
  readonly givesTag: (tag: string) => boolean;
}

/** All images of a family, by what they may be called. */
export class ImageFamily {
  readonly images: readonly FamilyImage[];
  readonly #byRepository = new Map<string, FamilyImage[]>();
  readonly #byName = new Map<string, FamilyImage>();

  constructor(images: readonly FamilyImage[]) {
    this.images = images;
    for (const image of images) {
      if (!this.#byName.has(image.name)) this.#byName.set(image.name, image);
      for (const repository of new Set(image.repositories.flatMap((text) => readImageName(text)?.repository ?? []))) {
        const there = this.#byRepository.get(repository);
        if (there === undefined) this.#byRepository.set(repository, [image]);
        else there.push(image);
      }
    }
  }

  named(name: string): FamilyImage | undefined {
    return this.#byName.get(name);
  }

  /** Those that are published to a repository, by its full name. */
  publishedTo(repository: string): readonly FamilyImage[] {
    return this.#byRepository.get(repository) ?? [];
  }

  /** Those whose repositories' names may be these parts, with anything between them. */
  like(parts: readonly string[]): readonly FamilyImage[] {
    const found = [...this.#byRepository].flatMap(([repository, images]) =>
      writtenForms(repository).some((form) => fitsParts(form, parts)) ? images : [],
    );
    return [...new Set(found)];
  }
}

/** Which image of the family a reference is. */
export type FoundBase =
  /** None. */
  | { readonly kind: "external" }
  /** The image that asks for it, as it was published last: there is no other one before it is built. */
  | { readonly kind: "itself" }
  | { readonly kind: "base"; readonly base: FamilyImage }
  /** One of these as it was published once: by digest, or by a tag that the default branch does not give. */
  | { readonly kind: "pinned"; readonly bases: readonly FamilyImage[]; readonly by: string }
  /** One of these. */
  | { readonly kind: "several"; readonly bases: readonly FamilyImage[] }
  /** Nobody knows, and these are not excluded. */
  | { readonly kind: "unknown"; readonly bases: readonly FamilyImage[] };

const EXTERNAL: FoundBase = { kind: "external" };

/** Finds it among the images of a family, for one of them. */
export function findBase(reference: ImageReference, dependent: FamilyImage, family: ImageFamily): FoundBase {
  const { text } = reference;
  const target = targetName(reference);
  if (target !== undefined) return named(target, dependent, family);
  const [known, tag] = splitTag(withoutDigest(text));
  if (known.includes(UNKNOWN)) return possible(known, dependent, family);
  const name = readImageName(text.replaceAll(UNKNOWN, "x"));
  if (name === undefined) return EXTERNAL;
  const there = family.publishedTo(name.repository);
  if (there.length === 0) return name.bare ? named(text, dependent, family) : EXTERNAL;
  const pinned = name.digest !== undefined;
  const fitting = pinned ? (tag === undefined ? there : bySuffix(tag, there)) : oneOf(tag ?? "latest", there);
  if (fitting.length === 0) return EXTERNAL;
  // An image does not stand on itself where it can stand on another one.
  const bases = fitting.filter(({ id }) => id !== dependent.id);
  if (bases.length === 0) return { kind: "itself" };
  if (pinned) return { kind: "pinned", bases, by: "a digest" };
  if (tag !== undefined && !reference.tagFilled && !bases.some((base) => isMoving(tag, base))) {
    return { kind: "pinned", bases, by: `the tag ${tag}, which the default branch does not give` };
  }
  const [base, ...others] = bases;
  return base === undefined || others.length > 0 ? { kind: "several", bases } : { kind: "base", base };
}

/** A name that is no image's repository may be what an image is called; never its own, which comes from elsewhere then. */
function named(name: string, dependent: FamilyImage, family: ImageFamily): FoundBase {
  const base = family.named(name);
  return base === undefined || base.id === dependent.id ? EXTERNAL : { kind: "base", base };
}

/** Those of images in one repository that a tag may be of. */
function oneOf(tag: string, there: readonly FamilyImage[]): readonly FamilyImage[] {
  const fitting = bySuffix(tag, there);
  if (fitting.length < 2) return fitting;
  const giving = tag.includes(UNKNOWN) ? [] : fitting.filter(({ givesTag }) => givesTag(tag));
  return giving.length > 0 ? giving : fitting;
}

/** Those of the longest suffix that the tag ends with; of the empty one only where no other fits. */
function bySuffix(tag: string, images: readonly FamilyImage[]): readonly FamilyImage[] {
  const unknown = tag.lastIndexOf(UNKNOWN);
  const tail = tag.slice(unknown + 1);
  const fits = images.filter(({ tagSuffix }) => tail.endsWith(tagSuffix));
  const longest = Math.max(...fits.map(({ tagSuffix }) => tagSuffix.length));
  const fitting = fits.filter(({ tagSuffix }) => tagSuffix.length === longest);
  // What is not known may end in a suffix that is longer still.
  const longer = unknown === -1 ? [] : images.filter(({ tagSuffix }) => tagSuffix !== tail && tagSuffix.endsWith(tail));
  return longest > 0 && tail !== "" ? fitting : [...new Set([...fitting, ...longer])];
}

/** Images whose repositories a name may be of which only parts are known; wholly unknown, it may be anything. */
function possible(known: string, dependent: FamilyImage, family: ImageFamily): FoundBase {
  const bases = family.like(known.split(UNKNOWN)).filter(({ id }) => id !== dependent.id);
  return bases.length === 0 ? EXTERNAL : { kind: "unknown", bases };
}

/** `latest` is what no tag means, too: nobody pins by it, whichever event gives it. */
function isMoving(tag: string, { tagSuffix, givesTag }: FamilyImage): boolean {
  return tag === `latest${tagSuffix}` || givesTag(tag);
}

/** A repository's full name, and shorter ones in which Docker Hub's may be written. */
function writtenForms(repository: string): readonly string[] {
  return [/^/, /^docker\.io\//, /^docker\.io\/library\//].map((prefix) => repository.replace(prefix, ""));
}

function withoutDigest(text: string): string {
  return text.split("@")[0] ?? "";
}
