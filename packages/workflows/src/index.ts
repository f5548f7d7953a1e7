export { bySuffix, type Identify, type ImageIdentity } from "@fanfold-internal/matrix/identity";
export type { ShardLimits } from "@fanfold-internal/matrix/shards";
export { WorkflowsError, type WorkflowsErrorCode } from "./base/error.ts";
export {
  type Config,
  type LoadedConfig,
  parseConfig,
  type RegistryLogin,
  type WorkflowConfig,
} from "./config/config.ts";
export { configSchema } from "./keys/config-schema.ts";
export { matrixSchema } from "./keys/matrix-schema.ts";
export {
  makePlan,
  mergeMatrix,
  type Plan,
  type PlanBases,
  type PlanInput,
  type PlannedBase,
  type PlannedBases,
  type PlannedEntry,
  type PlannedGroup,
  type PlannedLeg,
  type PlannedList,
} from "./plan/plan.ts";
export { type PlannedLists, planOutputs } from "./plan/plan-outputs.ts";
export { planSchema } from "./plan/plan-schema.ts";
export type { PublishedImage } from "./published/published-images.ts";
