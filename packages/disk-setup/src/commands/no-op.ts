import { markdownCode, markdownText } from "@fanfold-internal/kit/text/printable";
import { formatBytes } from "../base/bytes.ts";
import { inodesOf, isMeasured } from "../plan/describe.ts";
import type { BuildPlace, Plan, PlanOptions, Scope } from "../plan/plan-data.ts";
import type { System } from "../probe/system.ts";

/**
 * The plan for a machine that is not to be touched, without a look at more of it than the free space: it may be someone's
 * own, and need not be Linux.
 */
export function planNoOp(system: System, { need }: PlanOptions, scope: Scope & { readonly kind: "no-op" }): Plan {
  const { env, cwd } = system;
  const mount = env["GITHUB_WORKSPACE"] || cwd;
  const space = system.space(mount);
  const place: BuildPlace = { mounts: [mount], free: space?.bytes.free ?? 0, inodes: "enough" };
  return {
    schema: "fanfold.disk-plan/1",
    need,
    scope,
    devices: space === undefined ? [] : [{ filesystem: mount, mount, ...space }],
    build: { before: place, after: place },
    outcome: need === null ? "not-asked" : place.free >= need ? "met" : "short",
    actions: [],
    reserve: [],
    leftOut: [],
    tmpdir: env["TMPDIR"] || "/tmp",
    dockerRoot: null,
  };
}

/** What the script would put out, had it something to do. */
export function noOpOutputs(plan: Plan): [name: string, value: string][] {
  const { build, outcome } = plan;
  const devices = measured(plan).map(({ mount, bytes }) => [mount, { before: bytes.free, after: bytes.free }]);
  return [
    ["acted", "false"],
    ["need-met", { met: "true", short: "false", "not-asked": "not-asked" }[outcome]],
    ["free", String(build.before.free)],
    ["freed", "0"],
    ["seconds", "0"],
    ["tmpdir", plan.tmpdir],
    ["docker-root", plan.dockerRoot ?? "none"],
    ["actions", "[]"],
    ["devices", JSON.stringify(Object.fromEntries(devices))],
  ];
}

export function noOpSummary(plan: Plan): string {
  const { build, need, scope } = plan;
  const asked = need === null ? "" : `, ${formatBytes(need)} needed`;
  const rows = measured(plan).map(({ mount, bytes }) => {
    const free = formatBytes(bytes.free);
    return `| ${markdownCode(mount)} | ${free} | ${free} |\n`;
  });
  const why = scope.kind === "no-op" ? `\n- not done: everything: ${markdownText(scope.detail)}\n` : "";
  return (
    `### Disk space\n\n${formatBytes(build.before.free)} free${inodesOf(build.before)} where images are built${asked}, in 0 s.\n\n` +
    `| device | free before | free after |\n| --- | ---: | ---: |\n${rows.join("")}${why}`
  );
}

const measured = (plan: Plan): Plan["devices"] => plan.devices.filter(({ mount }) => isMeasured(plan, mount));
