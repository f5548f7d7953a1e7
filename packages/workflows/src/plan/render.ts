import { styleText } from "node:util";
import {
  diffLine,
  type ImageLine,
  type ListLines,
  listLines,
  type Paint,
  renderLists,
  summarizeLists,
  summarizeWarnings,
  summaryCode,
} from "@fanfold/changed-backends/internal";
import { printable } from "@fanfold-internal/kit/text/printable";
import { countOf } from "@fanfold-internal/kit/text/words";
import { basesPicture } from "./bases-picture.ts";
import type { Plan } from "./plan.ts";
import type { PlannedLists } from "./plan-outputs.ts";
import { isProposal } from "./proposals.ts";
import { republishedLines, republishedNames, summarizeRepublished } from "./republished.ts";

/**
 * The plan for a terminal: what happened, what is built and why, what was left out. `published`: what registries have said, in a
 * line. `columns`: of the terminal, which gets colours; undefined: there is none.
 */
export function renderPlan(plan: Plan, lists: PlannedLists, columns: number | undefined, published?: string): string {
  const paint: Paint = (style, text) =>
    columns === undefined ? text : styleText(style, text, { validateStream: false });
  const head = [
    `${paint("bold", "event")}  ${printable(eventLine(plan))}`,
    `${paint("bold", "diff")}   ${printable(diffLine(plan.diff))}`,
    ...(published === undefined ? [] : [`${paint("bold", "reuse")}  ${published}`]),
  ];
  const again = republishedLines(plan).map((line) => `${line}\n`);
  const built = renderLists(plannedLines(plan, lists), { outcome: outcomeIn(plan), paint, columns });
  return `${head.join("\n")}\n\n${built}${again.join("")}`;
}

/** The plan as Markdown, for GITHUB_STEP_SUMMARY: what is built and why, what was left out, where the diff came from. */
export function planSummary(plan: Plan, lists: PlannedLists, published?: string): string {
  const lines = [
    "### Plan",
    "",
    `${summaryCode(eventLine(plan))}  `,
    `${summaryCode(diffLine(plan.diff))}${published === undefined ? "" : "  "}`,
    ...(published === undefined ? [] : [summaryCode(`published: ${published}`)]),
    "",
    ...summarizeLists(plannedLines(plan, lists), { outcome: outcomeIn(plan) }),
    ...summarizeRepublished(plan),
    ...basesPicture(plan),
    ...summarizeWarnings(plan.warnings),
  ];
  return `${lines.join("\n")}\n`;
}

/** Where the plan's event came from: `push refs/heads/main, 1a2b3c4..5d6e7f8`. */
export function eventLine({ event }: Pick<Plan, "event">): string {
  const short = (sha: string | null): string => sha?.slice(0, 7) ?? "?";
  const range = event.base === null && event.head === null ? "" : `, ${short(event.base)}..${short(event.head)}`;
  return `${event.name}${event.ref === null ? "" : ` ${event.ref}`}${range}`;
}

function plannedLines(plan: Plan, { lists, identify }: PlannedLists): readonly ListLines[] {
  const again = republishedNames(plan);
  return listLines(plan, lists, identify).map((list) => ({
    ...list,
    leftOut: list.leftOut.filter((image) => !again.has(image)),
    summary: `${list.summary}, ${listOutcome(plan, list)}`,
  }));
}

/** What becomes of a list's images together. */
function listOutcome({ event, groups }: Plan, { name, images }: ListLines): string {
  if (isProposal(event)) {
    return images.length === 0 ? "nothing to build" : `${countOf(images.length, "image")} to build, none to publish`;
  }
  const published = groups.filter(({ matrix }) => matrix === name);
  if (published.length === 0) return "nothing to publish";
  const untagged = published.filter((group) => isUntagged(event, group)).length;
  const all = untagged === published.length;
  const without = untagged === 0 ? "" : `, ${all ? "none" : untagged} ${all ? "with" : "without"} a tag`;
  return `${countOf(published.length, "image")} to publish${without}`;
}

/** Of what no event and no clone says, the tags are not known. */
function isUntagged({ ref, sha }: Plan["event"], { tags }: Plan["groups"][number]): boolean {
  return tags.length === 0 && (ref !== null || sha !== null);
}

/** What becomes of each image. */
export function outcomeIn({ event, groups }: Plan): (image: ImageLine) => string {
  const published = new Map(groups.map((group) => [group.image, group]));
  return ({ image, entries }) => {
    const group = published.get(image);
    if (group === undefined) return "left to its workflow";
    if (isProposal(event)) return "only built";
    if (isUntagged(event, group)) return entries > 1 ? "merged, without a tag" : "without a tag";
    return entries > 1 ? "merged" : "tagged";
  };
}
