import type { Diagnostic, Place } from "@fanfold-internal/kit/process/diagnostic";
import { MAX_OUTPUT_BYTES, outputBytes } from "@fanfold-internal/kit/process/outputs";
import { MAX_JOBS_PER_MATRIX } from "@fanfold-internal/matrix/shards";
import { parseDocument, visit } from "yaml";
import type { GenerateCode } from "../base/codes.ts";
import type { Family } from "../config/family.ts";
import { BUILT_LIST } from "../config/lists.ts";
import { mergeMatrix, type Plan } from "../plan/plan.ts";
import { plannedLists, planOutputs } from "../plan/plan-outputs.ts";
import type { Blueprint } from "./blueprint/blueprint.ts";
import { workflowPath } from "./blueprint/paths.ts";
import type { GeneratedFile } from "./yaml/model.ts";

/** How much of one of GitHub's limits a family uses when everything is built. */
export interface Budget {
  readonly configFile: string;
  readonly what: string;
  readonly used: number;
  readonly limit: number;
  readonly unit: "bytes" | "characters" | "jobs" | "calls" | "levels" | "artifacts";
  /** Where the config says what uses it; undefined: the whole config does. */
  readonly at?: Place;
  readonly fix: string;
}

export interface BudgetGround {
  readonly family: Family;
  /** Of everything. */
  readonly plan: Plan;
  readonly blueprint: Blueprint;
  readonly files: readonly GeneratedFile[];
  /** Local workflows that a workflow calls, by their paths. */
  readonly calls: (path: string) => readonly string[];
}

const SPLIT_FAMILY = "split the matrix into two families, each with its own config";

// https://docs.github.com/actions/reference/limits, and for expressions
// https://github.com/actions/languageservices/blob/main/expressions/src/errors.ts
const MAX_FILE_BYTES = 500_000;
const MAX_EXPRESSION = 21_000;
const MAX_CALLS = 50;
const MAX_LEVELS = 10;
// What the artifact service lists of one run.
const MAX_LISTED_ARTIFACTS = 1_000;

/** Every limit that a family can exceed, in a fixed order. */
export function familyBudgets({ family, plan, blueprint, files, calls }: BudgetGround): readonly Budget[] {
  const { configFile, name, jobs } = blueprint;
  const push = workflowPath(name, "push");
  const callJobs = files.find(({ path }) => path === push)?.text.match(/^ {4}uses: \.\//gm)?.length ?? 0;
  const { place } = family.config;
  const built = plan.matrices[BUILT_LIST]?.entries.length ?? 0;
  const handedOver = plan.groups.filter(
    ({ matrix }) => matrix !== BUILT_LIST && blueprint.mergedLists.includes(matrix),
  );
  const records = built + handedOver.flatMap(({ legs }) => legs).length;
  const budget = (rest: Omit<Budget, "configFile">): Budget => ({ configFile, ...rest });
  return [
    ...files.map(({ path, text }) =>
      budget({ what: path, used: Buffer.byteLength(text), limit: MAX_FILE_BYTES, unit: "bytes", fix: SPLIT_FAMILY }),
    ),
    budget({
      what: "longest expression",
      used: Math.max(0, ...files.map(({ text }) => longestExpression(text))),
      limit: MAX_EXPRESSION,
      unit: "characters",
      at: place(["workflow", "lists"]),
      fix: "shorten the texts of workflow.lists",
    }),
    budget({
      what: "outputs of the plan",
      used: outputBytes(planOutputs(plan, plannedLists(family), blueprint.shardLimits)),
      limit: MAX_OUTPUT_BYTES,
      unit: "bytes",
      fix: SPLIT_FAMILY,
    }),
    ...(blueprint.workflow.merge === "matrix"
      ? blueprint.mergedLists.map((list) =>
          budget({
            what: `merge matrix of ${list}`,
            used: mergeMatrix(plan, list, family.identity.identify).length,
            limit: MAX_JOBS_PER_MATRIX,
            unit: "jobs",
            at: place(["workflow", "merge"]),
            fix: "set workflow.merge to batch: one job for all images",
          }),
        )
      : []),
    budget({
      what: `calls of reusable workflows in ${push}`,
      used: callJobs + new Set(jobs.flatMap(({ callee }) => callee?.callee.calls ?? [])).size,
      limit: MAX_CALLS,
      unit: "calls",
      fix: SPLIT_FAMILY,
    }),
    budget({
      what: "nesting of reusable workflows",
      used:
        1 +
        Math.max(1, ...jobs.flatMap(({ callee }) => (callee === undefined ? [] : levels(callee.callee.path, calls)))),
      limit: MAX_LEVELS,
      unit: "levels",
      fix: "call fewer workflows from one another in those of workflow.lists",
    }),
    budget({
      what: "artifacts that the merge finds (records and plan)",
      used: records + 1,
      limit: MAX_LISTED_ARTIFACTS,
      unit: "artifacts",
      fix: SPLIT_FAMILY,
    }),
  ];
}

/** `near`: 80 % are used. `over`: more than there is; all of it is still fine. */
export function budgetState({ used, limit }: Budget): "within" | "near" | "over" {
  if (used > limit) return "over";
  return used >= limit * 0.8 ? "near" : "within";
}

/** A budget that is nearly used up, or exceeded. */
export function budgetFinding(budget: Budget): Diagnostic<GenerateCode> {
  const { configFile, what, used, limit, unit, at = { file: configFile }, fix } = budget;
  const over = budgetState(budget) === "over";
  // Workflows that call one another in a circle have no end.
  const amount = Number.isFinite(used)
    ? `${used} of ${limit} ${unit} (${Math.floor((used / limit) * 100)} %)`
    : "without end";
  return {
    code: over ? "limit-exceeded" : "limit-near",
    severity: over ? "error" : "warning",
    message: `${what}: ${amount}`,
    at,
    fix,
  };
}

/** A text with an expression in it counts as a whole: GitHub makes one expression of it. */
function longestExpression(text: string): number {
  let longest = 0;
  visit(parseDocument(text), {
    Scalar(_, { value }) {
      if (typeof value === "string" && value.includes("${{")) longest = Math.max(longest, value.length);
    },
  });
  return longest;
}

function levels(path: string, calls: BudgetGround["calls"], above: readonly string[] = []): number {
  // A circle has no end; GitHub refuses it, and here it is as deep as can be.
  if (above.includes(path)) return Number.POSITIVE_INFINITY;
  return 1 + Math.max(0, ...calls(path).map((callee) => levels(callee, calls, [...above, path])));
}

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
