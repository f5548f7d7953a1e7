import { readFileSync } from "node:fs";
import { markdownCode, printable } from "@fanfold-internal/kit/text/printable";
import { formatBytes } from "../base/bytes.ts";
import { describeLeftOut, inodesOf, isMeasured } from "../plan/describe.ts";
import type { Action, DeleteAction, Plan, PruneAction } from "../plan/plan-data.ts";
import { FEWEST_INODES } from "../probe/filesystems.ts";
import { bashArray, bashVariable, bashWord } from "./bash-word.ts";
import { deletionData, relocationData, tmpdirData } from "./script-data.ts";

/**
 * The plan as one bash file: bash, coreutils, util-linux, systemctl, and docker as far as it is the subject. The same
 * plan gives the same bytes. It acts on GitHub's own machines only, whatever machine the plan was made for.
 */
export function renderScript(plan: Plan): string {
  return `${[...head(plan), ...(plan.scope.kind === "act" ? body(plan) : []), ...tail(plan)].join("\n")}\n`;
}

// Whatever machine the plan was made for, and whoever runs its script.
const GUARD = [
  'if [[ "${RUNNER_ENVIRONMENT:-}" != github-hosted ]]; then',
  "  say 'nothing done: RUNNER_ENVIRONMENT is not github-hosted'",
  "  exit 0",
  "fi",
  "",
];

const SIGNALS: ReadonlyMap<string, number> = new Map([
  ["HUP", 129],
  ["INT", 130],
  ["PIPE", 141],
  ["TERM", 143],
]);

// Beside this file, in src and in dist. Files of their own: that is how a person can read, check and edit bash.
const part = (name: string): string => readFileSync(new URL(`./bash/${name}.sh`, import.meta.url), "utf8").trimEnd();

const text = (value: string): string => bashWord(printable(value));

function head(plan: Plan): string[] {
  const devices = plan.devices.filter(({ mount }) => isMeasured(plan, mount));
  return [
    "#!/usr/bin/env bash",
    "# Written by disk-setup from a plan; do not edit. Exit code: 0 done or nothing to do, 1 failed and undone.",
    "set -euo pipefail",
    "",
    part("start"),
    "",
    ...(plan.scope.kind === "act" ? GUARD : []),
    "# Bytes that must be free (0: no need stated), and the places where they must be.",
    `need=${plan.need ?? 0}`,
    `fewest_inodes=${FEWEST_INODES}`,
    "# Whether it is a warning when they are not.",
    bashVariable("enforced", plan.scope.kind === "act" ? "true" : "false"),
    bashArray("places", plan.build.before.mounts),
    "# As they are before anything is done.",
    bashVariable("tmpdir", tmpdirBefore(plan)),
    bashVariable("docker_root", dataRootBefore(plan) ?? "none"),
    bashArray(
      "devices",
      devices.map(({ mount }) => mount),
    ),
    bashArray(
      "device_names",
      devices.map(({ mount }) => JSON.stringify(mount)),
    ),
    bashArray(
      "device_cells",
      devices.map(({ mount }) => markdownCode(mount)),
    ),
    bashArray(
      "device_texts",
      devices.map(({ mount }) => printable(mount)),
    ),
    bashArray("not_done", notDone(plan)),
    "",
    part("report"),
    "",
    "check_files",
    'for index in "${!devices[@]}"; do',
    '  free_on "${devices[index]}"',
    "  before[index]=${free_bytes}",
    "done",
    'measure "${need}" "${places[@]}"',
    "free_before=${free_bytes}",
    "trap 'status=$?; leave' EXIT",
    // Also PIPE: a reader of the log that goes away is no reason to leave a move half done.
    ...[...SIGNALS].map(([name, code]) => `trap 'stopped=${name}; exit ${code}' ${name}`),
    "",
  ];
}

const tmpdirBefore = ({ actions, tmpdir }: Plan): string =>
  actions.find((action) => action.kind === "tmpdir")?.from ?? tmpdir;

function dataRootBefore({ actions, dockerRoot }: Plan): string | null {
  const moved = actions.find((action) => action.kind === "relocate")?.stores.find(({ store }) => store === "docker");
  return moved?.from ?? dockerRoot;
}

