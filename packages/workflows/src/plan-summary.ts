import { diffLine } from "@fanfold/changed-backends";
import { markdownCode, markdownText } from "@fanfold-internal/edge/printable";
import type { Plan } from "./plan.ts";
import { eventLine, imageLines, listLine } from "./plan-lines.ts";

// A step summary may have 1 MiB; a person reads far less (https://docs.github.com/actions/reference/limits).
const MAX_ROWS = 400;

/** The plan as Markdown, for GITHUB_STEP_SUMMARY. */
export function planSummary(plan: Plan): string {
  const lines = ["### Plan", "", `${markdownText(eventLine(plan))}  `, markdownText(diffLine(plan.diff)), ""];
  const images = imageLines(plan);
  for (const list of Object.keys(plan.matrices)) {
    lines.push(`**${markdownText(list)}**: ${listLine(plan, list)}`, "");
    const rows = images.filter(({ matrix }) => matrix === list);
    if (rows.length === 0) continue;
    lines.push("| image | legs | then | because of |", "|---|---|---|---|");
    for (const { tagSuffix, legs, fate, why } of rows.slice(0, MAX_ROWS)) {
      lines.push(
        `| ${markdownCode(tagSuffix === "" ? '""' : tagSuffix)} | ${markdownText(legs)} | ${fate} | ${markdownText(why)} |`,
      );
    }
    if (rows.length > MAX_ROWS) lines.push("", `and ${rows.length - MAX_ROWS} more`);
    lines.push("");
  }
  if (plan.warnings.length > 0) {
    lines.push("#### Warnings", "", ...plan.warnings.map((warning) => `- ${markdownText(warning)}`), "");
  }
  return `${lines.join("\n")}\n`;
}
