import { tagSuffixOf, templateValue } from "./entry-values.ts";
import type { MatrixEntry } from "./matrix-file.ts";

/** The one published image that an entry is built for. */
export interface ImageIdentity {
  /** Equal for entries of one image, and for no others. */
  readonly id: string;
  /** For people, and for the names that a command line takes; empty for the plain image where suffixes alone tell images apart. */
  readonly name: string;
  /** Its part of artifact names; empty where suffixes alone tell images apart. */
  readonly artifact: string;
}

/** Tells which image an entry is built for. Answers for every entry, one of another commit's matrix too, and never throws. */
export type Identify = (entry: MatrixEntry) => ImageIdentity;

/** All images share their repositories: entries of one `tag-suffix` are one image. */
export const bySuffix: Identify = (entry) => {
  const suffix = tagSuffixOf(entry);
  return { id: suffix, name: suffix, artifact: "" };
};

/** Entries that agree in all of the keys, `tag-suffix` among them, are one image. `image` stands for `backend` where it is absent. */
export function identifyBy(keys: readonly string[]): Identify {
  const others = keys.filter((key) => key !== "tag-suffix");
  if (others.length === 0) return bySuffix;
  return (entry) => {
    const suffix = tagSuffixOf(entry);
    const values = others.map((key) => templateValue(entry, key) ?? "");
    const image = others.includes("image") ? (templateValue(entry, "image") ?? "") : "";
    const rest = values.filter((value, at) => others[at] !== "image" && value !== "");
    return {
      id: JSON.stringify([suffix, ...values]),
      name: imageName(image, rest, suffix),
      artifact: [image, ...rest].filter((part) => part !== "").join("-"),
    };
  };
}

/** `radarr`, `python:3.13-slim`, or the values alone: how an image is called where its suffix is not all of it. */
export function imageName(image: string, groupValues: readonly string[], tagSuffix: string): string {
  const group = groupValues.join("-");
  return `${image}${image === "" || group === "" ? "" : ":"}${group}${tagSuffix}`;
}

/** An image's name, or a suffix, as text that is never empty. */
export function imageText(name: string): string {
  return name === "" ? '""' : name;
}
