import type { Diagnostic } from "@fanfold-internal/kit/process/diagnostic";
import pLimit from "p-limit";
import { DigestToolsError } from "../base/error.ts";
import { dockerRunner, type RunDocker } from "../docker/docker.ts";
import type { Descriptor, Digest, Platform } from "../oci/descriptor.ts";
import { readImage } from "../oci/image-content.ts";
import { formatPlatform } from "../oci/platform.ts";
import type { ImageSource, ManifestStore, Store } from "../oci/store.ts";
import { BuildxEngine } from "../publish/buildx-engine.ts";
import { DryRunBuildxEngine, DryRunStore, type Note, NotedStore, type PlannedStep } from "../publish/dry-run.ts";
import { type PublishEngine, publish, type TagOutcome } from "../publish/publish.ts";
import { RegistryEngine } from "../publish/registry-engine.ts";
import type { FoundRecord, FoundRecords } from "../record/record-file.ts";
import type { Tag } from "../tags/tags.ts";
import type { MergeGroup } from "./groups.ts";
import { judgeGroup, type ReadyGroup } from "./judge.ts";
import type { LegCandidate, LegContent } from "./legs.ts";

export interface MergeInput {
  readonly groups: readonly MergeGroup[];
  readonly records: FoundRecords;
  /** Store names; every group is published to each. */
  readonly repositories: readonly string[];
  /** Where the records were looked for, as the end of a sentence, for those that are missing: `in records`. */
  readonly searched?: string;
}

export interface MergeOptions {
  /** Gives the same store for the same name. */
  readonly openStore: (name: string) => Store;
  /** `buildx` lets `docker buildx imagetools create` make and push the index. */
  readonly engine?: "registry" | "buildx";
  /** Groups under way at one time; 128 when left out: each mostly waits for one request, and the stores cap those. */
  readonly concurrency?: number;
  /** A fixed tag that stands for something else is refused; otherwise it is overwritten. */
  readonly immutable?: boolean;
  /** Moving tags are set even to an older image. */
  readonly allowRollback?: boolean;
  /** Makes no request but those that bare records need; the report says what would be done. */
  readonly dryRun?: boolean;
  /** Called as each group is finished, in no order. */
  readonly onGroup?: (report: GroupReport) => void;
  readonly docker?: RunDocker;
}

export interface GroupReport {
  readonly tagSuffix: string;
  /** `unchanged`: everything was published already. `planned`: a dry run. */
  readonly verdict: "published" | "unchanged" | "refused" | "planned";
  readonly digest: Digest | undefined;
  readonly platforms: readonly string[];
  readonly tags: readonly TagOutcome[];
  /** Why it was refused. */
  readonly problems: readonly Diagnostic[];
  readonly warnings: readonly Diagnostic[];
  /** Of a dry run. */
  readonly steps?: readonly PlannedStep[];
}

/**
 * Merges images, each by itself: one that is incomplete or cannot be published is refused in its report, and the others go
 * on. Reports are in the order of the groups.
 */
export function mergeGroups(input: MergeInput, options: MergeOptions): Promise<readonly GroupReport[]> {
  const limit = pLimit(options.concurrency ?? 128);
  return Promise.all(
    input.groups.map((group) =>
      limit(async () => {
        const report = await mergeGroup(group, input, options);
        options.onGroup?.(report);
        return report;
      }),
    ),
  );
}

async function mergeGroup(group: MergeGroup, input: MergeInput, options: MergeOptions): Promise<GroupReport> {
  const { tagSuffix, expected, revision, tags } = group;
  const { repositories, searched } = input;
  if (tags.kind === "refused") return refusal(group, tags.problems);
  const steps: PlannedStep[] = [];
  const openStore = (name: string): ImageSource =>
    options.dryRun === true
      ? new NotedStore(options.openStore(name), (step) => void steps.push(step))
      : options.openStore(name);
  const candidates = await Promise.all(
    group.legs.map(async ({ artifactName, planned }): Promise<LegCandidate> => {
      const found = input.records.get(artifactName) ?? { kind: "missing" };
      const content = await legContent(found, repositories, openStore);
      return { artifactName, found: content, ...(planned === undefined ? {} : { planned }) };
    }),
  );
  const judged = judgeGroup({ tagSuffix, expected, candidates, revision, repositories, searched });
  if (judged.kind === "refused") return refusal(group, judged.problems, steps);
  return publishGroup({ group, ready: judged, tags: tags.tags, repositories, steps }, options);
}

