export { bySuffix, type Identify, type ImageIdentity, identifyBy } from "@fanfold-internal/matrix/identity";
export type { MatrixEntry } from "@fanfold-internal/matrix/matrix-file";
export { artifactName } from "@fanfold-internal/matrix/names";
export type { Shards } from "@fanfold-internal/matrix/shards";
export { MergeMatrixError, type MergeMatrixErrorCode } from "./error.ts";
export { type Group, groupEntries, type Leg } from "./group.ts";
export { type CheckOptions, checkGroups, type GroupCode, type GroupDiagnostic } from "./group-checks.ts";
export { computeMergeMatrix, type MergeItem, type MergeMatrixOptions, shardEntries } from "./merge-matrix.ts";
