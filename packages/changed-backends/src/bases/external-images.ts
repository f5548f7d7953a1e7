import { UNKNOWN } from "../dockerfile/shell-pattern.ts";
import type { BasedEntry } from "./edges.ts";
import { findBase, ImageFamily } from "./find-base.ts";
import { readImageName } from "./image-name.ts";
import { contextOf, type ReferencesOf, rememberedReferences, targetName } from "./image-references.ts";

/** An image that no entry of the family builds, as it is named by a tag. */
export interface ExternalImage {
  /** With its registry: `docker.io/library/alpine`. */
  readonly repository: string;
  readonly tag: string;
  /** The name of the build context that can take its place; undefined: a stage is called so. */
  readonly context: string | undefined;
  /** The build inside the entry's own that asks for it; absent: the entry's own does. */
  readonly within?: string;
}

/**
 * Images from elsewhere that each entry is built from, in the order of the entries; null: not all of their names are known. What
 * is named by a digest never changes, and is left out, as is an image's own name, which is what it was built as before.
 */
export function externalImages(entries: readonly BasedEntry[]): readonly (readonly ExternalImage[] | null)[] {
  const family = new ImageFamily([...new Map(entries.map(({ image }) => [image.id, image])).values()]);
  const referencesOf = rememberedReferences();
  return entries.map((entry) => {
    const builds: readonly AskingBuild[] = [
      entry,
      ...(entry.linked ?? []).map(({ name, ...build }) => ({ ...build, image: entry.image, within: name })),
    ];
    const found = builds.map((build) => imagesOf(build, family, referencesOf));
    return found.includes(null) ? null : found.flatMap((images) => images ?? []);
  });
}

type AskingBuild = Pick<BasedEntry, "image" | "question" | "dockerfile" | "unread"> & { readonly within?: string };

function imagesOf(
  { image, question, dockerfile, unread, within }: AskingBuild,
  family: ImageFamily,
  referencesOf: ReferencesOf,
): readonly ExternalImage[] | null {
  if (unread !== undefined) return null;
  const found = new Map<string, ExternalImage>();
  for (const reference of dockerfile === undefined ? [] : referencesOf(dockerfile, question)) {
    const { kind } = findBase(reference, image, family);
    if (kind === "base" || kind === "itself" || targetName(reference) !== undefined) continue;
    const name = reference.text.includes(UNKNOWN) ? undefined : readImageName(reference.text);
    if (name === undefined) return null;
    if (name.digest !== undefined) continue;
    const context = contextOf(reference);
    const isStage = reference.context === undefined && dockerfile?.stages.some(({ from }) => from.name === context);
    const { repository, tag = "latest" } = name;
    found.set(`${repository}:${tag} ${context}`, {
      repository,
      tag,
      context: isStage === true ? undefined : context,
      ...(within === undefined ? {} : { within }),
    });
  }
  return [...found.values()];
}