interface GroupToPublish {
  readonly group: MergeGroup;
  readonly ready: ReadyGroup;
  readonly tags: readonly Tag[];
  readonly repositories: readonly string[];
  /** What a dry run has requested so far; what the real one would request is added. */
  readonly steps: PlannedStep[];
}

async function publishGroup(
  { group, ready, tags, repositories, steps }: GroupToPublish,
  options: MergeOptions,
): Promise<GroupReport> {
  const { legs, index } = ready;
  const note: Note = (step) => void steps.push(step);
  const recorded: readonly Descriptor[] = legs.map(({ descriptor }) => descriptor);
  const stores = repositories.map(
    (name): ManifestStore =>
      options.dryRun === true ? new DryRunStore(name, recorded, note) : options.openStore(name),
  );
  const engine = engineFor(ready, stores, options, note);
  const immutable = options.immutable === true ? index.manifest.descriptor.digest : undefined;
  const origin = options.allowRollback === true ? undefined : ready.origin;
  const outcome = await publish({ legs, tags, stores, engine, immutable, origin });
  const unchanged = outcome.tags.every((tag) => tag.outcome === "unchanged" || tag.outcome === "kept");
  const done = options.dryRun === true ? "planned" : unchanged ? "unchanged" : "published";
  return {
    tagSuffix: group.tagSuffix,
    verdict: outcome.problems.length > 0 ? "refused" : done,
    digest: outcome.digest,
    platforms: index.platforms.map(formatPlatform),
    tags: outcome.tags,
    problems: outcome.problems,
    warnings: [...index.warnings, ...outcome.warnings],
    ...(options.dryRun === true ? { steps } : {}),
  };
}

function engineFor(
  { legs, index }: ReadyGroup,
  stores: readonly ManifestStore[],
  options: MergeOptions,
  note: Note,
): PublishEngine {
  if (options.engine !== "buildx") return new RegistryEngine(index.manifest, stores);
  if (options.dryRun === true) return new DryRunBuildxEngine(legs, index, note);
  return new BuildxEngine({ legs, index, stores, run: options.docker ?? dockerRunner(process.env) });
}

async function legContent(
  found: FoundRecord,
  repositories: readonly string[],
  openStore: (name: string) => ImageSource,
): Promise<LegCandidate["found"]> {
  if (found.kind === "missing" || found.kind === "unreadable") return found;
  if (found.kind === "record") return { kind: "content", content: found.record };
  const [first] = repositories;
  if (first === undefined) return { kind: "missing" };
  try {
    return { kind: "content", content: await bareContent(found.digest, repositories, openStore(first)) };
  } catch (error) {
    if (error instanceof DigestToolsError) return { kind: "unreadable", error };
    throw error;
  }
}

/** Reads from the first repository what a bare record leaves out; the others are asked for the digest later. */
async function bareContent(digest: Digest, repositories: readonly string[], store: ImageSource): Promise<LegContent> {
  const { manifest, children, platforms } = await readImage(store, digest);
  const images = repositories.map((repository) => ({
    repository,
    descriptor: manifest.descriptor,
    ...(children === undefined ? {} : { children }),
  }));
  return { tagSuffix: undefined, platforms, images, source: undefined, run: undefined };
}

function refusal(group: MergeGroup, problems: readonly Diagnostic[], steps: readonly PlannedStep[] = []): GroupReport {
  const platforms: readonly Platform[] = group.expected;
  return {
    tagSuffix: group.tagSuffix,
    verdict: "refused",
    digest: undefined,
    platforms: platforms.map(formatPlatform),
    tags: [],
    problems,
    warnings: [],
    ...(steps.length === 0 ? {} : { steps }),
  };
}
