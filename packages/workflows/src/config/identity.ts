import { tagSuffixOf, templateValue } from "@fanfold-internal/matrix/entry-values";
import { bySuffix, type Identify, type ImageIdentity, imageName } from "@fanfold-internal/matrix/identity";
import type { MatrixEntry } from "@fanfold-internal/matrix/matrix-file";
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
}

/** The identity that a config gives to the entries of its matrix. */
export function familyIdentity({
  images = [],
  "group-by": groupKeys = [],
}: Pick<Config, "images" | "group-by">): FamilyIdentity {
  const templates = images.map(parseTemplate);
  const imageKeys = [...new Set(templates.flatMap(templateKeys))];
  const repositoriesOf = (entry: MatrixEntry): readonly string[] => [
    ...new Set(templates.flatMap((template) => renderTemplate(template, (key) => templateValue(entry, key)) ?? [])),
  ];
  const identify = imageKeys.length === 0 && groupKeys.length === 0 ? bySuffix : identifier();
  return { identify, repositoriesOf, templates, imageKeys, groupKeys };

  function identifier(): Identify {
    // Asked for every entry in every step of a plan.
    const known = new WeakMap<MatrixEntry, ImageIdentity>();
    return (entry) => {
      const identity = known.get(entry) ?? identityOf(entry);
      known.set(entry, identity);
      return identity;
    };
  }

  function identityOf(entry: MatrixEntry): ImageIdentity {
    const suffix = tagSuffixOf(entry);
    const values = groupKeys.map((key) => templateValue(entry, key) ?? "");
    const group = values.filter((value) => value !== "");
    const image = imageKeys.flatMap((key) => templateValue(entry, key) ?? []).join("-");
    const repositories =
      imageKeys.length === 0 ? [] : repositoriesOf(entry).map((text) => repositoryName(text) ?? text);
    return {
      id: JSON.stringify([repositories, suffix, ...values]),
      name: imageName(image, group, suffix),
      artifact: [image, ...group].filter((part) => part !== "").join("-"),
    };
  }
}
