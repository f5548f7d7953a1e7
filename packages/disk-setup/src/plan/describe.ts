import { printable } from "@fanfold-internal/kit/text/printable";
import { formatBytes } from "../base/bytes.ts";
import type { Action, BuildPlace, LeftOut, Plan } from "./plan-data.ts";

/** The plan for people, safe to print. */
export function describePlan(plan: Plan): string {
  const { need, build, scope } = plan;
  const lines = ["Free now:"];
  for (const { mount, bytes, inodes } of plan.devices) {
    const count = inodes.size === 0 ? "" : `, ${inodes.free} of ${inodes.size} inodes`;
    lines.push(`  ${mount}: ${formatBytes(bytes.free)} of ${formatBytes(bytes.size)}${count}`);
  }
  const asked = need === null ? "no need stated" : `${formatBytes(need)} needed`;
  lines.push(
    `Images are built on ${build.before.mounts.join(" and ")}: ${formatBytes(build.before.free)} free${inodesOf(build.before)}, ${asked}`,
  );
  if (scope.kind === "no-op") return `${[...lines, `Nothing is done: ${scope.detail}`].map(printable).join("\n")}\n`;

  lines.push(plan.actions.length === 0 ? "Nothing is done" : "To do:");
  for (const [index, action] of plan.actions.entries()) lines.push(`  ${index + 1}. ${describeAction(action)}`);
  if (plan.actions.length > 0) {
    const { after } = build;
    lines.push(
      `Expected then: about ${formatBytes(after.free)} free${inodesOf(after)} on ${after.mounts.join(" and ")}`,
    );
  }
  if (plan.outcome === "short") lines.push("That is less than needed: see below for what was not done and why");
  if (plan.reserve.length > 0) {
    lines.push("Only while that frees less than expected:");
    for (const action of plan.reserve) lines.push(`  - ${describeAction(action)}`);
  }
  if (plan.leftOut.length > 0) lines.push("Not done:", ...describeLeftOut(plan.leftOut).map((line) => `  ${line}`));
  return `${lines.map(printable).join("\n")}\n`;
}

/** What bytes are worth where no file can be made any more. */
export const inodesOf = ({ inodes }: BuildPlace): string => (inodes === "scarce" ? " but hardly an inode" : "");

function describeAction(action: Action): string {
  const estimate = `about ${formatBytes(action.gain)} in ${action.seconds} s`;
  switch (action.kind) {
    case "relocate": {
      const from = action.stores.map((store) => store.from).join(" and ");
      return `move ${from} to ${action.directory} (${action.copyWith}; mounted over the old place; Docker restarts): ${estimate}`;
    }
    case "tmpdir": {
      const why = action.because === "in-memory" ? "is in memory" : "has too little room";
      return `set TMPDIR to ${action.to}: ${action.from} ${why}`;
    }
    case "delete":
      return `delete ${action.trees.join(", ")}: ${estimate}; breaks: ${action.breaks}`;
    case "prune-images":
      return `remove the images that no container uses: ${estimate}`;
  }
}

/** A line for each reason, with the actions that share it; not yet safe to print. */
export function describeLeftOut(leftOut: readonly LeftOut[]): string[] {
  const byDetail = new Map<string, Set<string>>();
  for (const { action, detail } of leftOut) byDetail.set(detail, (byDetail.get(detail) ?? new Set()).add(action));
  return [...byDetail].map(([detail, actions]) => `${[...actions].join(", ")}: ${detail}`);
}

/** The devices that the plan is about; `/boot`, `/run/lock` and the like would only be noise. */
export function isMeasured({ build, actions }: Plan, mount: string): boolean {
  const targets = actions.flatMap((action) =>
    action.kind === "relocate" || action.kind === "tmpdir" ? [action.target] : [],
  );
  return mount === "/" || [...build.before.mounts, ...build.after.mounts, ...targets].includes(mount);
}
