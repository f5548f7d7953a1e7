import { tagSuffixOf, templateValue } from "@fanfold-internal/matrix/entry-values";
import { bySuffix, type Identify, type ImageIdentity, imageName } from "@fanfold-internal/matrix/identity";
import type { MatrixEntry, MatrixList } from "@fanfold-internal/matrix/matrix-file";
import { parseTemplate, renderTemplate, type Template, templateKeys } from "@fanfold-internal/matrix/template";
import type { Config } from "./config.ts";
import { repositoryName } from "./images.ts";

/** What tells the images of a family apart, and where each is published. */
export interface FamilyIdentity {
  /** Entries with the same repositories, the same `tag-suffix` and the same values of the `group-by` keys are one image. */
  readonly identify: Identify;
  /** The repositories of an entry's image, as `images` writes them; those that lack a value are left out. */
  readonly repositoriesOf: (entry: MatrixEntry) => readonly string[];
  /** The texts of `images`, in their order. */
  readonly templates: readonly Template[];
  /** The keys in them, each once, in the order in which they first appear. */
  readonly imageKeys: readonly string[];
  readonly groupKeys: readonly string[];
  /** The tags that an entry's own text gives its image; undefined: it leaves them to `metadata`. */
  readonly tagsOf?: (entry: MatrixEntry) => readonly string[] | undefined;
  /** Keys that tell images of one repository apart: those of `group-by`, and of `images` where not every text has them. */
  readonly repositoryKeys: readonly string[];
}

/** The identity that a config gives to entries; in `lists` no two images have one name. */
export function familyIdentity(
  { images = [], "group-by": groupKeys = [] }: Pick<Config, "images" | "group-by">,
  lists: readonly MatrixList[],
): FamilyIdentity {
  const templates = images.map(parseTemplate);
  const imageKeys = [...new Set(templates.flatMap(templateKeys))];
  const repositoriesOf = (entry: MatrixEntry): readonly string[] => renderedRepositories(templates, entry);
  const lacking = imageKeys.filter((key) => !templates.every((template) => templateKeys(template).includes(key)));
  const repositoryKeys = [...new Set([...lacking, ...groupKeys])];
  const shared = { repositoriesOf, templates, imageKeys, groupKeys, repositoryKeys };
  if (imageKeys.length === 0 && groupKeys.length === 0) return { identify: bySuffix, ...shared };
  const partsOf = (entry: MatrixEntry): ImageParts => ({
    repositories: imageKeys.length === 0 ? [] : repositoriesOf(entry).map(fullName),
    image: imageKeys.flatMap((key) => templateValue(entry, key) ?? []),
    group: groupKeys.map((key) => templateValue(entry, key) ?? ""),
    suffix: tagSuffixOf(entry),
  });
  const taken = namesTakenTwice(lists.flatMap(({ entries }) => entries.map(partsOf)));
  // Asked for every entry in every step of a plan.
  const known = new WeakMap<MatrixEntry, ImageIdentity>();
  const identify: Identify = (entry) => {
    const identity = known.get(entry) ?? identityOf(partsOf(entry), taken);
    known.set(entry, identity);
    return identity;
  };
  return { identify, ...shared };
}

/** The repositories of an entry by the texts of `images`. */
export function renderedRepositories(templates: readonly Template[], entry: MatrixEntry): readonly string[] {
  const texts = templates.flatMap((template) => renderTemplate(template, (key) => templateValue(entry, key)) ?? []);
  const seen = new Set<string>();
  return texts.filter((text) => seen.size < seen.add(fullName(text)).size);
}

/** What an image is known by. */
interface ImageParts {
  readonly repositories: readonly string[];
  /** Values of the keys in `images`. */
  readonly image: readonly string[];
  /** Values of the keys of `group-by`; empty where the entry has none. */
  readonly group: readonly string[];
  readonly suffix: string;
}

function identityOf(parts: ImageParts, taken: ReadonlySet<string>): ImageIdentity {
  const name = shortName(parts);
  const group = present(parts.group);
  return {
    id: idOf(parts),
    name: taken.has(name) ? fullestName(parts) : name,
    artifact: [...parts.image, ...group].join("-"),
  };
}

function idOf({ repositories, suffix, group }: ImageParts): string {
  return JSON.stringify([repositories, suffix, ...group]);
}

/** `radarr`, `python:3.13-slim`. */
function shortName({ image, group, suffix }: ImageParts): string {
  return imageName(image.join("-"), present(group), suffix);
}

/** The same with every part set off: `app:-web` is `app` with a suffix, and not `app-web`. */
function fullestName({ image, group, suffix }: ImageParts): string {
  return present([image.join("/"), group.join(","), suffix]).join(":");
}

/** The short names that several images would have. */
function namesTakenTwice(all: readonly ImageParts[]): ReadonlySet<string> {
  const owners = new Map<string, string>();
  return new Set(
    all.flatMap((parts) => {
      const [name, id] = [shortName(parts), idOf(parts)];
      const owner = owners.get(name);
      if (owner === undefined) owners.set(name, id);
      return owner === undefined || owner === id ? [] : [name];
    }),
  );
}

function present(values: readonly string[]): readonly string[] {
  return values.filter((value) => value !== "");
}

/** One name for all spellings of a repository. */
function fullName(text: string): string {
  return repositoryName(text) ?? text;
}
