import { didYouMean } from "@fanfold-internal/kit/read/nearest";
import { fewNames } from "@fanfold-internal/kit/text/words";
import { DigestToolsError } from "../base/error.ts";
import type { MergeGroup } from "./groups.ts";

/** Which images of a plan are published. */
export interface ImageChoice {
  /** Each a name, or several with commas between them. Undefined: every image. */
  readonly only?: readonly string[] | undefined;
  /** All but images of two legs and more that are built, which `merge: matrix` gives a job each. */
  readonly rest?: boolean | undefined;
}

/** More names than that nobody reads. */
const MAX_LISTED = 40;

/** @throws DigestToolsError `invalid-options` for a name that no image of the plan has */
export function chooseGroups(groups: readonly MergeGroup[], { only, rest }: ImageChoice): readonly MergeGroup[] {
  if (rest === true) return groups.filter(({ form, reused }) => form !== "index" || reused !== undefined);
  if (only === undefined) return groups;
  const known = [...new Set(groups.map(({ image }) => image))];
  // A name may hold a comma itself.
  const names = only.flatMap((text) => (known.includes(text) ? [text] : text.split(",").map(nameIn)));
  const unknown = names.find((name) => !known.includes(name));
  if (unknown !== undefined) {
    const quoted = known.map((name) => JSON.stringify(name));
    const listed = fewNames(quoted, MAX_LISTED) || "none";
    throw new DigestToolsError({
      code: "invalid-options",
      message: `the plan has no image ${JSON.stringify(unknown)}${didYouMean(unknown, known)}; it has ${listed}`,
    });
  }
  return groups.filter(({ image }) => names.includes(image));
}

/** The image without a name may be written as messages show it: where an empty text means that nothing was given. */
function nameIn(text: string): string {
  const name = text.trim();
  return name === '""' ? "" : name;
}
