import { posix } from "node:path";
import { selectEverything } from "@fanfold/changed-backends/internal";
import type { Diagnostic } from "@fanfold-internal/kit/process/diagnostic";
import { isJsonObject } from "@fanfold-internal/kit/read/json";
import { parseYaml } from "@fanfold-internal/kit/read/yaml-source";
import type { GenerateCode } from "../base/codes.ts";
import type { FamilyGraph } from "../bases/family-graph.ts";
import { workflowName } from "../config/config.ts";
import type { Family } from "../config/family.ts";
import { makePlan, type Plan } from "../plan/plan.ts";
import { placedOutputProblems, plannedLists, planOutputs } from "../plan/plan-outputs.ts";
import { publishedImages } from "../published/published-images.ts";
import { sampleEvent, sampleTagErrors } from "../published/sample-events.ts";
import { checkReuse } from "../reuse/reuse-setting.ts";
import { checkSigning } from "../sign/sign-checks.ts";
import { type Blueprint, blueprintOf, type CalledList } from "./blueprint/blueprint.ts";
import { type Callee, readCallee } from "./blueprint/callee.ts";
import { header, isGenerated, SHARED_HEADER } from "./blueprint/header.ts";
import { ACTION_DIRECTORY, actionPath, WORKFLOW_DIRECTORY, workflowPath } from "./blueprint/paths.ts";
import { type Budget, budgetFinding, budgetState, familyBudgets } from "./budget.ts";
import { checkBuilds } from "./checks/build-checks.ts";
import { checkConfig } from "./checks/config-checks.ts";
import { checkEntries } from "./checks/entry-checks.ts";
import { clashingFiles } from "./checks/family-clashes.ts";
import { checkActions } from "./checks/local-actions.ts";
import { checkLogins } from "./checks/login-checks.ts";
import { checkMerge } from "./checks/merge-checks.ts";
import { checkRuntime } from "./checks/runtime-checks.ts";
import type { Project } from "./files/project-files.ts";
import { buildWorkflow } from "./workflows/build-workflow.ts";
import { DISK_ACTIONS } from "./workflows/disk-actions.ts";
import { mergeWorkflow } from "./workflows/merge-workflow.ts";
import { pullRequestWorkflow } from "./workflows/pull-request-workflow.ts";
import { pushWorkflow } from "./workflows/push-workflow.ts";
import type { GeneratedFile, Workflow } from "./yaml/model.ts";
import { type Pins, readPins } from "./yaml/pins.ts";
import { renderAction, renderWorkflow } from "./yaml/render.ts";

export interface Generation {
  readonly files: readonly GeneratedFile[];
  /** Generated files that no config makes any more. */
  readonly stale: readonly string[];
  readonly budgets: readonly Budget[];
  /** With an error among them nothing may be written. */
  readonly findings: readonly Diagnostic[];
  /** Errors: somebody's own files stand where generated ones would be written. */
  readonly foreign: readonly Diagnostic<GenerateCode>[];
}

/** The files that the configs of a repository make, checked against GitHub's limits. Pure: nothing is read or written. */
export function generate({ families, graphs, complete, files }: Project): Generation {
  const ours = new Map([...files].filter(([, text]) => isGenerated(text)));
  const { pins, findings: pinFindings } = readPins(ours);
  const made = families.map((family) => ({ family, ...generateFamily(family, graphs.get(family), { files, pins }) }));
  const actions = new Map(made.flatMap((each) => each.actions).map((action) => [action.path, action]));
  const all = [...made.flatMap((each) => each.files), ...actions.values()];
  const budgets = made.flatMap((each) => each.budgets);
  const paths = new Set(all.map(({ path }) => path));
  return {
    files: all,
    stale: complete ? [...ours.keys()].filter((path) => !paths.has(path)) : [],
    budgets,
    findings: [
      ...pinFindings,
      ...clashingFiles(families.map(({ config }) => config)),
      ...made.flatMap((each) => each.findings),
      ...budgets.filter((budget) => budgetState(budget) !== "within").map(budgetFinding),
    ],
    foreign: foreignFiles(all, files),
  };
}

interface GeneratedFamily {
  readonly files: readonly GeneratedFile[];
  /** Those under their plain names are the same for all families. */
  readonly actions: readonly GeneratedFile[];
  readonly budgets: readonly Budget[];
  readonly findings: readonly Diagnostic[];
}

function generateFamily(
  family: Family,
  graph: FamilyGraph | undefined,
  { files, pins }: Pick<Project, "files"> & { readonly pins: Pins },
): GeneratedFamily {
  const { called, findings: calleeFindings } = calledLists(family, files);
  const branches = branchesOf(family, files);
  const taken = takenActions(files);
  const blueprint = blueprintOf(family, { called, taken, branches: branches ?? [], graph, own: pins.own });
  const made = workflowsOf(blueprint).map((workflow) => ({
    path: workflow.path,
    text: renderWorkflow(workflow, pins),
    configFile: blueprint.configFile,
  }));
  const plan = planOfEverything(family, graph);
  const calls = (path: string): readonly string[] => calleeOf(path, files)?.calls ?? [];
  // Their names alone: how large they are, a budget says.
  const names = planOutputs(plan, plannedLists(family), blueprint.shardLimits).map(([name]) => [name, ""] as const);
  return {
    files: made,
    actions: diskActionFiles(blueprint, pins),
    budgets: familyBudgets({ family, plan, blueprint, files: made, calls }),
    findings: [
      ...family.matrixFindings.filter(({ severity }) => severity === "error"),
      ...(graph?.findings ?? []).filter(({ severity }) => severity === "error"),
      ...checkMerge(family, blueprint),
      ...checkReuse(family),
      ...sampleTagErrors(family),
      ...(branches === undefined ? [noBranches(family)] : []),
      ...calleeFindings,
      ...checkConfig(family, called),
      ...checkActions(family, files),
      ...checkLogins(family),
      ...checkSigning(family, files),
      ...checkEntries(family),
      ...checkBuilds(family),
      ...checkRuntime(family, pins),
      ...placedOutputProblems(names, family.matrix),
    ],
  };
}

