import { type Cause, causeLine, type MatrixList } from "@fanfold/changed-backends";
import type { Plan } from "./plan.ts";

/** An image that is built, as a person wants to see it. */
export interface ImageLine {
  readonly tagSuffix: string;
  /** `amd64 + arm64`, `linux/amd64`, or what the entry says of where it runs. */
  readonly legs: string;
  readonly fate: "merged" | "tagged by its build";
  /** Its first cause, and how many others there are. */
  readonly why: string;
}

/** One list of a plan, for people. */
export interface ListLines {
  readonly name: string;
  /** `2 of 271 entries, 1 image to merge` */
  readonly summary: string;
  /** What is built, one line per image, in file order. */
  readonly images: readonly ImageLine[];
  /** Suffixes of the images that are not built. */
  readonly leftOut: readonly string[];
}

export function listLines(plan: Plan, lists: readonly MatrixList[]): readonly ListLines[] {
  return lists.map(({ name, entries }) => {
    const selected = plan.matrices[name]?.entries ?? [];
    const built = new Set(selected.map((entry) => entry["tag-suffix"]));
    const suffixes = new Set(entries.map((entry) => entry["tag-suffix"]));
    return {
      name,
      summary: `${selected.length} of ${entries.length} entries, ${mergesLine(plan, name)}`,
      images: imageLines(plan, name),
      leftOut: [...suffixes].filter((suffix) => !built.has(suffix)),
    };
  });
}

function imageLines(plan: Plan, matrix: string): readonly ImageLine[] {
  const entries = plan.matrices[matrix]?.entries ?? [];
  const causes = Map.groupBy(
    plan.causes.filter((cause) => cause.matrix === matrix),
    ({ entry }) => entries[entry]?.["tag-suffix"],
  );
  const images = Map.groupBy(entries, (entry) => entry["tag-suffix"]);
  return [...images].map(
    ([tagSuffix, legs]): ImageLine => ({
      tagSuffix,
      legs: legs
        .map((leg) => String(leg["platform-tag"] || leg["platforms"] || leg["runs-on"] || ""))
        .filter(Boolean)
        .join(" + "),
      fate: legs.length > 1 ? "merged" : "tagged by its build",
      why: whyLine(causes.get(tagSuffix) ?? []),
    }),
  );
}

/** The first cause of an image, and how many others there are. */
function whyLine(causes: readonly Cause[]): string {
  // What a sibling was selected for says less than what the image was.
  const distinct = [...new Set(causes.filter(({ rule }) => rule !== "group").map(causeLine))];
  const [first, ...others] = distinct;
  if (first === undefined) return "";
  return others.length === 0 ? first : `${first} and ${others.length} more`;
}

function mergesLine({ groups }: Plan, list: string): string {
  const merged = groups.filter(({ matrix }) => matrix === list).length;
  return merged === 0 ? "nothing to merge" : merged === 1 ? "1 image to merge" : `${merged} images to merge`;
}

/** Where the plan's event came from: `push refs/heads/main, 1a2b3c4..5d6e7f8`. */
export function eventLine({ event }: Pick<Plan, "event">): string {
  const short = (sha: string | null): string => sha?.slice(0, 7) ?? "?";
  const range = event.base === null && event.head === null ? "" : `, ${short(event.base)}..${short(event.head)}`;
  return `${event.name}${event.ref === null ? "" : ` ${event.ref}`}${range}`;
}

/** A suffix as text that is never empty. */
export function suffixText(tagSuffix: string): string {
  return tagSuffix === "" ? '""' : tagSuffix;
}
