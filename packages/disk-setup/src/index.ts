export { parseBytes } from "./base/bytes.ts";
export { DiskSetupError, type DiskSetupErrorCode } from "./base/error.ts";
export { describePlan } from "./plan/describe.ts";
export { makePlan } from "./plan/plan.ts";
export type { Plan, PlanOptions } from "./plan/plan-data.ts";
export { probe } from "./probe/probe.ts";
export type { Probe } from "./probe/probe-data.ts";
export { parseProbe } from "./probe/probe-file.ts";
export { renderScript } from "./script/script.ts";
