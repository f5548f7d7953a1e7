import { type BaseGraph, baseGraph } from "../bases/base-graph.ts";
import type { BasedEntry } from "../bases/edges.ts";
import type { FamilyImage } from "../bases/find-base.ts";
import { contextOf } from "../bases/image-references.ts";
import { parseDockerfile } from "../dockerfile/dockerfile.ts";

/** An image of one entry, as a test writes it. */
export interface TestImage {
  readonly name: string;
  /** Default: `ghcr.io/x/` and its name. */
  readonly repository?: string;
  readonly tagSuffix?: string;
  /** Tags that the default branch gives it; default: `latest` and `main`, with its suffix. */
  readonly tags?: readonly string[];
  readonly dockerfile?: string;
  readonly args?: Readonly<Record<string, string | null>>;
  readonly contexts?: Readonly<Record<string, string>>;
  readonly target?: string;
  readonly platform?: string;
  /** Ids of images, which are their names. */
  readonly needs?: readonly string[];
  readonly unread?: BasedEntry["unread"];
}

/** The graph of a family. */
export function familyGraph(images: readonly TestImage[]): BaseGraph {
  const family = images.map(familyImage);
  return baseGraph(basedEntries(images, family), family);
}

/** An entry for each image, in their order. */
export function basedEntries(
  images: readonly TestImage[],
  family: readonly FamilyImage[] = images.map(familyImage),
): readonly BasedEntry[] {
  return images.map((image, index): BasedEntry => {
    const { name, dockerfile, args = {}, contexts = {}, target, platform = "linux/amd64", unread } = image;
    const parsed = parseDockerfile(dockerfile ?? "FROM alpine\n");
    const place = { file: "matrix.yml", line: index + 1 };
    return {
      image: family[index] ?? familyImage(image),
      question: {
        dockerfile: `${name}/Dockerfile`,
        context: name,
        target,
        platforms: [platform],
        arguments: { values: new Map(Object.entries(args)), open: true },
        contexts: new Map(Object.entries(contexts)),
      },
      dockerfile: unread !== undefined || parsed.kind !== "dockerfile" ? undefined : parsed,
      unread,
      needs: (image.needs ?? []).map((each) => ({
        name: each,
        at: place,
        bases: family.filter(({ id }) => id === each),
      })),
      at: place,
    };
  });
}

function familyImage({ name, repository, tagSuffix = "", tags }: TestImage): FamilyImage {
  const given = tags ?? ["latest", "main"].map((tag) => `${tag}${tagSuffix}`);
  return {
    id: name,
    name,
    repositories: [repository ?? `ghcr.io/x/${name}`],
    tagSuffix,
    givesTag: (tag) => given.includes(tag),
  };
}

/** `dependent <- base as context`, an edge a line. */
export function edgeLines({ edges }: BaseGraph): readonly string[] {
  return edges.flat().map(({ from, base, reference }) => {
    const context = reference === undefined ? "nothing" : (contextOf(reference) ?? "what is not known");
    return `${from} <- ${base} as ${context}`;
  });
}
