import { closeSync, openSync } from "node:fs";
import { report } from "@fanfold-internal/kit/process/annotation";
import { reasonOf } from "@fanfold-internal/kit/process/errors";
import { type Host, inActions } from "@fanfold-internal/kit/process/host";
import { programRunner, type RunProgram } from "@fanfold-internal/kit/process/program";
import { appendToRunnerFile, pairsText } from "@fanfold-internal/kit/process/runner-files";
import { formatBytes } from "@fanfold-internal/kit/text/bytes";
import { printable } from "@fanfold-internal/kit/text/printable";
import { DiskSetupError } from "../base/error.ts";
import { isMeasured } from "../plan/describe.ts";
import type { DeleteAction, Plan } from "../plan/plan-data.ts";
import { ASIDE } from "../probe/catalogue.ts";
import type { System } from "../probe/system.ts";
import { renderScript } from "../script/script.ts";
import { isMet, type Measured, measure } from "./measure.ts";
import { notDoneOf, type Outcome, outputsOf, resultText, summaryOf } from "./outcome.ts";
import { type OnStop, runScript } from "./script-run.ts";

export interface RunContext {
  readonly host: Host;
  readonly system: System;
  readonly runProgram?: RunProgram;
  readonly onStop?: OnStop;
}

/**
 * Carries the plan out on this machine, reports it on standard error, and writes outputs and summary where the runner's
 * environment names files for them. A plan without actions starts no program.
 *
 * @throws DiskSetupError `output-unwritable`, before anything is done; `bash-missing`
 */
export async function carryOut(plan: Plan, context: RunContext): Promise<Outcome> {
  const { host, system } = context;
  checkFiles(host);
  const begun = performance.now();
  const mounts = plan.devices.map(({ mount }) => mount).filter((mount) => isMeasured(plan, mount));
  const freeOn = (mount: string): number => system.space(mount)?.bytes.free ?? 0;
  const devicesBefore = mounts.map(freeOn);
  const before = measure(system, plan.counted.before);
  const tmpdir = plan.actions.find(({ kind }) => kind === "tmpdir");
  const tmpdirWas = tmpdir?.kind === "tmpdir" ? system.kind(tmpdir.to) : undefined;

  const { code, events } = await act(plan, context);

  const isMoved = events.includes("relocate") || !plan.actions.some(({ kind }) => kind === "relocate");
  const after = measure(system, isMoved ? plan.counted.after : plan.counted.before);
  // A move that is undone takes it along.
  const madeTmpdir = tmpdir?.kind === "tmpdir" && events.includes("tmpdir") && system.kind(tmpdir.to) === "directory";
  const fates = plan.scope.kind === "act" ? treeFates(plan, system) : { done: [], notDone: [] };
  const done: { action: string; text: string }[] = [];
  for (const action of plan.actions) {
    if (action.kind === "tmpdir" && madeTmpdir && tmpdirWas === "absent") {
      done.push({ action: "tmpdir", text: `made ${action.to} for temporary files` });
    }
    if (action.kind === "relocate" && events.includes("relocate")) {
      done.push({
        action: "relocate",
        text: `moved ${action.stores.map(({ from }) => from).join(" and ")} to ${action.directory}`,
      });
    }
    if (action.kind === "undo-move" && code === 0) {
      done.push({ action: "undo-move", text: "undid a move that was killed" });
    }
  }
  if (events.includes("prune-images"))
    done.push({ action: "prune-images", text: "removed images that no container uses" });
  const outcome: Outcome = {
    code,
    needMet: needMetOf(plan, after, events),
    before,
    after,
    devices: mounts.map((mount, index) => ({ mount, before: devicesBefore[index] ?? 0, after: freeOn(mount) })),
    done: [...done, ...fates.done],
    notDone: [...notDoneOf(plan), ...fates.notDone],
    seconds: Math.round((performance.now() - begun) / 1000),
    tmpdir: tmpdir?.kind === "tmpdir" && !madeTmpdir ? tmpdir.from : plan.tmpdir,
    dockerRoot: plan.dockerRoot,
  };
  tell(outcome, plan, host);
  write(host, "GITHUB_STEP_SUMMARY", summaryOf(outcome, plan.need));
  write(host, "GITHUB_OUTPUT", pairsText(outputsOf(outcome)));
  return outcome;
}

