export { DigestToolsError, type DigestToolsErrorCode } from "./base/error.ts";
export { type MergeAllInput, mergeAll } from "./merge/all.ts";
export type { GroupReport, MergeOptions } from "./merge/run.ts";
export type { Store } from "./oci/store.ts";
export { type MergePlan, parsePlan } from "./record/plan-file.ts";
export type { RegistryOptions } from "./registry/client.ts";
export { Stores } from "./stores/stores.ts";
