import { formatBytes } from "@fanfold-internal/kit/text/bytes";
import { printable } from "@fanfold-internal/kit/text/printable";
import type { Action, Counted, LeftOut, Plan } from "./plan-data.ts";

/** Describes the plan for people; safe to print. */
export function describePlan(plan: Plan): string {
  const { need, counted, scope } = plan;
  const lines = ["Free now:"];
  for (const { mount, bytes, inodes } of plan.devices) {
    const count = inodes.size === 0 ? "" : `, ${inodes.free} of ${inodes.size} inodes`;
    lines.push(`  ${mount}: ${formatBytes(bytes.free)} of ${formatBytes(bytes.size)}${count}`);
  }
  const asked = need === null ? "no need stated" : `${formatBytes(need)} needed`;
  lines.push(
    `The need is counted at ${placesText(counted.before)}: ${formatBytes(counted.before.free)} free${inodesOf(counted.before)}, ${asked}`,
  );
  if (scope.kind === "no-op") return `${[...lines, `Nothing is done: ${scope.detail}`].map(printable).join("\n")}\n`;

  lines.push(plan.actions.length === 0 ? "Nothing is done" : "To do:");
  for (const [index, action] of plan.actions.entries()) lines.push(`  ${index + 1}. ${describeAction(action)}`);
  if (plan.actions.length > 0) {
    const { after } = counted;
    lines.push(`Expected then: about ${formatBytes(after.free)} free${inodesOf(after)} at ${placesText(after)}`);
  }
  if (plan.background) lines.push("Deleting goes on in the background: disk-setup wait --need waits for it");
  if (plan.outcome === "short") lines.push("That is less than needed; below stands what is not done, and why");
  for (const warning of plan.warnings) lines.push(`Note: ${warning}`);
  if (plan.reserve.length > 0) {
    lines.push("Only while that frees less than expected:");
    for (const action of plan.reserve) lines.push(`  - ${describeAction(action)}`);
  }
  if (plan.leftOut.length > 0) lines.push("Not done:", ...describeLeftOut(plan.leftOut).map((line) => `  ${line}`));
  return `${lines.map(printable).join("\n")}\n`;
}

/** `/var/lib/docker (on /mnt) and /home/runner/work/app/app (on /)` */
export const placesText = ({ places }: Pick<Counted, "places">): string =>
  places.map(({ path, mount }) => (path === mount ? path : `${path} (on ${mount})`)).join(" and ");

/** Bytes are of no use where no file can be made any more. */
export const inodesOf = ({ inodes }: Pick<Counted, "inodes">): string =>
  inodes === "scarce" ? " but hardly an inode" : "";

function describeAction(action: Action): string {
  const estimate = `about ${formatBytes(action.gain)} in ${action.seconds} s`;
  switch (action.kind) {
    case "undo-move":
      return `undo a move that was killed: ${action.stores.map(({ from }) => from).join(" and ")}`;
    case "relocate": {
      const from = action.stores.map((store) => store.from).join(" and ");
      return `move ${from} to ${action.directory} (${action.copyWith}; mounted over the old place; Docker restarts): ${estimate}`;
    }
    case "tmpdir": {
      const why = action.because === "in-memory" ? "is in memory" : "has too little room";
      return `make ${action.to} for temporary files: ${action.from} ${why}`;
    }
    case "delete":
      return `delete ${action.trees.join(", ")}: ${estimate}; breaks: ${action.breaks}`;
    case "prune-images":
      return action.images === null
        ? `remove the images that no container uses: ${estimate}`
        : `remove ${action.images.length} images that came with the runner and that no container uses: ${estimate}`;
  }
}

/** A line for each reason, with the actions that it holds for; not yet safe to print. */
export function describeLeftOut(leftOut: readonly LeftOut[]): string[] {
  const byDetail = new Map<string, Set<string>>();
  for (const { action, detail } of leftOut) byDetail.set(detail, (byDetail.get(detail) ?? new Set()).add(action));
  return [...byDetail].map(([detail, actions]) => `${[...actions].join(", ")}: ${detail}`);
}

/** The devices that the plan is about; `/boot`, `/run/lock` and the like would only be noise. */
export function isMeasured({ counted, actions }: Plan, mount: string): boolean {
  const targets = actions.flatMap((action) =>
    action.kind === "relocate" || action.kind === "tmpdir" ? [action.target] : [],
  );
  return mount === "/" || [...counted.before.mounts, ...counted.after.mounts, ...targets].includes(mount);
}