function notDone({ scope, leftOut }: Plan): string[] {
  if (scope.kind === "no-op") return [printable(`everything: ${scope.detail}`)];
  return describeLeftOut(leftOut).map(printable);
}

function body(plan: Plan): string[] {
  const every: readonly Action[] = [...plan.actions, ...plan.reserve];
  const relocation = plan.actions.find((action) => action.kind === "relocate");
  const tmpdir = plan.actions.find((action) => action.kind === "tmpdir");
  const deletions = every.filter((action) => action.kind === "delete");
  const lines: string[] = [];
  if (every.length > 0) lines.push(part("root"), "");
  if (relocation !== undefined || deletions.length > 0) lines.push(part("mounts"), "");
  if (relocation !== undefined)
    lines.push(...relocationData(relocation, plan.dockerRoot ?? "none"), "", part("relocate"), "");
  if (tmpdir !== undefined) lines.push(...tmpdirData(tmpdir), "", part("tmpdir"), "");
  if (deletions.length > 0) lines.push(...deletionData(deletions), "", part("delete"), "");
  if (every.some(({ kind }) => kind === "prune-images")) lines.push(part("prune"), "");
  return lines;
}

function tail(plan: Plan): string[] {
  if (plan.scope.kind === "no-op") return [`say ${text(`nothing to do: ${plan.scope.detail}`)}`];
  // Bash reads all of a group before it does any of it, so nothing of a script that comes over a pipe is cut off, and
  // nothing that runs in it can read what is left of the script.
  return ["{", ...steps(plan).map((line) => `  ${line}`), "} </dev/null"];
}

function steps(plan: Plan): string[] {
  const lines = ['for line in "${not_done[@]}"; do say "not done: ${line}"; done'];
  const numbers = numbered([...plan.actions, ...plan.reserve]);
  const planned = plan.actions.filter((action) => action.kind === "delete");
  const has = (kind: Action["kind"]): boolean => plan.actions.some((action) => action.kind === kind);
  if (plan.actions.length === 0) lines.push(`say ${text(nothing(plan))}`);
  // A full disk takes the runner's own log with it: what there was stands in the step's log first.
  else lines.push("group 'Disks'", "df --human-readable >&2 || true", "ungroup");
  if (has("tmpdir")) lines.push("make_tmpdir");
  if (has("relocate")) lines.push("relocate", bashArray("places", plan.build.after.mounts));
  if (has("tmpdir")) lines.push("name_tmpdir");
  if (planned.length > 0) lines.push(`delete ${planned.flatMap((action) => numbers.get(action) ?? []).join(" ")}`);
  const prune = plan.actions.find((action) => action.kind === "prune-images");
  if (prune !== undefined) lines.push(`prune_images ${prune.gain}`);
  if (plan.reserve.length > 0) lines.push("# Only while that was not enough.");
  for (const action of plan.reserve) lines.push(reserveCall(action, numbers));
  return lines;
}

const reserveCall = (action: DeleteAction | PruneAction, numbers: ReadonlyMap<Action, readonly number[]>): string =>
  action.kind === "delete" ? `delete ${(numbers.get(action) ?? []).join(" ")}` : `prune_images ${action.gain}`;

/** Each deletion's numbers in the script's list of trees. */
function numbered(actions: readonly Action[]): ReadonlyMap<Action, readonly number[]> {
  const numbers = new Map<Action, readonly number[]>();
  let next = 0;
  for (const action of actions) {
    if (action.kind !== "delete") continue;
    const first = next;
    numbers.set(
      action,
      action.trees.map((_, index) => first + index),
    );
    next += action.trees.length;
  }
  return numbers;
}

function nothing({ need, build, outcome }: Plan): string {
  const free = `${formatBytes(build.before.free)}${inodesOf(build.before)}`;
  if (need === null) return `nothing to do: ${free} free where images are built`;
  const short = outcome === "short" ? ", and nothing here gives more" : "";
  return `nothing to do: ${free} free where images are built, ${formatBytes(need)} needed${short}`;
}
