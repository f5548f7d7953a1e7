import type { Family } from "../../config/family.ts";

/** The key that the plan gives to every entry it emits. */
export const ARTIFACT_KEY = "artifact-name";

/** Keys that the entries of a list have when a job gets them; none where the list is empty. */
export function keysOf({ matrix }: Family, list: string): ReadonlySet<string> {
  const keys = new Set(matrix.lists.find(({ name }) => name === list)?.entries.flatMap(Object.keys));
  if (keys.size === 0) return keys;
  // Read by the plan, and not handed on.
  keys.delete("paths");
  return keys.add(ARTIFACT_KEY);
}
