import { summaryCode } from "@fanfold/changed-backends/internal";
import { printable } from "@fanfold-internal/kit/text/printable";
import { countOf } from "@fanfold-internal/kit/text/words";
import { imageText } from "@fanfold-internal/matrix/identity";
import { type PublishedState, REUSE_STATES } from "../reuse/published-state.ts";
import type { Plan, PlannedGroup } from "./plan.ts";

type Groups = Pick<Plan, "groups">;

/** `3 current, 1 stale, of 4 images`: what is published, all images together. */
export function publishedLine(states: ReadonlyMap<string, Pick<PublishedState, "state">>): string {
  const counts = REUSE_STATES.flatMap((state) => {
    const count = [...states.values()].filter((each) => each.state === state).length;
    return count === 0 ? [] : [`${count} ${state}`];
  });
  return `${counts.join(", ") || "nothing asked"}, of ${countOf(states.size, "image")}`;
}

/** Names of images that are published again without a build. */
export function republishedNames({ groups }: Groups): ReadonlySet<string> {
  return new Set(groups.flatMap(({ image, from }) => (from === null ? [] : [image])));
}

/** Those, one line each, for a terminal. */
export function republishedLines({ groups }: Groups): readonly string[] {
  const lines = groups.flatMap((group) => {
    const why = whyOf(group);
    return why === undefined ? [] : [`  = ${printable(`${imageText(group.image)}  ${why}`)}`];
  });
  return lines.length === 0 ? [] : ["", "published again, without a build", ...lines];
}

// A step summary may have 1 MiB.
const MAX_ROWS = 500;

/** Those as Markdown, for GITHUB_STEP_SUMMARY. */
export function summarizeRepublished({ groups }: Groups): readonly string[] {
  const rows = groups.flatMap((group) => {
    const why = whyOf(group);
    return why === undefined ? [] : [`| ${summaryCode(imageText(group.image))} | ${summaryCode(why)} |`];
  });
  if (rows.length === 0) return [];
  const shown = rows.slice(0, MAX_ROWS);
  const more = rows.length === shown.length ? [] : [`and ${rows.length - shown.length} more`];
  return ["#### Published again, without a build", "", "| image | why |", "|---|---|", ...shown, "", ...more];
}

const WHY = {
  claim: "claimed: its content is published already",
  heal: "healed: its content is published, and a tag is not right",
  retag: "retagged: its branch has published its content",
} as const;

/** `claimed: its content is published already (ghcr.io/o/x@sha256:0123456789ab…)` */
function whyOf({ from }: PlannedGroup): string | undefined {
  if (from === null) return undefined;
  const [first] = Object.entries(from.index);
  const where = first === undefined ? "" : ` (${first[0]}@${first[1].slice(0, "sha256:".length + 12)}…)`;
  return `${WHY[from.why]}${where}`;
}
