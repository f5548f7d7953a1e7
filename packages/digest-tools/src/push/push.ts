import { join } from "node:path";
import type { Diagnostic } from "@fanfold-internal/kit/process/diagnostic";
import { makeTemporary, removeTemporary } from "@fanfold-internal/kit/process/temporary";
import { type Clock, systemClock } from "../base/clock.ts";
import { DigestToolsError } from "../base/error.ts";
import type { RunContext } from "../base/event-context.ts";
import { retrying, Transient } from "../http/retry.ts";
import { LayoutStore } from "../layout/store.ts";
import type { Descriptor, Digest, Platform } from "../oci/descriptor.ts";
import { type ImageContent, readImage } from "../oci/image-content.ts";
import type { IndexChild } from "../oci/image-index.ts";
import { formatPlatform, hasExactly } from "../oci/platform.ts";
import type { Store } from "../oci/store.ts";
import { missingChildren, publish, type TagOutcome } from "../publish/publish.ts";
import { RegistryEngine } from "../publish/registry-engine.ts";
import { type LegRecord, manifestText, type SourceVersion } from "../record/record.ts";
import { writeRecord } from "../record/record-file.ts";
import { type CopyStep, copyImage, layoutRoot } from "../stores/copy.ts";
import { type AnchorPolicy, anchorTag, needsAnchor } from "../tags/anchor.ts";
import { cost, type Origin, originAnnotations, versionOfTags } from "../tags/moving-tag.ts";
import type { Tag } from "../tags/tags.ts";
import { type BuildOptions, type BuildSource, build } from "./build.ts";
import { incompletePush, readBuiltDigest } from "./result.ts";

export interface PushInput {
  /** Store names, each to hold the image under the same digest. */
  readonly repositories: readonly string[];
  readonly platforms: readonly Platform[];
  readonly tagSuffix: string;
  /** Undefined for a single. */
  readonly platformTag: string | undefined;
  /** What the record's folder is called; without it as `tagSuffix` and `platformTag` say. */
  readonly artifact?: string;
  /** What tells images of one repository apart, besides `tagSuffix`; part of the anchor. */
  readonly groupValues?: readonly string[];
  /** Tags of an image that one build makes; the tags of an image of several legs are set by the merge. */
  readonly tags: readonly Tag[];
  /**
   * Of an image that is published as it is built, beside those that say where it comes from: what the merge would write on
   * an index. Undefined: it is a leg of several where it has a platform tag.
   */
  readonly annotations?: Readonly<Record<string, string>> | undefined;
  /** Labels to add to those of the build. */
  readonly labels: Readonly<Record<string, string>>;
  readonly recordDirectory: string;
  readonly anchor: AnchorPolicy;
  /** Registries, besides quay.io, that `auto` gives anchors. */
  readonly anchorHosts: readonly string[];
  readonly source: SourceVersion;
  readonly run: RunContext | undefined;
  /** Moving tags are set even to an older image. */
  readonly allowRollback: boolean;
}

export interface PushOptions extends BuildOptions {
  /** Runs when everything is pushed and verified, before tags and record: what it throws keeps both from being made. */
  readonly beforeRecord?: (digest: Digest) => Promise<void>;
  /** Gives the same store for the same name. */
  readonly openStore: (name: string) => Store;
  readonly onProgress?: (step: CopyStep) => void;
}

export interface Pushed {
  readonly record: LegRecord;
  readonly recordFile: string;
  readonly digest: Digest;
  /** Undefined where no store got one: all keep untagged images. */
  readonly anchor: string | undefined;
  readonly tags: readonly TagOutcome[];
  /** Moving tags that stand for something newer and were left alone, and why. */
  readonly warnings: readonly Diagnostic[];
}

/**
 * Builds with docker buildx and pushes by digest to every repository; then verifies, tags and records. Docker's output goes
 * to the terminal.
 * @throws DigestToolsError `invalid-options`, `build-failed`, `verification-failed`, `wrong-platform`, and the stores' own
 */
export async function pushBuild(input: PushInput, source: BuildSource, options: PushOptions): Promise<Pushed> {
  const layout = input.repositories.find((name) => name.startsWith("oci:"));
  if (layout !== undefined) {
    throw new DigestToolsError({
      code: "invalid-options",
      message: `docker buildx cannot push into the layout ${layout}`,
      fix: "build with --output type=oci,tar=false,dest=DIR, then digest-tools push --layout DIR",
    });
  }
  const anchors = anchorsOf(input);
  const directory = makeTemporary("digest-tools-");
  try {
    const metadataFile = join(directory, "metadata.json");
    const { repositories, platforms, labels } = input;
    // A merge annotates its index; a single is published as it is built.
    const isLeg = input.platformTag !== undefined && input.tags.length === 0 && input.annotations === undefined;
    const annotations = isLeg ? {} : originAnnotations(originOf(input), input.annotations);
    const platform = platforms.map(formatPlatform).join(",");
    await build({ repositories, platform, metadataFile, annotations, labels }, source, options);
    const target = source.kind === "bake" ? source.target : undefined;
    return await finish(input, anchors, await readBuiltDigest(metadataFile, target), options);
  } finally {
    removeTemporary(directory);
  }
}

/**
 * Copies the image of an OCI image layout into every repository; then verifies, tags and records. No Docker is needed.
 * @throws DigestToolsError
 */
