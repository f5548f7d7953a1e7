export { DigestToolsError, type DigestToolsErrorCode } from "./base/error.ts";
export {
  type EventContext,
  type RunContext,
  readEventContext,
  readRunContext,
  versionOfEvent,
} from "./base/event-context.ts";
export type { GroupProblem } from "./base/group-problem.ts";
export { reportJson } from "./commands/merge-report.ts";
export { renderTree } from "./commands/render-tree.ts";
export { type BuildCommand, buildCommand, type ImagetoolsCommand, imagetoolsCommand } from "./docker/buildx-command.ts";
export type { DockerResult, RunDocker } from "./docker/docker.ts";
export { LayoutStore } from "./layout/store.ts";
export { type MergeAllInput, mergeAll } from "./merge/all.ts";
export { groupsOfPlan, type MergeGroup } from "./merge/groups.ts";
export { type GroupReport, type MergeInput, type MergeOptions, mergeGroups } from "./merge/run.ts";
export type { Descriptor, Digest, Platform } from "./oci/descriptor.ts";
export { type BuiltIndex, buildIndex, type IndexLeg } from "./oci/image-index.ts";
export { type Attestation, type ImageTree, type PlatformImage, readImageTree } from "./oci/image-tree.ts";
export { formatPlatform, parsePlatform, parsePlatforms } from "./oci/platform.ts";
export { formatReference, type ImageReference, parseReference, type Repository } from "./oci/reference.ts";
export type { Manifest, ManifestReference, Store } from "./oci/store.ts";
export type { PlannedStep } from "./publish/dry-run.ts";
export type { TagOutcome } from "./publish/publish.ts";
export { type Pushed, type PushInput, type PushOptions, pushBuild, pushLayout } from "./push/push.ts";
export { type Plan, type PlannedGroup, type PlannedLeg, parsePlan } from "./record/plan-file.ts";
export { formatRecord, type LegRecord, parseRecord, type RecordedImage, type SourceVersion } from "./record/record.ts";
export { type FoundRecord, type FoundRecords, readRecords, writeRecord } from "./record/record-file.ts";
export type { ObservedRequest, RegistryOptions } from "./registry/client.ts";
export { type CopyOptions, type CopyStep, copyImage, layoutRoot } from "./stores/copy.ts";
export { Stores } from "./stores/stores.ts";
export { type Verification, type VerifyInput, verifyImages } from "./stores/verify.ts";
export { type AnchorPolicy, anchorTag } from "./tags/anchor.ts";
export { computeTags, parseTag, parseTagLatest, type Tag, type TagLatest, type TagRules } from "./tags/tags.ts";
