// What the other packages and the rigs of this repository use. It may change with any release.
export { isRunId, type RunContext, readRunContext, versionOfEvent } from "./base/event-context.ts";
export { withStores } from "./commands/flags.ts";
export { retryLine, sayOn, tellPushed } from "./commands/push-progress.ts";
export { renderTree } from "./commands/render-tree.ts";
export { defaultAttestations } from "./docker/bake-command.ts";
export { type DockerResult, dockerRunner, type RunDocker } from "./docker/docker.ts";
export { type ProgramAccess, programEnvironment } from "./docker/environment.ts";
export { LayoutStore } from "./layout/store.ts";
export { type HandedOver, handOver } from "./merge/hand-over.ts";
export type { MetadataEvent } from "./metadata/event.ts";
export { type ImageMetadata, imageMetadata, writtenMetadata } from "./metadata/image-metadata.ts";
export {
  DEFAULT_METADATA,
  type Metadata,
  type MetadataProblem,
  type MetadataText,
  parseMetadata,
  type UsedKey,
} from "./metadata/metadata.ts";
export { type CommitFacts, readMetadataEvent } from "./metadata/read-event.ts";
export type { Tag } from "./metadata/tags-of.ts";
export { type Template, templateKeys, UnusableValue } from "./metadata/template.ts";
export { evaluateValue, type ParsedValue, parseValue } from "./metadata/value.ts";
export { CONTENT_KEY_ANNOTATION } from "./oci/annotations.ts";
export type { Descriptor, Digest, Platform } from "./oci/descriptor.ts";
export { readImageTree } from "./oci/image-tree.ts";
export { parsePlatform, parsePlatforms } from "./oci/platform.ts";
export { parseReference } from "./oci/reference.ts";
export type { Manifest } from "./oci/store.ts";
export type { TagOutcome } from "./publish/publish.ts";
export type { BuildRetry, BuildSource } from "./push/build.ts";
export { type Pushed, type PushInput, type PushOptions, pushBuild, pushLayout } from "./push/push.ts";
export { assertPlanOfRun } from "./record/plan-file.ts";
export { formatRecord, parseRecord } from "./record/record.ts";
export { layoutRoot } from "./stores/copy.ts";
export { type HurriedOptions, HurriedStores, type ReadStore } from "./stores/hurried-stores.ts";
export { readStanding, type StandingImage } from "./stores/standing.ts";
export { verifyImages } from "./stores/verify.ts";
export { cost } from "./tags/moving-tag.ts";
export { computeTags, parseTagLatest } from "./tags/tags.ts";
