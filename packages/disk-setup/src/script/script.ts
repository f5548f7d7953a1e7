import { readFileSync } from "node:fs";
import { bashArray, bashVariable, bashWord } from "@fanfold-internal/kit/text/bash-word";
import { formatBytes } from "@fanfold-internal/kit/text/bytes";
import { printable } from "@fanfold-internal/kit/text/printable";
import { inodesOf, placesText } from "../plan/describe.ts";
import type { Action, Plan } from "../plan/plan-data.ts";
import { FEWEST_INODES } from "../probe/filesystems.ts";
import { STATE } from "../probe/unfinished.ts";

/**
 * Renders the plan as one bash file that needs bash 4.4, coreutils, findutils, util-linux and systemctl, and docker as far
 * as the plan is about Docker. The same plan gives the same bytes. It acts on GitHub's own machines only, whatever machine
 * the plan was made for.
 */
export function renderScript(plan: Plan): string {
  const lines = plan.actions.length === 0 ? [SAY_ONLY, `say ${word(nothingText(plan))}`] : acting(plan);
  return `${[HEAD, ...lines].join("\n")}\n`;
}

const HEAD = `#!/usr/bin/env bash
# Written by disk-setup from a plan; do not edit. Exit code: 0 done or nothing to do, 1 failed and undone.
# shellcheck disable=SC2016,SC2034,SC2119,SC2120,SC2254,SC2310,SC2312 # parts fit each other, not each alone`;

const SAY_ONLY = "say() { printf 'disk-setup: %s\\n' \"$1\" >&2; }";

// All of it are functions, so that root's shell can be given them, however this script came here.
const TAIL = `if [[ "\${RUNNER_ENVIRONMENT:-}" != github-hosted ]]; then
  say 'nothing done: RUNNER_ENVIRONMENT is not github-hosted'
elif ((EUID == 0)); then
  main </dev/null
elif sudo -n -- true; then
  sudo -n -- env "DISK_SETUP_EVENTS=\${DISK_SETUP_EVENTS:-}" bash -c "set -euo pipefail; $(declare -f); main" </dev/null
else
  fail 'expected root, or a user who may become root without a password (sudo -n), found neither; nothing was changed'
fi`;

function acting(plan: Plan): string[] {
  const parts = partsOf(plan).map(part);
  return ["set -euo pipefail", ...prepare(plan), "", ...parts, ...cleanup(plan), ...main(plan), "", TAIL];
}

type PartName = "base" | "mounts" | "tmpdir" | "images" | "undo" | "relocate" | "delete" | "background";

function partsOf({ actions, reserve, background }: Plan): PartName[] {
  const every = [...actions, ...reserve];
  const has = (kind: Action["kind"]): boolean => every.some((action) => action.kind === kind);
  const wanted: Readonly<Record<PartName, boolean>> = {
    base: true,
    mounts: has("relocate") || has("delete"),
    tmpdir: has("tmpdir"),
    images: has("prune-images"),
    undo: has("relocate") || has("undo-move"),
    relocate: has("relocate"),
    delete: every.some((action) => counts(action)),
    background: background && has("delete"),
  };
  return PARTS.filter((name) => wanted[name]);
}

const PARTS: readonly PartName[] = ["base", "mounts", "tmpdir", "images", "undo", "relocate", "delete", "background"];

/** Whether the action ends when enough is free. */
const counts = (action: Action): boolean =>
  action.kind === "delete" || (action.kind === "prune-images" && action.images === null);

// Beside this file, in src and in dist. Files of their own: that is how a person can read, check and edit bash.
const part = (name: PartName): string =>
  `${readFileSync(new URL(`./bash/${name}.sh`, import.meta.url), "utf8").trimEnd()}\n`;

const word = (text: string): string => bashWord(printable(text));

