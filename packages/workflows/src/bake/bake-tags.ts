import { parseReference } from "@fanfold/digest-tools/planning";
import { isFanfoldError } from "@fanfold-internal/kit/process/errors";

/** Where the `tags` of a target go. */
export interface TargetTags {
  /** As they are written there, without tags, each once. */
  readonly repositories: readonly string[];
  /** In each of them; `latest` where a name has none. */
  readonly tags: readonly string[];
}

/** Reads the `tags` of a target; a text: why an image cannot be published so. */
export function readTargetTags(names: readonly string[]): TargetTags | string {
  const places = new Map<string, { readonly written: string; readonly tags: Set<string> }>();
  for (const name of names) {
    const read = readName(name);
    if (typeof read === "string") return read;
    const { repository, written, tag } = read;
    const place = places.get(repository) ?? { written, tags: new Set() };
    place.tags.add(tag);
    places.set(repository, place);
  }
  const [first, ...others] = places.values();
  if (first === undefined) return { repositories: [], tags: [] };
  const same = (tags: ReadonlySet<string>): boolean =>
    tags.size === first.tags.size && [...tags].every((tag) => first.tags.has(tag));
  const other = others.find(({ tags }) => !same(tags));
  if (other !== undefined) {
    const shown = [first, other].map(({ written, tags }) => `${[...tags].join(", ")} in ${written}`);
    return `its tags are ${shown.join(", and ")}; an image has the same tags in each of its repositories`;
  }
  return { repositories: [...places.values()].map(({ written }) => written), tags: [...first.tags] };
}

function readName(
  name: string,
): { readonly repository: string; readonly written: string; readonly tag: string } | string {
  try {
    const { registry, path, tag, digest } = parseReference(name);
    if (digest !== undefined) return `the tag ${JSON.stringify(name)} holds a digest`;
    const written = tag === undefined ? name : name.slice(0, -tag.length - 1);
    return { repository: `${registry.toLowerCase()}/${path}`, written, tag: tag ?? "latest" };
  } catch (error) {
    if (!isFanfoldError(error)) throw error;
    return error.diagnostics.map(({ message }) => message).join("; ");
  }
}
