import type { Json } from "@fanfold-internal/kit/read/json";
import type { MatrixEntry } from "./matrix-file.ts";

/** What an entry builds; undefined: it does not say. */
export function backendOf(entry: MatrixEntry): string | undefined {
  return entryValue(entry, "backend");
}

/** The end of its image's tags; the plain image has none. */
export function tagSuffixOf(entry: MatrixEntry): string {
  return entryValue(entry, "tag-suffix") ?? "";
}

/** What `{key}` in a template stands for: the entry's value as text, and for `image` without one its backend. */
export function templateValue(entry: MatrixEntry, key: string): string | undefined {
  return entryValue(entry, key) ?? (key === "image" ? backendOf(entry) : undefined);
}

/** The keys that templates may name. */
export function templateKeysOf(entries: readonly MatrixEntry[]): ReadonlySet<string> {
  const keys = new Set(entries.flatMap(Object.keys));
  return keys.has("backend") ? keys.add("image") : keys;
}

/** The text of an entry's own key. Undefined: the key is absent or empty, or its value is a list or a mapping. */
export function entryValue(entry: MatrixEntry, key: string): string | undefined {
  return Object.hasOwn(entry, key) ? scalarText(entry[key]) : undefined;
}

/** Values are what YAML made of them: `true` and `1` count as their text; nothing, null and `""` as absent. */
export function scalarText(value: Json | undefined): string | undefined {
  if (value === undefined || value === null || value === "" || typeof value === "object") return undefined;
  return String(value);
}
