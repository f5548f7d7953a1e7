import { groupEntries, MAX_JOBS_PER_MATRIX } from "@fanfold/merge-matrix";
import type { Problem } from "@fanfold-internal/kit/process/errors";
import { MAX_OUTPUT_BYTES, outputBytes } from "@fanfold-internal/kit/process/outputs";
import { parseDocument, visit } from "yaml";
import type { Family } from "../config/family.ts";
import { mergeMatrix, type Plan } from "../plan/plan.ts";
import { planOutputs } from "../plan/plan-outputs.ts";
import type { GeneratedFile } from "./files/project.ts";
import { BUILT_LIST, type FamilyFacts } from "./workflows/family-facts.ts";
import { workflowPath } from "./workflows/paths.ts";

/** How much of one of GitHub's limits a family uses when everything is built. */
export interface Budget {
  readonly configFile: string;
  readonly what: string;
  readonly used: number;
  readonly limit: number;
  readonly unit: "bytes" | "characters" | "jobs" | "calls" | "levels" | "artifacts";
  /** What to do when it is used up; undefined: Fanfold itself keeps within it, by opening another shard. */
  readonly fix: string | undefined;
}

export interface BudgetGround {
  readonly family: Family;
  /** Of everything. */
  readonly plan: Plan;
  readonly facts: FamilyFacts;
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
const MAX_ARTIFACT_NAME = 256;
// What the artifact service lists of one run.
const MAX_LISTED_ARTIFACTS = 1_000;
const MAX_ARTIFACTS_OF_JOB = 500;

/** Every limit, in a fixed order. */
export function familyBudgets({ family, plan, facts, files, calls }: BudgetGround): readonly Budget[] {
  const { configFile, name, jobs } = facts;
  const largest = (kind: "multi" | "single"): number =>
    Math.max(0, ...Object.values(plan.matrices).flatMap(({ shards }) => shards[kind].map((shard) => shard.length)));
  const push = workflowPath(name, "push");
  const callJobs = files.find(({ path }) => path === push)?.text.match(/^ {4}uses: \.\//gm)?.length ?? 0;
  const artifacts = groupEntries(plan.matrices[BUILT_LIST]?.entries ?? []);
  const legs = artifacts.filter((group) => group.legs.length > 1).flatMap((group) => group.legs);
  const names = artifacts.flatMap((group) => group.legs.map(({ artifact }) => [...artifact].length));
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
      fix: "shorten the texts of workflow.build-args and workflow.lists",
    }),
    budget({
      what: "outputs of the plan",
      used: outputBytes(planOutputs(plan, family.matrix.lists, facts.shardLimits)),
      limit: MAX_OUTPUT_BYTES,
      unit: "bytes",
      fix: SPLIT_FAMILY,
    }),
    ...(["multi", "single"] as const).map((kind) =>
      budget({
        what: `largest shard of class ${kind}`,
        used: largest(kind),
        limit: MAX_JOBS_PER_MATRIX,
        unit: "jobs",
        fix: undefined,
      }),
    ),
    ...(facts.workflow.merge === "matrix"
      ? facts.mergedLists.map((list) =>
          budget({
            what: `merge matrix of ${list}`,
            used: mergeMatrix(plan, list).length,
            limit: MAX_JOBS_PER_MATRIX,
            unit: "jobs",
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
      what: "longest artifact name",
      used: Math.max(0, ...names),
      limit: MAX_ARTIFACT_NAME,
      unit: "characters",
      // A longer name is cut, and made distinct by a hash.
      fix: undefined,
    }),
    budget({
      what: "artifacts that one job leaves",
      used: 1,
      limit: MAX_ARTIFACTS_OF_JOB,
      unit: "artifacts",
      fix: undefined,
    }),
    budget({
      what: "artifacts that the merge finds (records and plan)",
      used: legs.length + 1,
      limit: MAX_LISTED_ARTIFACTS,
      unit: "artifacts",
      fix: SPLIT_FAMILY,
    }),
  ];
}

/** `near`: 80 % are used. `over`: more than there is; all of it is still fine. */
export function budgetState({ used, limit, fix }: Budget): "within" | "near" | "over" {
  if (used > limit) return "over";
  return fix !== undefined && used >= limit * 0.8 ? "near" : "within";
}

/** What a budget has to say, as a complaint. */
export function budgetProblem(budget: Budget): Problem {
  const { configFile, what, used, limit, unit, fix } = budget;
  // Workflows that call one another in a circle.
  if (!Number.isFinite(used)) return { message: `${what}: without end`, at: { file: configFile }, fix };
  const share = Math.floor((used / limit) * 100);
  return { message: `${what}: ${used} of ${limit} ${unit} (${share} %)`, at: { file: configFile }, fix };
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
