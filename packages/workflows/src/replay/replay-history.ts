import { basename } from "node:path";
import { type ComparisonRequest, requestComparison } from "@fanfold/changed-backends";
import {
  ChangesToday,
  type Checkout,
  fromRoot,
  inferInputs,
  openBlobReader,
  refuseUnusable,
  selectionGround,
  selector,
  walkHistory,
} from "@fanfold/changed-backends/internal";
import { type Diagnostic, formatDiagnostic } from "@fanfold-internal/kit/process/diagnostic";
import { isFanfoldError } from "@fanfold-internal/kit/process/errors";
import type { Host } from "@fanfold-internal/kit/process/host";
import { readText } from "@fanfold-internal/kit/read/text";
import { WorkflowsError } from "../base/error.ts";
import { readFamilyGraph, refuseBadGraph } from "../bases/family-graph.ts";
import { type LoadedConfig, parseConfig } from "../config/config.ts";
import { buildsAlike, type Family, familyPaths, readFamily, refuseBadGroups } from "../config/family.ts";
import { CommitFamilies } from "./planning/commit-families.ts";
import { CommitFiles } from "./planning/commit-files.ts";
import { familyEvaluation, OtherFamilies, otherFamily } from "./planning/evaluate-family.ts";
import { ThenPlanner } from "./planning/plan-then.ts";
import { TodayPlanner } from "./planning/plan-today.ts";
import type { PlanGround } from "./planning/planned-push.ts";
import { type FoundPushes, findPushes } from "./pushes/find-pushes.ts";
import type { Replay, ReplayPush } from "./replay-document.ts";
import type { ReplayRequest } from "./replay-flags.ts";
import { type PushPlans, ReplayTally } from "./replay-tally.ts";
import { replayWarnings } from "./replay-warnings.ts";

/** Sees a replay as it goes on. */
export interface ReplayObserver {
  /** How many pushes there are. */
  begin(pushes: number): void;
  /** One after the other, from the oldest to the newest; causes have the numbers of the moment. */
  push(push: ReplayPush, plans: PushPlans): void;
}

export interface ReplayResult {
  readonly replay: Replay;
  readonly findings: readonly Diagnostic[];
}

/**
 * Plans each push of the history of HEAD. Nothing is fetched, and nothing is written.
 *
 * @throws ChangedBackendsError `no-repository`, `unknown-revision`, `git-refused`, and with WorkflowsError `unreadable-input`,
 * `bad-rule`, `bad-group`: by the files of today nothing can be planned
 */
export async function replayHistory(asked: ReplayRequest, host: Host, observer: ReplayObserver): Promise<ReplayResult> {
  // HEAD with itself: the files of the work tree, whatever event there is.
  const flags = { matrix: asked.files.matrix, base: "HEAD" };
  const request = await requestComparison(flags, { ...host, env: unforced(host.env) }).catch((error: unknown) => {
    throw withoutHistory(error, host.cwd) ?? error;
  });
  const checkout = await request.sources.checkout();
  if (checkout === undefined) throw noRepository(request.root);
  const against = asked.against === undefined ? undefined : readAgainst(asked.against, request.root, host);
  const replaying: Replaying = { asked, request, checkout, against, host };
  const today = asked.rules === "now" ? await todayOf(replaying) : await todayIfAny(replaying);
  const found = await findPushes(checkout, asked, host);
  const tally = new ReplayTally(asked.against ?? null);
  if (today.ground !== undefined) tally.images.of(today.ground, true);
  observer.begin(found.pushes.length);
  const blobs = openBlobReader(checkout, host);
  // Where today there is nothing to plan, that of the newest push that can be planned.
  let config = configOf(today.ground?.family);
  try {
    const plan = asked.rules === "now" ? await planToday(replaying, today, blobs) : planThen(replaying, blobs);
    const followed = asked.rules === "then";
    for await (const walked of walkHistory(found.pushes, found.log, { checkout, access: host, followed })) {
      const plans = await plan(walked);
      if (today.ground === undefined && plans.ours.kind === "planned") config = configOf(plans.ours.ground.family);
      observer.push(tally.add(walked, plans), plans);
    }
  } finally {
    await blobs.close();
  }
  const findings = [...today.findings, ...replayWarnings(found, asked)];
  return { replay: await documentOf(replaying, today.ground, { found, tally, findings, config }), findings };
}

interface Replaying {
  readonly asked: ReplayRequest;
  readonly request: ComparisonRequest;
  readonly checkout: Checkout;
  readonly against: LoadedConfig | undefined;
  readonly host: Host;
}

interface Today {
  readonly ground: PlanGround | undefined;
  readonly findings: readonly Diagnostic[];
}

type PlanPush = (walked: Parameters<TodayPlanner["plan"]>[0]) => Promise<PushPlans>;
type Blobs = ReturnType<typeof openBlobReader>;

/** The files that lie there now. */
async function todayOf({ asked, request, host }: Replaying): Promise<Today> {
  const family = await readFamily(request, familyPaths(request.root, host.cwd, asked.files), host);
  refuseBadGroups(family);
  refuseUnusable(family.ground);
  const graph = await readFamilyGraph(request, family);
  refuseBadGraph(graph);
  return { ground: { family, graph }, findings: graph.findings };
}

