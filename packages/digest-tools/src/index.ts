export { type AnchorPolicy, anchorTag } from "./anchor.ts";
export { type BuildCommand, buildCommand, type ImagetoolsCommand, imagetoolsCommand } from "./buildx-command.ts";
export { type CopyOptions, type CopyStep, copyImage, layoutRoot } from "./copy-image.ts";
export type { Descriptor, Digest, Platform } from "./descriptor.ts";
export { DigestToolsError, type DigestToolsErrorCode } from "./digest-tools-error.ts";
export type { DockerResult, RunDocker } from "./docker.ts";
export type { PlannedStep } from "./dry-run.ts";
export {
  type EventContext,
  type RunContext,
  readEventContext,
  readRunContext,
  versionOfEvent,
} from "./event-context.ts";
export type { GroupProblem } from "./group-problem.ts";
export { type BuiltIndex, buildIndex, type IndexLeg } from "./image-index.ts";
export { type Attestation, type ImageTree, type PlatformImage, readImageTree } from "./image-tree.ts";
export { LayoutStore } from "./layout-store.ts";
export { type MergeAllInput, mergeAll } from "./merge-all.ts";
export { groupsOfPlan, type MergeGroup } from "./merge-group.ts";
export { reportJson } from "./merge-report.ts";
export { type GroupReport, type MergeInput, type MergeOptions, mergeGroups } from "./merge-run.ts";
export { type Plan, type PlannedGroup, type PlannedLeg, parsePlan } from "./plan.ts";
export { formatPlatform, parsePlatform, parsePlatforms } from "./platform.ts";
export type { TagOutcome } from "./publish.ts";
export { type Pushed, type PushInput, type PushOptions, pushBuild, pushLayout } from "./push.ts";
export { formatRecord, type LegRecord, parseRecord, type RecordedImage, type SourceVersion } from "./record.ts";
export { type FoundRecord, type FoundRecords, readRecords, writeRecord } from "./record-file.ts";
export { formatReference, type ImageReference, parseReference, type Repository } from "./reference.ts";
export type { ObservedRequest, RegistryOptions } from "./registry-client.ts";
export { renderTree } from "./render-tree.ts";
export type { Manifest, ManifestReference, Store } from "./store.ts";
export { Stores } from "./stores.ts";
export { computeTags, parseTag, parseTagLatest, type Tag, type TagLatest, type TagRules } from "./tags.ts";
export { type Verification, type VerifyInput, verifyImages } from "./verify.ts";
