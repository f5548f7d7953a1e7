import { type Budget, budgetState } from "./budget.ts";

/** What the families use of GitHub's limits, as a table. */
export function renderBudgets(budgets: readonly Budget[]): string {
  const lines: string[] = [];
  for (const [configFile, own] of Map.groupBy(budgets, (budget) => budget.configFile)) {
    const rows = own.map((budget) => ({
      what: budget.what,
      used: `${count(budget.used)} of ${count(budget.limit)} ${budget.unit}`,
      share: Number.isFinite(budget.used) ? `${Math.floor((budget.used / budget.limit) * 100)} %` : "",
      note: NOTES[budgetState(budget)],
    }));
    const width = Math.max(...rows.map(({ what }) => what.length));
    const middle = Math.max(...rows.map(({ used }) => used.length));
    lines.push(`limits, when everything of ${configFile} is built`);
    for (const { what, used, share, note } of rows) {
      lines.push(`  ${what.padEnd(width)}  ${used.padEnd(middle)}  ${share.padStart(5)}${note}`);
    }
  }
  return lines.map((line) => `${line}\n`).join("");
}

const NOTES = { within: "", near: "  nearly used up", over: "  too much" } as const;

/** `1,048,576`, in every locale. */
function count(value: number): string {
  return Number.isFinite(value) ? String(value).replace(/\B(?=(\d{3})+$)/g, ",") : "endless";
}
