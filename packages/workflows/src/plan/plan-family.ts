import { type ComparisonRequest, type SelectedChanges, selectChanges } from "@fanfold/changed-backends";
import { type AskedEntries, withDependents } from "@fanfold/changed-backends/internal";
import { type Diagnostic, formatDiagnostic } from "@fanfold-internal/kit/process/diagnostic";
import type { Environment } from "@fanfold-internal/kit/process/host";
import type { OutputPairs } from "@fanfold-internal/kit/process/outputs";
import type { ShardLimits } from "@fanfold-internal/matrix/shards";
import { WorkflowsError } from "../base/error.ts";
import { type FamilyGraph, readFamilyGraph, refuseBadGraph } from "../bases/family-graph.ts";
import type { PlannedTest } from "../build/smoke-test.ts";
import { buildTargets } from "../build/targets.ts";
import { type Family, refuseBadGroups } from "../config/family.ts";
import { type EntryContents, readEntryContents } from "../content/entry-contents.ts";
import { imageContents, keysOfBuilt } from "../content/image-content.ts";
import { type PublishedImage, publishedImages } from "../published/published-images.ts";
import { sampleImages } from "../published/sample-events.ts";
import { refuseBadTags, tagWarnings } from "../published/tag-findings.ts";
import { type FamilyReuse, type ReuseAccess, reuseOfFamily, settingFor } from "../reuse/family-reuse.ts";
import { plannedSigning } from "../sign/planned-signing.ts";
import { plannedMetadataEvent } from "./metadata-event.ts";
import { makePlan, type Plan, selectedImages } from "./plan.ts";
import { placedOutputProblems, plannedLists, planOutputs } from "./plan-outputs.ts";
import { isProposal } from "./proposals.ts";
import { leftOut, leftOutOfProposal, leftOutWarnings } from "./secret-images.ts";
import { heldToDigests, withoutForeignTargets } from "./target-contexts.ts";
import { refuseOtherWaves } from "./wave-limits.ts";

export interface PlannedFamily {
  readonly plan: Plan;
  readonly outputs: OutputPairs;
  readonly warnings: readonly Diagnostic[];
  /** What is published, by image ids; undefined: nobody asked. */
  readonly states?: FamilyReuse["states"] | undefined;
}

export interface PlanOptions {
  /** Of the plan job: what it says of the event's repository and of tags. */
  readonly env: Environment;
  readonly limits?: ShardLimits;
  /** How to ask what is published; default: nobody does. */
  readonly reuse?: ReuseAccess | undefined;
  /** Of a rehearsal: where its images are published in the place of their repositories. Nobody there is who signs. */
  readonly rehearsed?: ((images: readonly PublishedImage[]) => readonly PublishedImage[]) | undefined;
}

/**
 * The plan of one family's files for a change, and its outputs. Whatever can be refused is refused here, before anything is
 * written or built.
 *
 * @throws WorkflowsError `bad-group`, `outputs`; ChangedBackendsError `shards` and those of `selectChanges`;
 * DigestToolsError `invalid-tag`
 */
