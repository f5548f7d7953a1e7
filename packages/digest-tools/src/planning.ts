// What a plan needs of this package: loaded by each, and so without all that talks to registries and runs docker.
export { isRunId, type RunContext, readRunContext, versionOfEvent } from "./base/event-context.ts";
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
export { parsePlatform, parsePlatforms } from "./oci/platform.ts";
export { parseReference } from "./oci/reference.ts";
export type { Manifest } from "./oci/store.ts";
export type { SignatureState } from "./sign/cosign-answer.ts";
export { GITHUB_ISSUER, type TrustPolicy } from "./sign/policy.ts";
export type { ReadStore } from "./stores/hurried-stores.ts";
export { readStanding, type StandingImage } from "./stores/standing.ts";
export { cost } from "./tags/moving-tag.ts";
