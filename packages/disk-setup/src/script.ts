import { readFileSync } from "node:fs";
import { markdownCode, markdownText, printable } from "@fanfold-internal/edge/printable";
import { bashArray, bashVariable, bashWord } from "./bash-word.ts";
import { formatBytes } from "./bytes.ts";
import { describeLeftOut } from "./describe.ts";
import type { Action, DeleteAction, Plan, PruneAction, RelocateAction, TmpdirAction } from "./plan-data.ts";

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
    "# Whether it is a warning when they are not.",
    bashVariable("enforced", plan.scope.kind === "act" ? "true" : "false"),
    bashArray("places", plan.build.before.mounts),
    bashVariable("tmpdir", plan.tmpdir),
    bashVariable("docker_root", plan.dockerRoot ?? "none"),
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
    'for index in "${!devices[@]}"; do',
    '  free_on "${devices[index]}"',
    "  before[index]=${free_bytes}",
    "done",
    'least_free "${places[@]}"',
    "free_before=${free_bytes}",
    "trap 'status=$?; finish' EXIT",
    "trap 'exit 130' INT",
    "trap 'exit 143' TERM",
    "",
  ];
}

/** The devices that the plan is about; `/boot`, `/run/lock` and the like would only be noise. */
function isMeasured({ build, actions }: Plan, mount: string): boolean {
  const targets = actions.flatMap((action) =>
    action.kind === "relocate" || action.kind === "tmpdir" ? [action.target] : [],
  );
  return mount === "/" || [...build.before.mounts, ...build.after.mounts, ...targets].includes(mount);
}

function notDone({ scope, leftOut }: Plan): string[] {
  if (scope.kind === "no-op") return [`everything: ${markdownText(scope.detail)}`];
  return describeLeftOut(leftOut).map(markdownText);
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
    lines.push(...relocationData(relocation), "", part("relocate"), "", part(relocation.how.method), "");
  if (tmpdir !== undefined) lines.push(...tmpdirData(tmpdir), "", part("tmpdir"), "");
  if (deletions.length > 0) lines.push(...deletionData(deletions), "", part("delete"), "");
  if (every.some(({ kind }) => kind === "prune-images")) lines.push(part("prune"), "");
  for (const line of describeLeftOut(plan.leftOut)) lines.push(`say ${text(`not done: ${line}`)}`);
  return lines;
}

function relocationData(action: RelocateAction): string[] {
  const { stores, how } = action;
  const froms = stores.map(({ from }) => from);
  const byConfiguration = (store: string): boolean => how.method === "data-root" && store === "docker";
  const lines = [
    bashVariable("target", action.target),
    bashVariable("target_text", printable(action.target)),
    bashVariable("target_directory", action.directory),
    bashVariable("copy_with", action.copyWith),
    bashArray("units", action.units),
    bashArray("stores_from", froms),
    bashArray("stores_from_texts", froms.map(printable)),
    bashArray(
      "stores_to",
      stores.map(({ to }) => to),
    ),
    bashArray(
      "stores_to_texts",
      stores.map(({ to }) => printable(to)),
    ),
    "# Where each store must be found on the target device afterwards.",
    bashArray(
      "stores_proof",
      stores.map(({ store, from, to }) => (byConfiguration(store) ? to : from)),
    ),
    bashVariable("relocate_text", `moved ${froms.map(printable).join(" and ")} to ${printable(action.directory)}`),
  ];
  if (how.method === "data-root") {
    const { path, replaces, text: configuration } = how.daemonJson;
    const docker = stores.find(({ store }) => store === "docker");
    lines.push(
      bashVariable("docker_store", docker?.from ?? ""),
      bashVariable("daemon_json", path),
      bashVariable("daemon_json_sum", replaces ?? ""),
      bashVariable("daemon_json_text", configuration),
    );
  }
  return lines;
}

function tmpdirData({ to, target }: TmpdirAction): string[] {
  return [bashVariable("tmpdir_text", printable(to)), bashVariable("tmpdir_device", target)];
}

function deletionData(deletions: readonly DeleteAction[]): string[] {
  const trees = deletions.flatMap(({ row, trees: paths }) => paths.map((path) => ({ row, path })));
  return [
    bashArray(
      "trees",
      trees.map(({ path }) => path),
    ),
    bashArray(
      "tree_words",
      trees.map(({ row }) => row),
    ),
    bashArray(
      "tree_texts",
      trees.map(({ path }) => printable(path)),
    ),
  ];
}

function tail(plan: Plan): string[] {
  if (plan.scope.kind === "no-op") return [`say ${text(`nothing to do: ${plan.scope.detail}`)}`];
  const lines: string[] = [];
  if (plan.actions.length === 0) lines.push(`say ${text(nothing(plan))}`);
  // A full disk takes the runner's own log with it: what there was stands in the step's log first.
  else lines.push("df --human-readable >&2 || true");
  const numbers = numbered([...plan.actions, ...plan.reserve]);
  const planned = plan.actions.filter((action) => action.kind === "delete");
  for (const { kind } of plan.actions.filter((action) => action.kind !== "delete" && action.kind !== "prune-images")) {
    lines.push(kind === "relocate" ? "relocate" : "move_tmpdir");
    if (kind === "relocate") lines.push(bashArray("places", plan.build.after.mounts));
  }
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
  const free = formatBytes(build.before.free);
  if (need === null) return `nothing to do: ${free} free where images are built`;
  const short = outcome === "short" ? ", and nothing here gives more" : "";
  return `nothing to do: ${free} free where images are built, ${formatBytes(need)} needed${short}`;
}