/** The plan as variables. */
function prepare(plan: Plan): string[] {
  const every = [...plan.actions, ...plan.reserve];
  const makes = every.some(({ kind }) => kind !== "delete" && kind !== "prune-images") || plan.background;
  const lines = [
    ...(makes ? ["shopt -s inherit_errexit && export LC_ALL=C && umask 022"] : []),
    "stopped='' && trap 'stopped=yes' HUP INT TERM",
  ];
  if (every.some(counts)) {
    lines.push(`need=${plan.need ?? 0} fewest_inodes=${FEWEST_INODES}`, bashArray("places", plan.counted.after.mounts));
  }
  for (const action of plan.actions) {
    if (action.kind === "relocate" || action.kind === "undo-move") {
      lines.push(
        bashVariable("note", `${STATE}/move`),
        bashArray("units", action.units),
        bashArray(
          "stores_from",
          action.stores.map(({ from }) => from),
        ),
        bashArray(
          "stores_to",
          action.stores.map(({ to }) => to),
        ),
      );
    }
    if (action.kind === "relocate") {
      lines.push(`${bashVariable("target", action.target)} ${bashVariable("copy_with", action.copyWith)}`);
    }
    if (action.kind === "tmpdir") {
      lines.push(`${bashVariable("tmpdir", action.to)} ${bashVariable("tmpdir_target", action.target)}`);
    }
  }
  const trees = treesOf(plan);
  if (trees.length > 0) lines.push(bashArray("trees", trees));
  return ["prepare() {", ...lines.map((line) => `  ${line}`), "}"];
}

/** All trees that the plan and its reserve name, in the order of deletion; the script knows them by their numbers. */
const treesOf = ({ actions, reserve }: Pick<Plan, "actions" | "reserve">): string[] =>
  [...actions, ...reserve].flatMap((action) => (action.kind === "delete" ? action.trees : []));

function main(plan: Plan): string[] {
  const { actions, background } = plan;
  const has = (kind: Action["kind"]): boolean => actions.some((action) => action.kind === kind);
  const lines = ["prepare", 'event "pid $$"'];
  if (has("undo-move")) lines.push("lock_moves", 'if [[ -e "${note}" ]]; then undo_move; fi');
  // Before anything is moved: without a directory for temporary files nothing need be.
  if (has("tmpdir")) lines.push("make_tmpdir");
  const prune = actions.find((action) => action.kind === "prune-images" && action.images !== null);
  if (prune?.kind === "prune-images") lines.push(`remove_images ${(prune.images ?? []).map(bashWord).join(" ")}`);
  if (has("relocate")) lines.push("relocate");
  const planned = treesOf({ ...plan, reserve: [] }).map((_, index) => index);
  if (background && planned.length > 0) lines.push(`rename_trees ${planned.join(" ")}`);
  else lines.push(...cleaningCalls(plan));
  return ["main() {", ...lines.map((line) => `  ${line}`), "}"];
}

/** What a process behind this one is to do. */
function cleanup(plan: Plan): string[] {
  const { actions, background } = plan;
  if (!background || !actions.some(({ kind }) => kind === "delete")) return [];
  return ["cleanup() {", ...cleaningCalls(plan).map((line) => `  ${line}`), "}", ""];
}

function cleaningCalls(plan: Plan): string[] {
  const { actions, reserve } = plan;
  const every = treesOf(plan).map((_, index) => index);
  const planned = treesOf({ ...plan, reserve: [] }).length;
  const lines: string[] = [];
  if (planned > 0) lines.push(`delete ${every.slice(0, planned).join(" ")}`);
  if (every.length > planned) lines.push(`delete ${every.slice(planned).join(" ")} # only while that was not enough`);
  const prune = [...actions, ...reserve].find((action) => action.kind === "prune-images" && action.images === null);
  // A step may have pulled them on purpose, so they go only where that makes the difference.
  if (prune !== undefined) lines.push(`if ! enough && need=$((need - ${prune.gain})) enough; then remove_images; fi`);
  return lines;
}

function nothingText({ scope, need, counted, outcome }: Plan): string {
  if (scope.kind === "no-op") return `nothing to do: ${scope.detail}`;
  const free = `${formatBytes(counted.before.free)}${inodesOf(counted.before)} free at ${placesText(counted.before)}`;
  if (need === null) return `nothing to do: ${free}`;
  const short = outcome === "short" ? ", and nothing here gives more" : "";
  return `nothing to do: ${free}, ${formatBytes(need)} needed${short}`;
}
