import type { Diagnostic } from "@fanfold-internal/kit/process/diagnostic";
import type { Identify } from "./identity.ts";
import type { MatrixFile } from "./matrix-file.ts";

/** What the lists of a matrix file do to each other. */
export const IMAGE_LIST_CODES = {
  "image-in-two-lists": "One image has entries in two lists, and an image is built from one.",
} as const;

/** An image is never split over two lists: their jobs run in different workflows and are merged apart. */
export function imagesInTwoLists(
  { lists, place }: Pick<MatrixFile, "lists" | "place">,
  identify: Identify,
): readonly Diagnostic<keyof typeof IMAGE_LIST_CODES>[] {
  const home = new Map<string, string>();
  return lists.flatMap((list) => {
    const images = Map.groupBy(list.entries.keys(), (index) => identify(list.entries[index] ?? {}).id);
    return [...images].flatMap(([id, [index = 0]]): readonly Diagnostic<keyof typeof IMAGE_LIST_CODES>[] => {
      const first = home.get(id);
      if (first === undefined) home.set(id, list.name);
      if (first === undefined || first === list.name) return [];
      return [
        {
          code: "image-in-two-lists",
          severity: "error",
          message: `image ${JSON.stringify(identify(list.entries[index] ?? {}).name)} has entries in ${first} and in ${list.name}`,
          at: place(list.name, index, "tag-suffix"),
          fix: "one image is built from one list; rename one of them, or move its entries",
        },
      ];
    });
  });
}
