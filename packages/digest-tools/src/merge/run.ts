import type { Diagnostic } from "@fanfold-internal/kit/process/diagnostic";
import { diagnosticsOf } from "@fanfold-internal/kit/process/errors";
import pLimit from "p-limit";
import type { RunContext } from "../base/event-context.ts";
import { dockerRunner, type RunDocker } from "../docker/docker.ts";
import { UNTAGGED } from "../metadata/image-metadata.ts";
import type { Digest } from "../oci/descriptor.ts";
import { formatPlatform, normalizePlatform } from "../oci/platform.ts";
import type { ImageSource, ManifestStore, Store } from "../oci/store.ts";
import { BuildxEngine } from "../publish/buildx-engine.ts";
import {
  DryRunBuildxEngine,
  DryRunSigner,
  DryRunStore,
  type Note,
  NotedStore,
  type PlannedStep,
} from "../publish/dry-run.ts";
import { type PublishEngine, publish, type TagOutcome } from "../publish/publish.ts";
import { RegistryEngine } from "../publish/registry-engine.ts";
import type { FoundRecords } from "../record/records.ts";
import type { ReuseReason } from "../record/reused-image.ts";
import type { Signer } from "../sign/signer.ts";
import { standingCommitTags } from "../tags/commit-tags.ts";
import type { Tag } from "../tags/tags.ts";
import { baseProblems, inOrder } from "./bases.ts";
import type { MergeGroup } from "./groups.ts";
import { candidateOf, type LegCandidate, legProblems } from "./legs.ts";
import { readLegs } from "./read-legs.ts";
import { type ReadyGroup, readyGroup } from "./ready.ts";
import { asReused, builtNevertheless, isReused, republished } from "./reuse.ts";

export interface MergeInput {
  readonly groups: readonly MergeGroup[];
  readonly records: FoundRecords;
  /** Where the records were looked for, as the end of a sentence, for those that are missing: `in records`. */
  readonly searched?: string;
  /** The run that merges: records of any other are refused. Undefined outside Actions. */
  readonly run?: RunContext | undefined;
}

/** How images are merged and published. */
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
  /** Makes no request but those that read the legs; the report says what would be done. */
  readonly dryRun?: boolean;
  /** Called as each group is finished, in no order. */
  readonly onGroup?: (report: GroupReport) => void;
  readonly docker?: RunDocker;
  /** Signs each image before its tags are set; without one images are not signed. */
  readonly signer?: Signer | undefined;
}