/** The plan of a run that builds all there is: the largest that can come. */
export function planOfEverything(family: Family, graph?: FamilyGraph): Plan {
  const { matrix, config } = family;
  const branch = config.config.workflow?.branches?.[0] ?? "main";
  return makePlan({
    event: { name: "schedule", ref: null, sha: null, defaultBranch: null },
    ...plannedLists(family),
    images: publishedImages(family, sampleEvent(`refs/heads/${branch}`, "schedule", branch)),
    targets: {},
    anchorHosts: [],
    test: null,
    ...(graph === undefined ? {} : { bases: { graph, inWaves: true } }),
    changes: {
      selection: selectEverything(matrix.lists),
      diff: { precision: "unknown", source: "none", reason: "scheduled", calls: 0, files: [] },
      base: null,
      head: null,
      warnings: [],
    },
    warnings: [],
  });
}

function workflowsOf(blueprint: Blueprint): readonly Workflow[] {
  return [pushWorkflow, pullRequestWorkflow, buildWorkflow, mergeWorkflow].map((make) => make(blueprint));
}

/** The composite actions over disk-setup: only where builds need room, and never in the place of somebody's own. */
function diskActionFiles(blueprint: Blueprint, pins: Pins): readonly GeneratedFile[] {
  if (blueprint.workflow["need-disk"] === undefined || blueprint.ownActions !== undefined) return [];
  return DISK_ACTIONS.map(({ file, ...action }) => {
    const path = actionPath(blueprint.diskActions[file]);
    const shared = path === actionPath(file);
    return {
      path,
      text: renderAction({ ...action, path, header: shared ? SHARED_HEADER : header(blueprint) }, pins),
      configFile: shared ? undefined : blueprint.configFile,
    };
  });
}

/** Those of the config, else those that the generated file has: it may be older than the key. */
function branchesOf({ config: { config } }: Family, files: ReadonlyMap<string, string>): readonly string[] | undefined {
  if (config.workflow?.branches !== undefined) return config.workflow.branches;
  const path = workflowPath(workflowName(config), "push");
  const text = files.get(path) ?? "";
  const parsed = isGenerated(text) ? parseYaml(text, path) : undefined;
  const on = parsed?.kind === "ok" && isJsonObject(parsed.value.value) ? parsed.value.value["on"] : undefined;
  const push = isJsonObject(on) ? on["push"] : undefined;
  const branches = isJsonObject(push) ? push["branches"] : undefined;
  return Array.isArray(branches) && branches.length > 0 ? branches.map(String) : undefined;
}

function noBranches({ config: { place } }: Family): Diagnostic<GenerateCode> {
  return {
    code: "no-branches",
    severity: "error",
    message: "workflow.branches is missing: no push of any branch would be built",
    at: place(["workflow"]),
    fix: "add workflow: { branches: [main] }, with the name of the default branch",
  };
}

/** The names of composite actions that somebody wrote. */
function takenActions(files: ReadonlyMap<string, string>): ReadonlySet<string> {
  const own = [...files].filter(([path, text]) => path.startsWith(`${ACTION_DIRECTORY}/`) && !isGenerated(text));
  return new Set(own.map(([path]) => posix.basename(posix.dirname(path)).toLowerCase()));
}

function calledLists(
  { config, matrix }: Family,
  files: ReadonlyMap<string, string>,
): { readonly called: readonly CalledList[]; readonly findings: readonly Diagnostic[] } {
  const called: CalledList[] = [];
  const findings: Diagnostic[] = [];
  for (const [list, { uses, with: inputs = {} }] of Object.entries(config.config.workflow?.lists ?? {})) {
    const path = uses.replace(/^\.\//, "");
    const read = readCallee(path, files.get(path));
    if (read.kind === "callee") called.push({ list, uses, with: inputs, callee: read.callee });
    else {
      const { message, at } = read.problem;
      const inCallee = at !== undefined && "line" in at;
      findings.push({
        ...read.problem,
        message: inCallee ? message : `${uses}: ${message}`,
        at: inCallee ? at : config.place(["workflow", "lists", list, "uses"]),
      });
    }
  }
  return { called: called.filter(({ list }) => matrix.lists.some(({ name }) => name === list)), findings };
}

function calleeOf(path: string, files: ReadonlyMap<string, string>): Callee | undefined {
  const read = readCallee(path, files.get(path));
  return read.kind === "callee" ? read.callee : undefined;
}

/** What somebody wrote is not overwritten. */
function foreignFiles(
  made: readonly GeneratedFile[],
  files: ReadonlyMap<string, string>,
): readonly Diagnostic<GenerateCode>[] {
  const lower = new Map([...files].map(([path, text]) => [path.toLowerCase(), { path, text }]));
  return made.flatMap(({ path }): readonly Diagnostic<GenerateCode>[] => {
    const there = lower.get(path.toLowerCase());
    if (there === undefined || isGenerated(there.text)) return [];
    const rename = path.startsWith(WORKFLOW_DIRECTORY) ? ", or set workflow.name" : "";
    return [
      {
        code: "file-in-the-way",
        severity: "error",
        message: "is there, and was not generated: it is not overwritten",
        at: { file: there.path },
        fix: `move it away${rename}`,
      },
    ];
  });
}