/** Of a history it is worth to be told, too, when today there is nothing to plan. */
async function todayIfAny(replaying: Replaying): Promise<Today> {
  const { asked, request, host } = replaying;
  const paths = familyPaths(request.root, host.cwd, asked.files);
  const outside = [paths.config, paths.matrix].find((path) => path?.startsWith("../"));
  if (outside !== undefined) {
    throw new WorkflowsError({
      code: "unreadable-input",
      message: "it is not in the repository, so that no commit has it",
      at: { file: outside },
      fix: "name a file of the repository, or replay by the files of today: --rules now",
    });
  }
  try {
    return { ...(await todayOf(replaying)), findings: [] };
  } catch (error) {
    if (!isFanfoldError(error)) throw error;
    const [first] = error.diagnostics;
    const said = first === undefined ? error.message : formatDiagnostic({ ...first, fix: undefined });
    const message = `nothing can be planned by the files of today, and images are those of former commits: ${said}`;
    return { ground: undefined, findings: [{ code: "nothing-today", severity: "warning", message }] };
  }
}

async function planToday(replaying: Replaying, { ground }: Today, blobs: Blobs): Promise<PlanPush> {
  if (ground === undefined) throw new Error("there is nothing to plan by");
  const { against: config, request } = replaying;
  const ours = await todayPlanner(ground, replaying, blobs);
  if (config === undefined) return async (walked) => ({ ours: await ours.plan(walked), against: null });
  const family = otherFamily(config, ground.family);
  const graph = await readFamilyGraph(request, family);
  refuseBadGraph(graph);
  const other = await todayPlanner({ family, graph }, replaying, blobs);
  return async (walked) => ({ ours: await ours.plan(walked), against: await other.plan(walked) });
}

async function todayPlanner(ground: PlanGround, { request }: Replaying, blobs: Blobs): Promise<TodayPlanner> {
  const input = ground.family.ground;
  const path = input.config?.path ?? "";
  const { inferred } = await inferInputs(request, input, null);
  const changes = new ChangesToday(input, (left, right) => buildsAlike(left, right, path), blobs);
  return new TodayPlanner(ground, changes, selector(selectionGround(input, inferred)));
}

function planThen({ asked, request, checkout, against, host }: Replaying, blobs: Blobs): PlanPush {
  const { root, event } = request;
  const { ref, defaultBranch } = event;
  const files = new CommitFiles(blobs);
  const paths = familyPaths(root, host.cwd, asked.files);
  const families = new CommitFamilies(files, familyEvaluation({ root, paths, ref, defaultBranch, env: host.env }));
  const options = { files, families, root, defaultBranch, shallow: checkout.shallow };
  const ours = new ThenPlanner(options);
  const other =
    against === undefined ? undefined : new ThenPlanner({ ...options, families: new OtherFamilies(against, families) });
  return async (walked) => {
    const facts = files.follow(walked);
    return { ours: await ours.plan(walked, facts), against: (await other?.plan(walked, facts)) ?? null };
  };
}

/** @throws InputError `unreadable-file`; WorkflowsError `unreadable-input` */
function readAgainst(file: string, root: string, host: Host): LoadedConfig {
  const fix = "name a config to compare with";
  const text = readText(host, file, { what: "the second config", fix });
  const parsed = parseConfig(text, fromRoot(root, host.cwd, file));
  if (parsed.kind === "ok") return parsed.value;
  const message = "the second config is not usable";
  throw new WorkflowsError({ code: "unreadable-input", message, problems: parsed.problems });
}

async function documentOf(
  { asked, request, checkout, host }: Replaying,
  today: PlanGround | undefined,
  {
    found,
    tally,
    findings,
    config,
  }: { found: FoundPushes; tally: ReplayTally; findings: readonly Diagnostic[]; config: string | null },
): Promise<Replay> {
  const lists = today?.family.matrix.lists ?? [];
  const counts = today === undefined ? undefined : tally.images.of(today);
  return {
    schema: "fanfold.replay/1",
    repository: titleOf(await checkout.originUrl()) ?? basename(request.root),
    branch: (await checkout.headRef())?.slice("refs/heads/".length) ?? null,
    config: config ?? familyPaths(request.root, host.cwd, asked.files).config ?? null,
    rules: asked.rules,
    grouping: found.grouping,
    matrix: {
      entries: lists.reduce((sum, { entries }) => sum + entries.length, 0),
      images: counts?.images.length ?? 0,
    },
    ...tally.result(),
    model: null,
    ends: found.ends,
    warnings: findings.map(formatDiagnostic),
  };
}

function configOf(family: Family | undefined): string | null {
  return family?.config.file ?? null;
}

/** `owner/name` of an address. */
function titleOf(url: string | undefined): string | undefined {
  return /^(?:[a-z+]+:\/\/[^/]+\/|[^/:]+:)(?:.*\/)?([^/]+\/[^/]+?)(?:\.git)?\/?$/i.exec(url ?? "")?.[1];
}

/** What is compared is not for the user to say; undefined: it is about something else. */
function withoutHistory(error: unknown, folder: string): WorkflowsError | undefined {
  const code = isFanfoldError(error) ? error.code : undefined;
  if (code === "no-repository") return noRepository(folder);
  if (code !== "unknown-revision") return undefined;
  return new WorkflowsError({
    code: "no-repository",
    message: "the repository has no commit yet",
    fix: "commit something first: history is what is replayed",
  });
}

function noRepository(root: string): WorkflowsError {
  return new WorkflowsError({
    code: "no-repository",
    message: `git finds no repository in ${root}`,
    fix: "run it in a clone: history is git's",
  });
}

/** What forces a run to build everything says nothing about history. */
function unforced(env: Host["env"]): Host["env"] {
  return Object.fromEntries(Object.entries(env).filter(([name]) => name !== "FORCE_ALL"));
}
