import type { Diagnostic } from "@fanfold-internal/kit/process/diagnostic";
import type { GenerateCode } from "../../base/codes.ts";
import type { Family } from "../../config/family.ts";
import { holdsExpression } from "../yaml/expression.ts";
import { cronFault } from "./cron.ts";
import { refPatternFault } from "./ref-pattern.ts";

type Finding = Diagnostic<GenerateCode>;
type Config = Family["config"];

/** Schedules and filters that GitHub refuses, or that nothing can ever match. */
export function checkTriggers(config: Config): readonly Finding[] {
  return [...checkCron(config), ...checkRefs("branches", "branch", config), ...checkRefs("tags", "tag", config)];
}

const CRON = 'minute hour day month weekday, each *, 1, 1,2, 1-5 or */2: "0 6 * * 0"';

function checkCron({ config, place }: Config): readonly Finding[] {
  const cron = config.workflow?.cron;
  const fault = cron === undefined || holdsExpression(cron) ? undefined : cronFault(cron);
  if (fault === undefined) return [];
  const message = `cron ${JSON.stringify(cron)} ${fault}`;
  return [{ code: "bad-cron", severity: "error", message, at: place(["workflow", "cron"]), fix: CRON }];
}

function checkRefs(key: "branches" | "tags", what: string, { config, place }: Config): readonly Finding[] {
  const patterns = config.workflow?.[key] ?? [];
  const faults = patterns.flatMap((pattern, index): readonly Finding[] => {
    const fault = holdsExpression(pattern) ? undefined : refPatternFault(pattern);
    if (fault === undefined) return [];
    return [
      {
        code: "bad-ref-pattern",
        severity: "error",
        message: `${key}: ${JSON.stringify(pattern)} ${fault}`,
        at: place(["workflow", key, index]),
        fix: `name a ${what}, or write a pattern with * or **`,
      },
    ];
  });
  if (patterns.length === 0 || !patterns.every((pattern) => pattern.startsWith("!"))) return faults;
  const nothing: Finding = {
    code: "excludes-everything",
    severity: "error",
    message: `${key} only excludes: ${patterns.join(", ")}, so that no ${what} is ever built`,
    at: place(["workflow", key]),
    fix: `put what is built before it: ["**", ${JSON.stringify(patterns[0])}]`,
  };
  return [...faults, nothing];
}
