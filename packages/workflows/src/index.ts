export type { ShardLimits } from "@fanfold-internal/edge/shard-limit";
export { type Config, type LoadedConfig, parseConfig, type RegistryLogin, type WorkflowConfig } from "./config.ts";
export { configSchema } from "./config-schema.ts";
export { matrixSchema } from "./matrix-schema.ts";
export {
  makePlan,
  mergeMatrix,
  type Plan,
  type PlanGround,
  type PlannedEntry,
  type PlannedGroup,
  type PlannedLeg,
  type PlannedList,
} from "./plan.ts";
export { planOutputs } from "./plan-outputs.ts";
export { planSchema } from "./plan-schema.ts";
export { WorkflowsError, type WorkflowsErrorCode } from "./workflows-error.ts";
