export type { Json, JsonObject } from "@fanfold-internal/kit/read/json";
export { artifactName } from "@fanfold-internal/matrix/artifact-name";
export { MAX_JOBS_PER_MATRIX, type Shards } from "@fanfold-internal/matrix/shard-cut";
export { type Group, groupEntries, type Leg, type MatrixEntry } from "./group.ts";
export { judgeGroups, type Verdict, type VerdictCode, type VerdictOptions } from "./group-verdict.ts";
export { MergeMatrixError, type MergeMatrixErrorCode } from "./merge-matrix-error.ts";
export { computeMergeMatrix, type MergeItem, type MergeMatrixOptions, mergeItems } from "./merge-plan.ts";
export { shardEntries } from "./shard.ts";
