import type { PathStep } from "@fanfold-internal/kit/read/yaml-source";
import type { WorkflowConfig } from "../../config/config.ts";
import { holdsExpression } from "../yaml/expression.ts";
import type { Complaint } from "./complaint.ts";
import { cronFlaw } from "./cron.ts";
import { refPatternFlaw } from "./ref-pattern.ts";

/** Schedules and filters that GitHub refuses, or that nothing can ever meet. */
export function judgeTriggers({ cron, branches, tags }: WorkflowConfig): readonly Complaint[] {
  return [
    ...judgeCron(cron),
    ...judgeRefs("branches", "branch", branches ?? []),
    ...judgeRefs("tags", "tag", tags ?? []),
  ];
}

const CRON = 'minute hour day month weekday, each *, 1, 1,2, 1-5 or */2: "0 6 * * 0"';

function judgeCron(cron: string | undefined): readonly Complaint[] {
  const flaw = cron === undefined || holdsExpression(cron) ? undefined : cronFlaw(cron);
  if (flaw === undefined) return [];
  const message = `cron ${JSON.stringify(cron)} ${flaw}`;
  return [{ path: ["workflow", "cron"], message, fix: CRON }];
}

function judgeRefs(key: "branches" | "tags", what: string, patterns: readonly string[]): readonly Complaint[] {
  const path: readonly PathStep[] = ["workflow", key];
  const flaws = patterns.flatMap((pattern, index): readonly Complaint[] => {
    const flaw = holdsExpression(pattern) ? undefined : refPatternFlaw(pattern);
    if (flaw === undefined) return [];
    return [
      {
        path: [...path, index],
        message: `${key}: ${JSON.stringify(pattern)} ${flaw}`,
        fix: `name a ${what}, or write a pattern with * or **`,
      },
    ];
  });
  if (patterns.length === 0 || !patterns.every((pattern) => pattern.startsWith("!"))) return flaws;
  const message = `${key} only leaves out: ${patterns.join(", ")}, so that no ${what} is ever built`;
  return [...flaws, { path, message, fix: `put what is built before it: ["**", ${JSON.stringify(patterns[0])}]` }];
}