async function act(plan: Plan, { host, system, runProgram, onStop }: RunContext) {
  if (plan.actions.length === 0) return { code: 0, events: [] } as const;
  // A full disk takes the runner's own log with it: what there was stands in the step's log first.
  const group = inActions(host);
  if (group) host.stderr("::group::Carry out the plan\n");
  let open = group;
  const close = (): void => {
    if (open) host.stderr("::endgroup::\n");
    open = false;
  };
  const listener = {
    line: (text: string) => host.stderr(`${printable(text)}\n`),
    problem: (problem: Parameters<typeof report>[1]) => {
      if (problem.severity === "error") close();
      report(host, problem);
    },
  };
  const run = runProgram ?? programRunner(host.debug);
  const end = await runScript(renderScript(plan), system.env, run, onStop ?? onSignals, listener);
  close();
  return end;
}

/** Signals by which a runner or a terminal ends a step. */
function onSignals(stop: () => void): () => void {
  const signals = ["SIGHUP", "SIGINT", "SIGTERM"] as const;
  for (const signal of signals) process.on(signal, stop);
  return () => {
    for (const signal of signals) process.off(signal, stop);
  };
}

function needMetOf({ need, scope }: Plan, after: Measured, events: readonly string[]): Outcome["needMet"] {
  if (need === null) return "not-asked";
  if (isMet(need, after)) return "true";
  return events.includes("background") && scope.kind === "act" ? "pending" : "false";
}

/** What became of each tree, by what is there now. */
function treeFates(plan: Plan, { kind }: Pick<System, "kind">): Pick<Outcome, "done" | "notDone"> {
  const done: { action: string; text: string }[] = [];
  const spared = new Set<string>();
  const deletions = [...plan.actions, ...plan.reserve].filter(
    (action): action is DeleteAction => action.kind === "delete",
  );
  for (const { row, trees } of deletions) {
    for (const tree of trees) {
      const action = `delete:${row}`;
      if (kind(tree) !== "absent") spared.add(action);
      else if (kind(`${tree}${ASIDE}`) === "absent") done.push({ action, text: `deleted ${tree}` });
      else if (plan.background) done.push({ action, text: `renamed ${tree} away; it is deleted in the background` });
      else done.push({ action, text: `deleted a part of ${tree}; the rest goes when disk-setup runs again` });
    }
  }
  const words = [...spared].join(", ");
  return { done, notDone: words === "" ? [] : [`${words}: still there`] };
}

function tell(outcome: Outcome, plan: Plan, host: Host): void {
  const { need, scope } = plan;
  const warn = (message: string): void => report(host, { code: "need-short", severity: "warning", message });
  for (const { text } of outcome.done) host.stderr(`disk-setup: ${printable(text)}\n`);
  for (const { mount, before, after } of outcome.devices) {
    host.stderr(
      `disk-setup: ${printable(mount)}: ${formatBytes(before)} free before, ${formatBytes(after)} free now\n`,
    );
  }
  const result = resultText(outcome, need);
  host.stderr(`disk-setup: ${printable(result)}; ${outcome.seconds} s\n`);
  if (outcome.code !== 0) return;
  for (const warning of plan.warnings) warn(warning);
  if (outcome.needMet !== "false") return;
  if (scope.kind === "act") warn(`${result}: the plan did all it can; what was not done, and why, stands in the log`);
  // Someone's own machine is none of our business; one of GitHub's that is left alone and short is worth a word.
  else if (scope.reason === "architecture") warn(`${result}: nothing was done, since ${scope.detail}`);
}

function checkFiles({ env }: Pick<Host, "env">): void {
  for (const variable of ["GITHUB_OUTPUT", "GITHUB_STEP_SUMMARY"] as const) {
    const file = env[variable];
    if (!file) continue;
    try {
      closeSync(openSync(file, "a"));
    } catch (cause) {
      throw new DiskSetupError({
        code: "output-unwritable",
        message: `expected ${variable} to name a file that can be written: ${reasonOf(cause)}; nothing was changed`,
        at: { file },
        fix: `leave ${variable} as the runner sets it, or unset it`,
        cause,
      });
    }
  }
}

// The work is done by now: a disk that is still full must not make it fail.
function write(host: Host, variable: "GITHUB_OUTPUT" | "GITHUB_STEP_SUMMARY", text: string): void {
  try {
    appendToRunnerFile(host, variable, text);
  } catch (error) {
    report(host, { code: "output-unwritable", severity: "warning", message: reasonOf(error) });
  }
}
