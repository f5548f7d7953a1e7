import type { Counted, Plan, PlanOptions, Scope } from "../plan/plan-data.ts";
import type { System } from "../probe/system.ts";
import { isMet, measure } from "./measure.ts";

/**
 * The plan for a machine that is not to be touched. Only its free space is looked at: it may be someone's own, and need
 * not be Linux.
 */
export function planNoOp(
  system: System,
  { need, at = [], background = false }: PlanOptions,
  scope: Scope & { readonly kind: "no-op" },
): Plan {
  const { env, cwd } = system;
  const paths = [...new Set([env["GITHUB_WORKSPACE"] || cwd, ...at])];
  const places = paths.map((path) => ({ path, mount: path }));
  const { free, inodes } = measure(system, { places, mounts: paths });
  const counted: Counted = { places, mounts: paths, free, inodes };
  return {
    schema: "fanfold.disk-plan/1",
    need,
    scope,
    devices: paths.flatMap((mount) => {
      const space = system.space(mount);
      return space === undefined ? [] : [{ filesystem: mount, mount, ...space }];
    }),
    counted: { before: counted, after: counted },
    outcome: need === null ? "not-asked" : isMet(need, counted) ? "met" : "short",
    actions: [],
    reserve: [],
    leftOut: [],
    background,
    warnings: [],
    // Windows has no /tmp.
    tmpdir: env["TMPDIR"] || (system.platform === "win32" ? env["TEMP"] : undefined) || "/tmp",
    dockerRoot: null,
  };
}