export async function planFamily(
  request: ComparisonRequest,
  family: Family,
  { env, limits = new Map(), reuse: access, rehearsed }: PlanOptions,
): Promise<PlannedFamily> {
  refuseBadGroups(family);
  const { config, matrix, matrixFindings } = family;
  const [event, [changed, graph, contents], signing] = await Promise.all([
    plannedMetadataEvent(request, env),
    readCommit(request, family, settingFor(request, family, access) !== undefined),
    plannedSigning(request, family, env),
  ]);
  refuseBadGraph(graph);
  refuseOtherWaves(graph, limits);
  const sign = rehearsed === undefined ? signing : null;
  const named = publishedImages(family, event);
  const images = rehearsed?.(named) ?? named;
  const keyed = imageContents(family, graph, contents);
  const reuse = await reuseOfFamily(
    { request, family, graph, event, images, changed, contents: keyed },
    sign,
    access,
    env,
  );
  const found = reuse?.changes ?? { ...changed, selection: withDependents(changed.selection, graph) };
  // A pull request gets few of the tags that follow once it is merged: what will be refused then is found now.
  refuseBadTags([named, ...(publishes(request) ? [] : sampleImages(family))], family);
  const touched = selectedImages(images, found);
  const builds = buildTargets(touched, { build: config.config.build ?? {}, event, baked: family.baked });
  const secret = isProposal(request.event) ? leftOutOfProposal(touched, builds, graph) : [];
  const changes = leftOut(found, secret);
  const selected = touched.filter((image) => !secret.includes(image));
  const built = new Set(selected.flatMap(({ group }) => group.legs.map(({ artifact }) => artifact)));
  const ofBuilt = <T>(all: Readonly<Record<string, T>>): Readonly<Record<string, T>> =>
    Object.fromEntries(Object.entries(all).filter(([artifact]) => built.has(artifact)));
  const own = { targets: ofBuilt(builds.targets), linked: ofBuilt(builds.linked) };
  const { targets, linked } = heldToDigests(withoutForeignTargets(own, selected, graph), reuse?.contexts ?? new Map());
  const warnings = [
    ...config.warnings,
    ...matrix.warnings,
    ...matrixFindings,
    ...changes.warnings,
    ...(publishes(request) ? tagWarnings(selected.filter(({ merged }) => merged)) : []),
    ...graph.findings,
    ...builds.problems,
    ...leftOutWarnings(secret),
    ...(reuse?.warnings ?? []),
  ];
  const plan = makePlan({
    event: request.event,
    ...plannedLists(family),
    images,
    targets,
    linked,
    anchorHosts: anchorHosts(family),
    test: plannedTest(family),
    sign,
    bases: { graph, inWaves: !isProposal(request.event) },
    contentKeys: keysOfBuilt(reuse?.contents ?? keyed, builtIds(selected), reuse?.standing),
    changes,
    reuse,
    warnings: warnings.map(formatDiagnostic),
  });
  const outputs = planOutputs(plan, plannedLists(family), limits);
  const problems = placedOutputProblems(outputs, matrix);
  if (problems.length > 0) {
    throw new WorkflowsError({ code: "outputs", message: "the outputs cannot be written", problems });
  }
  return { plan, outputs, warnings, states: reuse?.states };
}

/** Of an event it is known what is built; else it is what changes are looked for in. */
async function readCommit(
  request: ComparisonRequest,
  family: Family,
  keysNeeded: boolean,
): Promise<readonly [SelectedChanges, FamilyGraph, EntryContents]> {
  const changed = selectChanges(request, family.ground);
  const head = request.event.sha === null ? (await changed).head : null;
  const graph = readFamilyGraph(request, family, head);
  const contents = async (): Promise<EntryContents> => {
    if (keysNeeded) return readEntryContents(request, family, head);
    // Where nobody needs a key, it is not worth a request for each Dockerfile.
    if (!(await isCloned(request))) return { kind: "unknown", reason: "there is no git repository here" };
    return readEntryContents(request, family, head, () => builtEntries(changed, graph));
  };
  // Nothing is waited for in between: a refusal by one of them that nobody hears yet would end the process.
  return Promise.all([changed, graph, contents()]);
}

/** What is built, where nothing says what is published: only such images have a key in the plan. */
async function builtEntries(changed: Promise<SelectedChanges>, graph: Promise<FamilyGraph>): Promise<AskedEntries> {
  const { lists } = withDependents((await changed).selection, await graph);
  const built = new Map(lists.map(({ name, selected }) => [name, new Set(selected)]));
  return (list, index) => built.get(list)?.has(index) === true;
}

/** What git refuses is said where changes are looked for. */
async function isCloned({ sources }: ComparisonRequest): Promise<boolean> {
  return (await sources.checkout().catch(() => undefined)) !== undefined;
}

function builtIds(selected: readonly PublishedImage[]): ReadonlySet<string> {
  return new Set(selected.map(({ group }) => group.identity.id));
}

function anchorHosts({ config }: Family): readonly string[] {
  const { registries = [] } = config.config.workflow ?? {};
  return registries.filter(({ anchor }) => anchor === true).map(({ host }) => host);
}

function plannedTest({ config }: Family): PlannedTest | null {
  const { test, secrets = [] } = config.config.workflow ?? {};
  return test === undefined ? null : { run: test, without: secrets };
}

/** What is built without an event is published nowhere, either, under whatever tags. */
function publishes(request: ComparisonRequest): boolean {
  return !isProposal(request.event) && request.event.name !== "local";
}
