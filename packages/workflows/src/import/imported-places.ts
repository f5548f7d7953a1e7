import type { MatrixEntry } from "@fanfold-internal/matrix/matrix-file";
import { readTargetTags } from "../bake/bake-tags.ts";

/** Where images go, as a config and entries say it together. */
export interface ImportedPlaces {
  /** `images` of the config. */
  readonly images: readonly string[];
  /** Targets share a repository, and are told apart by their names. */
  readonly shared: boolean;
  /** The most tags that a target has; 0: `metadata` decides. */
  readonly tags: number;
  /** By target, the keys of its entries that fill in the config's. */
  readonly keys: ReadonlyMap<string, Readonly<Record<string, string>>>;
  /** What is said of a target whose places or tags are not those of the bake file. */
  readonly lost: readonly { readonly target: string; readonly message: string }[];
}

/** `by`: where images go where none names a registry, `ghcr.io/owner`. */
export function importedPlaces(entries: readonly MatrixEntry[], by: string): ImportedPlaces {
  const lost: { target: string; message: string }[] = [];
  const targets = new Map(entries.map((entry) => [String(entry["backend"]), entry["tags"]]));
  const found = [...targets].map(([target, names]) => {
    const tags = readTargetTags(Array.isArray(names) ? names.map(String) : []);
    const said = typeof tags === "string" ? { repositories: [], tags: [] } : tags;
    const repositories = said.repositories.filter(namesRegistry);
    const nowhere = said.repositories.filter((each) => !namesRegistry(each));
    const name = nowhere[0]?.split("/").at(-1) ?? target;
    if (nowhere.length > 0) lost.push({ target, message: `${nowhere.join(", ")} names no registry` });
    return { target, name, repositories, tags: said.tags };
  });
  // What goes nowhere goes where others go.
  const home = found
    .find(({ repositories }) => repositories.length > 0)
    ?.repositories.map((each) => splitName(each)[0]);
  const read = found.map(({ name, ...each }) => ({
    ...each,
    repositories:
      each.repositories.length > 0 ? each.repositories : (home ?? [by]).map((prefix) => `${prefix}/${name}`),
  }));
  const most = Math.max(0, ...read.map(({ tags }) => tags.length));
  for (const { target, tags } of read) {
    if (most > 0 && tags.length === 0) lost.push({ target, message: "it has no tags, and others have: latest" });
  }
  const { images, keysOf } = templates(read, (target, message) => lost.push({ target, message }));
  const keys = read.map((each) => {
    const tags = most > 0 && each.tags.length === 0 ? ["latest"] : each.tags;
    const tagKeys = tags.map((tag, index): [string, string] => [numbered("tag", index), tag]);
    return [each.target, { ...keysOf(each), ...Object.fromEntries(tagKeys) }] as const;
  });
  const first = read.map(({ repositories }) => repositories[0]);
  return { images, shared: new Set(first).size < first.length, tags: most, keys: new Map(keys), lost };
}

/** The lines of `metadata.tags`; a target that has fewer tags leaves the others out. */
export function tagLines(count: number): readonly string[] {
  return Array.from({ length: count }, (_, index) => `type=raw,value={${numbered("tag", index)}}`);
}

interface Placed {
  readonly target: string;
  readonly repositories: readonly string[];
}

/** One text for all where they differ in their last part alone; else a key for each repository. */
function templates(
  placed: readonly Placed[],
  lose: (target: string, message: string) => void,
): { readonly images: readonly string[]; readonly keysOf: (each: Placed) => Readonly<Record<string, string>> } {
  const [first] = placed;
  const prefixes = (first?.repositories ?? []).map((each) => splitName(each)[0]);
  const alike = placed.every(({ repositories }) => {
    const names = new Set(repositories.map((each) => splitName(each)[1]));
    const same = repositories.length === prefixes.length;
    return same && names.size === 1 && repositories.every((each, index) => splitName(each)[0] === prefixes[index]);
  });
  if (alike) {
    return {
      images: prefixes.map((prefix) => `${prefix}/{image}`),
      keysOf: ({ target, repositories }) => {
        const name = splitName(repositories[0] ?? "")[1];
        return name === target ? {} : { image: name };
      },
    };
  }
  const count = Math.min(...placed.map(({ repositories }) => repositories.length));
  for (const { target, repositories } of placed) {
    const more = repositories.slice(count);
    if (more.length > 0) lose(target, `not all images go to as many repositories: not to ${more.join(", ")}`);
  }
  const keys = Array.from({ length: count }, (_, index) => numbered("repository", index));
  return {
    images: keys.map((key) => `{${key}}`),
    keysOf: ({ repositories }) => Object.fromEntries(keys.map((key, index) => [key, repositories[index] ?? ""])),
  };
}

function splitName(repository: string): readonly [prefix: string, name: string] {
  const at = repository.lastIndexOf("/");
  return [repository.slice(0, at), repository.slice(at + 1)];
}

function numbered(key: string, index: number): string {
  return index === 0 ? key : `${key}-${index + 1}`;
}

/** A name of one part would be Docker's own. */
function namesRegistry(repository: string): boolean {
  return repository.includes("/");
}
