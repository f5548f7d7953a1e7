import type { Problem } from "@fanfold-internal/kit/process/errors";
import type { Family } from "../config/family.ts";
import { placedOutputProblems, planOutputs } from "../plan/plan-outputs.ts";
import { type Budget, budgetProblem, budgetState, familyBudgets } from "./budget.ts";
import { judgeConfig } from "./checks/config-verdicts.ts";
import { judgeEntries } from "./checks/entry-verdicts.ts";
import { clashingFiles } from "./checks/family-clashes.ts";
import type { GeneratedFile, Project } from "./files/project.ts";
import { planOfEverything } from "./plan-of-everything.ts";
import { buildWorkflow } from "./workflows/build-workflow.ts";
import { type Callee, readCallee } from "./workflows/callee.ts";
import { DISK_ACTIONS } from "./workflows/disk-actions.ts";
import { type CalledList, type FamilyFacts, familyFacts } from "./workflows/family-facts.ts";
import { isGenerated } from "./workflows/header.ts";
import { mergeWorkflow } from "./workflows/merge-workflow.ts";
import { WORKFLOW_DIRECTORY } from "./workflows/paths.ts";
import { pullRequestWorkflow } from "./workflows/pull-request-workflow.ts";
import { pushWorkflow } from "./workflows/push-workflow.ts";
import type { Workflow } from "./yaml/model.ts";
import { type Pins, readPins } from "./yaml/pins.ts";
import { renderAction, renderWorkflow } from "./yaml/render.ts";

export interface Generation {
  readonly files: readonly GeneratedFile[];
  /** Generated files that no config makes any more. */
  readonly stale: readonly string[];
  readonly budgets: readonly Budget[];
  /** Faults; with one of them nothing may be written. */
  readonly problems: readonly Problem[];
  /** Somebody's own files in the places of generated ones; also with one of them nothing may be written. */
  readonly foreign: readonly Problem[];
  readonly warnings: readonly Problem[];
}

/** The files that the configs of a repository make, checked against GitHub's limits. Pure: nothing is read or written. */
export function generate({ families, complete, files }: Project): Generation {
  const ours = new Map([...files].filter(([, text]) => isGenerated(text)));
  const { pins, problems: pinProblems } = readPins(ours);
  const made = families.map((family) => ({ family, ...generateFamily(family, files, pins) }));
  const shared = DISK_ACTIONS.map((action) => ({
    path: action.path,
    text: renderAction(action, pins),
    configFile: undefined,
  }));
  const all = [...made.flatMap((each) => each.files), ...shared];
  const budgets = made.flatMap((each) => each.budgets);
  const used = (state: "near" | "over"): readonly Problem[] =>
    budgets.filter((budget) => budgetState(budget) === state).map(budgetProblem);
  const problems = [
    ...pinProblems,
    ...clashingFiles(families.map(({ config }) => config)),
    ...made.flatMap((each) => each.problems),
    ...used("over"),
  ];
  const paths = new Set(all.map(({ path }) => path));
  return {
    files: all,
    stale: complete ? [...ours.keys()].filter((path) => !paths.has(path)) : [],
    budgets,
    problems,
    foreign: foreignFiles(all, files),
    warnings: used("near"),
  };
}

interface GeneratedFamily {
  readonly files: readonly GeneratedFile[];
  readonly budgets: readonly Budget[];
  readonly problems: readonly Problem[];
}

function generateFamily(family: Family, files: ReadonlyMap<string, string>, pins: Pins): GeneratedFamily {
  const { called, problems: calleeProblems } = calledLists(family, files);
  const facts = familyFacts(family, called);
  const problems = [...calleeProblems, ...judgeConfig(family, called), ...judgeEntries(family)];
  const made = workflowsOf(facts).map((workflow) => ({
    path: workflow.path,
    text: renderWorkflow(workflow, pins),
    configFile: facts.configFile,
  }));
  const plan = planOfEverything(family);
  const calls = (path: string): readonly string[] => calleeOf(path, files)?.calls ?? [];
  const budgets = familyBudgets({ family, plan, facts, files: made, calls });
  // Their names alone: how large they are, a budget says.
  const names = planOutputs(plan, family.matrix.lists, facts.shardLimits).map(([name]) => [name, ""] as const);
  return { files: made, budgets, problems: [...problems, ...placedOutputProblems(names, family.matrix)] };
}

function workflowsOf(facts: FamilyFacts): readonly Workflow[] {
  return [pushWorkflow(facts), pullRequestWorkflow(facts), buildWorkflow(facts), mergeWorkflow(facts)];
}

function calledLists(
  { config, matrix }: Family,
  files: ReadonlyMap<string, string>,
): { readonly called: readonly CalledList[]; readonly problems: readonly Problem[] } {
  const called: CalledList[] = [];
  const problems: Problem[] = [];
  for (const [list, { uses, with: inputs = {} }] of Object.entries(config.config.workflow?.lists ?? {})) {
    const path = uses.replace(/^\.\//, "");
    const read = readCallee(path, files.get(path));
    if (read.kind === "callee") called.push({ list, uses, with: inputs, callee: read.callee });
    else {
      const { message, fix, at } = read.problem;
      const inCallee = at !== undefined && "line" in at;
      problems.push({
        message: inCallee ? message : `${uses}: ${message}`,
        at: inCallee ? at : config.place(["workflow", "lists", list, "uses"]),
        fix,
      });
    }
  }
  return { called: called.filter(({ list }) => matrix.lists.some(({ name }) => name === list)), problems };
}

function calleeOf(path: string, files: ReadonlyMap<string, string>): Callee | undefined {
  const read = readCallee(path, files.get(path));
  return read.kind === "callee" ? read.callee : undefined;
}

/** What somebody wrote is not overwritten. */
function foreignFiles(made: readonly GeneratedFile[], files: ReadonlyMap<string, string>): readonly Problem[] {
  const lower = new Map([...files].map(([path, text]) => [path.toLowerCase(), { path, text }]));
  return made.flatMap(({ path }) => {
    const there = lower.get(path.toLowerCase());
    if (there === undefined || isGenerated(there.text)) return [];
    const rename = path.startsWith(WORKFLOW_DIRECTORY) ? ", or set workflow.name" : "";
    return [
      {
        message: "is there, and was not generated: it is not overwritten",
        at: { file: there.path },
        fix: `move it away${rename}`,
      },
    ];
  });
}