export async function pushLayout(input: PushInput, directory: string, options: PushOptions): Promise<Pushed> {
  const anchors = anchorsOf(input);
  const layout = new LayoutStore(directory);
  const root = await layoutRoot(layout);
  assertPlatforms(input.platforms, await readImage(layout, root.digest));
  const targets = input.repositories.map((name) => options.openStore(name));
  await copyImage(layout, root, targets, options.onProgress === undefined ? {} : { onProgress: options.onProgress });
  return finish(input, anchors, root.digest, options);
}

/** The tag that keeps a leg from being removed, and where it is set. */
interface Anchors {
  readonly tag: string | undefined;
  readonly repositories: readonly string[];
}

/** Computed before anything is pushed. @throws DigestToolsError `invalid-options`, `invalid-tag` */
function anchorsOf(input: PushInput): Anchors {
  const { repositories, platformTag, tagSuffix, groupValues = [], anchor, anchorHosts } = input;
  if (repositories.length === 0) {
    throw new DigestToolsError({
      code: "invalid-options",
      message: "no repository to push to",
      fix: "name one with --image",
    });
  }
  const anchored = repositories.filter((name) => needsAnchor(anchor, name, anchorHosts));
  const tag = anchored.length === 0 ? undefined : anchorTag({ tagSuffix, platformTag, groupValues });
  return { tag, repositories: anchored };
}

async function finish(input: PushInput, anchors: Anchors, digest: Digest, options: PushOptions): Promise<Pushed> {
  const stores = input.repositories.map((name) => options.openStore(name));
  const [cheapest] = stores.toSorted((left, right) => cost(left) - cost(right));
  if (cheapest === undefined) throw new Error("repositories were counted before");
  await Promise.all(stores.map((store) => verify(store, digest, options.clock ?? systemClock)));
  const content = await readImage(cheapest, digest);
  assertPlatforms(input.platforms, content);
  const lacking = await missingChildren(stores, childrenOf(content));
  if (lacking.length > 0) {
    throw new DigestToolsError({
      code: "verification-failed",
      message: `${digest} was pushed, but not everything that it names; nothing was recorded`,
      problems: lacking,
    });
  }
  await options.beforeRecord?.(digest);
  // A tag that stands for this image already needs no request that an immutable one would refuse.
  const engine = new RegistryEngine(content.manifest, stores, { pushed: true, again: true });
  const anchored: TagOutcome[] = [];
  const wanted: readonly Tag[] = anchors.tag === undefined ? [] : [{ name: anchors.tag, kind: "moving" }];
  for (const name of anchors.repositories) {
    const { tags: outcomes, problems: failures } = await engine.setTags(name, { tags: wanted, asked: false });
    anchored.push(...outcomes);
    if (failures.length > 0) throw incompletePush(digest, input.repositories, anchored, failures);
  }
  const origin = input.allowRollback ? undefined : originOf(input);
  const { tags, problems, warnings } = await publish({
    children: [],
    tags: input.tags,
    stores,
    engine,
    immutable: undefined,
    origin,
  });
  if (problems.length > 0) throw incompletePush(digest, input.repositories, [...anchored, ...tags], problems);
  const record = recordOf(input, content);
  const recordFile = await writeRecord(input.recordDirectory, record, input.artifact);
  return { record, recordFile, digest, anchor: anchors.tag, tags, warnings };
}

function originOf({ run, source, tags, tagSuffix }: PushInput): Origin {
  return { run, revision: source.revision, version: versionOfTags(tags, tagSuffix) ?? source.version };
}

function childrenOf({ manifest, children }: ImageContent): readonly IndexChild[] {
  return children
    .filter(({ digest }) => digest !== manifest.descriptor.digest)
    .map((descriptor) => ({ descriptor, what: `${descriptor.digest}, which ${manifest.descriptor.digest} names,` }));
}

async function verify(store: Store, digest: Digest, clock: Clock): Promise<Descriptor> {
  return retrying(clock, async () => {
    const found = await store.headManifest(digest);
    if (found !== undefined) return found;
    // Docker pushed it; a registry may show it a moment later.
    throw new Transient(
      new DigestToolsError({
        code: "verification-failed",
        message: `${digest} was pushed, but is not in ${store.name}`,
        fix: "push again; nothing was recorded",
      }),
    );
  });
}

function assertPlatforms(expected: readonly Platform[], { platforms }: ImageContent): void {
  if (hasExactly(platforms, expected)) return;
  throw new DigestToolsError({
    code: "wrong-platform",
    message: `the image is for ${platforms.map(formatPlatform).join(",") || "no known platform"}; expected ${expected.map(formatPlatform).join(",")}`,
    fix: "pass the platform that is built as --platform; nothing was recorded",
  });
}

function recordOf(input: PushInput, content: ImageContent): LegRecord {
  const { tagSuffix, platformTag, platforms, source, run, repositories } = input;
  // By the bytes: a digest has one size everywhere, whatever a HEAD says.
  const { mediaType, digest, size } = content.manifest.descriptor;
  const images = repositories.map((repository) => ({
    repository,
    descriptor: { mediaType, digest, size },
    children: content.children,
  }));
  const manifest = manifestText(content.manifest.bytes);
  return { tagSuffix, platformTag, platforms, images, ...(manifest === undefined ? {} : { manifest }), source, run };
}
