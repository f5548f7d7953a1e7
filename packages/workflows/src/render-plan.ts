import { styleText } from "node:util";
import { diffLine } from "@fanfold/changed-backends";
import { printable } from "@fanfold-internal/edge/printable";
import type { Plan } from "./plan.ts";
import { eventLine, imageLines, listLine } from "./plan-lines.ts";

/** The plan for a terminal: what happened, what is built and why, what was left out. */
export function renderPlan(plan: Plan, colours: boolean): string {
  const paint = (style: "bold" | "dim" | "green", text: string): string =>
    colours ? styleText(style, text, { validateStream: false }) : text;
  const lines = [
    `${paint("bold", "event")}  ${printable(eventLine(plan))}`,
    `${paint("bold", "diff")}   ${printable(diffLine(plan.diff))}`,
  ];
  const images = imageLines(plan);
  for (const list of Object.keys(plan.matrices)) {
    lines.push("", `${paint("bold", printable(list))}  ${listLine(plan, list)}`);
    const rows = images
      .filter(({ matrix }) => matrix === list)
      .map((image) => ({
        name: printable(image.tagSuffix === "" ? '""' : image.tagSuffix),
        legs: printable(image.legs),
        fate: image.fate,
        why: printable(image.why),
      }));
    const width = (of: (row: (typeof rows)[number]) => string): number =>
      Math.max(0, ...rows.map((row) => of(row).length));
    const [name, legs, fate] = [width((row) => row.name), width((row) => row.legs), width((row) => row.fate)];
    for (const row of rows) {
      lines.push(
        `  ${paint("green", "+")} ${row.name.padEnd(name)}  ${row.legs.padEnd(legs)}  ${row.fate.padEnd(fate)}  ${paint("dim", row.why)}`,
      );
    }
  }
  return `${lines.join("\n")}\n`;
}