/** What became of one image: published, refused with findings, or left as it was. */
export interface GroupReport {
  /** What people call the image. */
  readonly image: string;
  readonly tagSuffix: string;
  /** Store names. */
  readonly repositories: readonly string[];
  /** `unchanged`: everything was published already. `planned`: a dry run. */
  readonly verdict: "published" | "unchanged" | "refused" | "planned";
  /** Why what was published already is published again. Undefined: it was built. */
  readonly reused?: ReuseReason;
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
 * Publishes images, each by itself: one that is incomplete or cannot be published is refused in its report, and the others go
 * on, but for those that are built from it. Reports are in the order of the groups.
 */
export async function mergeGroups(input: MergeInput, options: MergeOptions): Promise<readonly GroupReport[]> {
  const limit = pLimit(options.concurrency ?? 128);
  const reports = new Map<MergeGroup, GroupReport>();
  for (const round of inOrder(input.groups)) {
    await Promise.all(
      round.map((group) =>
        limit(async () => {
          const problems = baseProblems(group, [...reports.values()]);
          const report = problems.length > 0 ? refusal(group, problems) : await mergeGroup(group, input, options);
          reports.set(group, report);
          options.onGroup?.(report);
        }),
      ),
    );
  }
  return input.groups.flatMap((group) => reports.get(group) ?? []);
}

/** Whatever goes wrong with one image, and of whatever kind, costs that image and no other. */
async function mergeGroup(group: MergeGroup, input: MergeInput, options: MergeOptions): Promise<GroupReport> {
  const steps: PlannedStep[] = [];
  try {
    return await mergeOne(group, input, options, steps);
  } catch (error) {
    return refusal(group, diagnosticsOf(error), steps);
  }
}

async function mergeOne(
  group: MergeGroup,
  { records, searched, run }: MergeInput,
  options: MergeOptions,
  steps: PlannedStep[],
): Promise<GroupReport> {
  const { tagSuffix, repositories, form, expected, revision, tags } = group;
  if (tags.kind === "refused") return refusal(group, tags.problems);
  const openSource = (name: string): ImageSource =>
    options.dryRun === true
      ? new NotedStore(options.openStore(name), (step) => void steps.push(step))
      : options.openStore(name);
  // The run's id is an annotation: what another run has published is another index.
  const again = run === undefined || run.attempt > 1;
  if (isReused(group)) {
    const built = builtNevertheless(group, records, run);
    if (built.length > 0) return refusal(group, built);
    const ready = await republished(group, { published: tags, run, openStore: openSource });
    return publishGroup({ group, ready, tags: tags.tags, again, steps, warnings: [] }, options);
  }
  const recorded = group.legs.map((leg) => candidateOf(leg, records));
  const judge = (candidates: readonly LegCandidate[]) =>
    legProblems({ tagSuffix, form, expected, candidates, revision, run, repositories, searched });
  // By what was recorded first: an image that is incomplete costs no request.
  const early = judge(recorded);
  if (early.length > 0) return refusal(group, early);
  const read = await readLegs(recorded, repositories, openSource);
  const late = read.kind === "failed" ? read.problems : judge(read.candidates);
  if (read.kind === "failed" || late.length > 0) return refusal(group, late, steps);
  const ready = readyGroup(read.candidates, read.legs, { ...group, published: tags, run });
  return publishGroup({ group, ready, tags: tags.tags, again, steps, warnings: read.warnings }, options);
}

interface GroupToPublish {
  readonly group: MergeGroup;
  readonly ready: ReadyGroup;
  readonly tags: readonly Tag[];
  /** It may have been published before. */
  readonly again: boolean;
  /** What a dry run has requested so far; what the real one would request is added. */
  readonly steps: PlannedStep[];
  /** Of reading the legs. */
  readonly warnings: readonly Diagnostic[];
}

async function publishGroup(
  { group, ready, tags, again, steps, warnings }: GroupToPublish,
  options: MergeOptions,
): Promise<GroupReport> {
  const { image, tagSuffix, repositories, form } = group;
  const { index } = ready;
  const note: Note = (step) => void steps.push(step);
  const children = index.children.map(({ descriptor }) => descriptor);
  const stores = repositories.map(
    (name): ManifestStore =>
      options.dryRun === true ? new DryRunStore(name, children, note) : options.openStore(name),
  );
  // Docker makes indexes of legs alone.
  const ownEngine = group.reused !== undefined || form === "wrapped";
  const engine = engineFor(
    { ...ready, form, again, stores, note },
    ownEngine ? { ...options, engine: "registry" } : options,
  );
  const { digest } = index.manifest.descriptor;
  const immutable = options.immutable === true ? digest : undefined;
  const origin = options.allowRollback === true ? undefined : ready.origin;
  const standing =
    group.reused === undefined
      ? []
      : await standingCommitTags(tags, { stores, digest, children: index.children, revision: ready.origin.revision });
  const toSet = tags.filter((tag) => !standing.includes(tag));
  const signer = options.dryRun === true && options.signer !== undefined ? new DryRunSigner(note) : options.signer;
  const published = await publish({ children: index.children, tags: toSet, stores, engine, signer, immutable, origin });
  const left = standing.flatMap((tag) =>
    repositories.map((repository) => ({ repository, tag, outcome: "left" }) as const),
  );
  const outcome = { ...published, tags: [...published.tags, ...left] };
  const unchanged = tags.length > 0 && outcome.tags.every((tag) => DONE_BEFORE.has(tag.outcome));
  const done = options.dryRun === true ? "planned" : unchanged ? "unchanged" : "published";
  return {
    image,
    tagSuffix,
    repositories,
    verdict: outcome.problems.length > 0 ? "refused" : done,
    digest: outcome.digest,
    platforms: index.platforms.map((platform) => formatPlatform(normalizePlatform(platform))),
    tags: outcome.tags,
    problems: group.reused === undefined ? outcome.problems : asReused(outcome.problems),
    warnings: [...warnings, ...index.warnings, ...(tags.length === 0 ? [UNTAGGED] : []), ...outcome.warnings],
    ...(options.dryRun === true ? { steps } : {}),
    ...reasonOf(group),
  };
}

const DONE_BEFORE: ReadonlySet<TagOutcome["outcome"]> = new Set(["unchanged", "kept", "left"]);

function reasonOf({ reused }: MergeGroup): Pick<GroupReport, "reused"> {
  return reused === undefined ? {} : { reused: reused.why };
}

interface EngineGround extends ReadyGroup {
  readonly form: MergeGroup["form"];
  readonly again: boolean;
  readonly stores: readonly ManifestStore[];
  readonly note: Note;
}

function engineFor({ form, again, legs, index, stores, note }: EngineGround, options: MergeOptions): PublishEngine {
  const pushed = form === "as-built";
  if (options.engine !== "buildx") return new RegistryEngine(index.manifest, stores, { pushed, again });
  if (options.dryRun === true) return new DryRunBuildxEngine({ legs, index, pushed, note });
  return new BuildxEngine({ legs, index, pushed, stores, run: options.docker ?? dockerRunner(process.env) });
}

function refusal(group: MergeGroup, problems: readonly Diagnostic[], steps: readonly PlannedStep[] = []): GroupReport {
  const { image, tagSuffix, repositories } = group;
  return {
    image,
    tagSuffix,
    repositories,
    verdict: "refused",
    digest: undefined,
    platforms: group.expected.map(formatPlatform),
    tags: [],
    problems,
    warnings: [],
    ...(steps.length === 0 ? {} : { steps }),
    ...reasonOf(group),
  };
}
