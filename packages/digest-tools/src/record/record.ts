import type { JsonReader } from "@fanfold-internal/kit/read/json-reader";
import { isRunId, MAX_ATTEMPT, type RunContext } from "../base/event-context.ts";
import type { Descriptor, Platform } from "../oci/descriptor.ts";
import { readDescriptor, readDocument } from "../oci/descriptor-json.ts";
import { canonicalStoreName } from "../oci/image-name.ts";
import { formatPlatform, parsePlatforms } from "../oci/platform.ts";

const SCHEMA = "fanfold.record/1";

// A record comes from another job, which may have run anybody's code: no field is longer than it can be of use.
/** Characters of a name, a path or an address. */
const MAX_TEXT = 4096;
/** Characters of an artifact's name. */
const MAX_NAME = 256;
/** Characters of a tag, whose end a tag-suffix is. */
const MAX_TAG = 128;
const MAX_REPOSITORIES = 1000;
const MAX_CHILDREN = 1000;
/** Characters of a manifest: those of images have a few thousand. */
const MAX_MANIFEST = 256 * 1024;

/** What a leg leaves behind: what it pushed, where, and for which platform. */
export interface LegRecord {
  readonly tagSuffix: string;
  /** Undefined for a single. */
  readonly platformTag: string | undefined;
  /** What its folder is called; without it as `tagSuffix` and `platformTag` say. */
  readonly artifactName?: string | undefined;
  /** One for a leg; a single may have several. */
  readonly platforms: readonly Platform[];
  readonly images: readonly RecordedImage[];
  /** The image's own manifest, for which its digest vouches: who has it need not read the image. */
  readonly manifest?: string | undefined;
  readonly source: SourceVersion;
  /** Undefined outside Actions. */
  readonly run: RunContext | undefined;
}

export interface RecordedImage {
  /** A store's name: `quay.io/example/backends`. */
  readonly repository: string;
  readonly descriptor: Descriptor;
  /**
   * What the image is made of, with platforms: what its index names, or the one manifest. A merge takes from it what the
   * manifest does not say, the platform of an image without an index.
   */
  readonly children?: readonly Descriptor[];
}

/** The commit that was built, and the tag or branch it was built for. */
export interface SourceVersion {
  readonly revision: string | undefined;
  readonly version: string | undefined;
}

/** The record as the text of its file. The same record gives the same text. */
export function formatRecord(record: LegRecord): string {
  const { tagSuffix, platformTag, artifactName, platforms, images, manifest, source, run } = record;
  const json = {
    schema: SCHEMA,
    "tag-suffix": tagSuffix,
    "platform-tag": platformTag ?? null,
    ...(artifactName === undefined ? {} : { "artifact-name": artifactName }),
    platform: platforms.map(formatPlatform).join(","),
    images,
    ...(manifest === undefined ? {} : { manifest }),
    source: { revision: source.revision ?? null, version: source.version ?? null },
    run: run ?? null,
  };
  return `${JSON.stringify(json, null, 2)}\n`;
}

/**
 * Reads a record's file; unknown keys are for newer versions and are ignored.
 * @throws DigestToolsError `invalid-record`, `invalid-platform`, `invalid-reference`; all name the file
 */
export function parseRecord(text: string, file: string): LegRecord {
  const json = readDocument(text, {
    at: { file },
    code: "invalid-record",
    fix: "it must be a record as digest-tools push writes it; run the leg's build again",
  });
  json.at("schema").literal(SCHEMA);
  const images = json.at("images").items(MAX_REPOSITORIES).map(recordedImage);
  if (images.length === 0) throw json.at("images").expected("at least one image");
  const repositories = images.map(({ repository }) => repository);
  const twice = repositories.find((repository, at) => repositories.indexOf(repository) !== at);
  if (twice !== undefined) throw json.at("images").expected(`each repository once, and ${twice} is there twice`);
  const source = json.at("source");
  const run = json.at("run");
  const platform = json.at("platform");
  platform.text(MAX_TEXT);
  const artifactName = json.at("artifact-name").optionalText(MAX_NAME) || undefined;
  const manifest = json.at("manifest").optionalText(MAX_MANIFEST) || undefined;
  return {
    tagSuffix: json.at("tag-suffix").text(MAX_TAG),
    platformTag: json.at("platform-tag").optionalText(MAX_TAG) || undefined,
    ...(artifactName === undefined ? {} : { artifactName }),
    platforms: platform.parsed(parsePlatforms),
    images,
    ...(manifest === undefined ? {} : { manifest }),
    source: {
      revision: source.at("revision").optionalText(MAX_TEXT),
      version: source.at("version").optionalText(MAX_TEXT),
    },
    run: run.present ? runContext(run) : undefined,
  };
}

/** A manifest as a record holds it: undefined where it is too long, or no text that gives the same bytes again. */
export function manifestText(bytes: Uint8Array): string | undefined {
  if (bytes.length > MAX_MANIFEST) return undefined;
  const text = Buffer.from(bytes).toString("utf8");
  return Buffer.from(text).equals(bytes) ? text : undefined;
}

/** Below zero when `left` was made before `right`: by an earlier run, or by an earlier attempt of the same. */
export function compareRuns(left: RunContext | undefined, right: RunContext | undefined): number {
  if (left === undefined || right === undefined) return Number(left !== undefined) - Number(right !== undefined);
  const byRun = BigInt(left.id) - BigInt(right.id);
  return byRun === 0n ? left.attempt - right.attempt : byRun < 0n ? -1 : 1;
}

function recordedImage(image: JsonReader): RecordedImage {
  const repository = image.at("repository");
  repository.text(MAX_TEXT);
  const children = image.at("children");
  return {
    repository: repository.parsed(canonicalStoreName),
    descriptor: readDescriptor(image.at("descriptor")),
    ...(children.present ? { children: children.items(MAX_CHILDREN).map(readDescriptor) } : {}),
  };
}

function runContext(run: JsonReader): RunContext {
  const id = run.at("id").text(MAX_TEXT);
  if (!isRunId(id)) throw run.at("id").expected("a run's id, a number of at most 64 bits as text");
  const server = run.at("server").optionalText(MAX_TEXT);
  return { id, attempt: run.at("attempt").count(MAX_ATTEMPT), ...(server ? { server } : {}) };
}
