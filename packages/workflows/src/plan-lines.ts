import { type Cause, causeLine } from "@fanfold/changed-backends";
import type { Plan } from "./plan.ts";

/** An image that is built, as a person wants to see it. */
export interface ImageLine {
  readonly matrix: string;
  readonly tagSuffix: string;
  /** `amd64 + arm64`, `linux/amd64`, or what the entry says of where it runs. */
  readonly legs: string;
  readonly fate: "merged" | "tagged by its build";
  /** Its first cause, and how many others there are. */
  readonly why: string;
}

/** One line per image of the plan, in file order. */
export function imageLines(plan: Plan): readonly ImageLine[] {
  return Object.entries(plan.matrices).flatMap(([matrix, { entries }]) => {
    const causes = Map.groupBy(
      plan.causes.filter((cause) => cause.matrix === matrix),
      ({ entry }) => entries[entry]?.["tag-suffix"],
    );
    const images = Map.groupBy(entries, (entry) => entry["tag-suffix"]);
    return [...images].map(
      ([tagSuffix, legs]): ImageLine => ({
        matrix,
        tagSuffix,
        legs: legs
          .map((leg) => String(leg["platform-tag"] || leg["platforms"] || leg["runs-on"] || ""))
          .filter(Boolean)
          .join(" + "),
        fate: legs.length > 1 ? "merged" : "tagged by its build",
        why: whyLine(causes.get(tagSuffix) ?? []),
      }),
    );
  });
}

function whyLine(causes: readonly Cause[]): string {
  // What a sibling was selected for says less than what the image was.
  const distinct = [...new Set(causes.filter(({ rule }) => rule !== "group").map(causeLine))];
  const [first, ...others] = distinct;
  if (first === undefined) return "";
  return others.length === 0 ? first : `${first} and ${others.length} more`;
}

/** `2 of 271 entries, 1 image merged`. */
export function listLine(plan: Plan, list: string): string {
  const { total, entries } = plan.matrices[list] ?? { total: 0, entries: [] };
  const merged = plan.groups.filter(({ matrix }) => matrix === list).length;
  const merges = merged === 0 ? "nothing to merge" : merged === 1 ? "1 image to merge" : `${merged} images to merge`;
  return `${entries.length} of ${total} entries, ${merges}`;
}

/** Where the plan's event came from: `push refs/heads/main, 1a2b3c4..5d6e7f8`. */
export function eventLine({ event }: Plan): string {
  const short = (sha: string | null): string => sha?.slice(0, 7) ?? "?";
  const range = event.base === null && event.head === null ? "" : `, ${short(event.base)}..${short(event.head)}`;
  return `${event.name}${event.ref === null ? "" : ` ${event.ref}`}${range}`;
}
