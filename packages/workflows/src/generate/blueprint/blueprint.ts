import { shardsOf } from "@fanfold/changed-backends/internal";
import type { Identify } from "@fanfold-internal/matrix/identity";
import type { MatrixList } from "@fanfold-internal/matrix/matrix-file";
import { listOutputPart, withPart } from "@fanfold-internal/matrix/names";
import { SHARD_KINDS, type ShardKind, shardClass, waveClass } from "@fanfold-internal/matrix/shards";
import type { FamilyGraph } from "../../bases/family-graph.ts";
import { type Config, DEFAULT_CONFIG, type WorkflowConfig, workflowName } from "../../config/config.ts";
import type { Family } from "../../config/family.ts";
import type { FamilyIdentity } from "../../config/identity.ts";
import { BUILT_LIST, handsOverArtifacts, hasMultiGroups } from "../../config/lists.ts";
import { builtGitTags } from "../../published/git-tags.ts";
import { reuseSetting } from "../../reuse/reuse-setting.ts";
import type { Pin } from "../yaml/pins.ts";
import type { Callee } from "./callee.ts";
import type { DiskActionName } from "./paths.ts";

/** The output of the plan that says whether any image is published. */
export const HAS_PUBLISH = "has-publish";

/** A job over one shard of a list. */
export interface ShardJob {
  readonly id: string;
  readonly list: string;
  /** A wave has images of several legs and singles; it is there for pushes alone. */
  readonly kind: ShardKind | "wave";
  /** From 1; undefined: of no wave. */
  readonly wave: number | undefined;
  /** As in the outputs `matrix-<output>` and `has-<output>`: `multi-1`, `darwin-single-2`, `wave1-1`. */
  readonly output: string;
  /** Undefined: the generated build workflow. */
  readonly callee: CalledList | undefined;
  /** Whether it leaves records for the merge. */
  readonly merged: boolean;
}

/** A hand-written workflow for a list. */
export interface CalledList {
  readonly list: string;
  readonly uses: string;
  readonly with: Readonly<Record<string, string | number | boolean>>;
  readonly callee: Callee;
}

/** What the workflows of a family are made from. */
export interface Blueprint {
  readonly name: string;
  readonly configFile: string;
  /** The matrix file, or bake files. */
  readonly matrixFiles: readonly string[];
  /** Variables of the repository that bake files see. */
  readonly bakeVariables: readonly string[];
  /** The keys of an entry that tell its image from others, besides its suffix. */
  readonly nameKeys: Pick<FamilyIdentity, "imageKeys" | "groupKeys">;
  /** Patterns of git tags whose pushes are built; none: no push of a tag is. */
  readonly gitTags: readonly string[];
  readonly workflow: WorkflowConfig;
  /** Whether what is published is looked at. */
  readonly reuses: boolean;
  /** How images are signed; undefined: they are not. */
  readonly sign: Config["sign"];
  /** Where Fanfold's own actions are used: their pin. Undefined: npx runs its commands. */
  readonly ownActions: Pin | undefined;
  /** Those whose pushes are built. */
  readonly branches: readonly string[];
  readonly jobs: readonly ShardJob[];
  /**
   * Lists whose images of several legs are merged: `include`, and those that have any and whose workflow is handed the
   * names of its artifacts.
   */
  readonly mergedLists: readonly string[];
  /** What `plan` is told by `--shards`. */
  readonly shardLimits: ReadonlyMap<string, number>;
  /** What the composite actions are called; they are there only with `workflow.need-disk`. */
  readonly diskActions: Readonly<Record<DiskActionName, string>>;
}

/** What a repository has besides configs and matrices. */
export interface Surroundings {
  readonly called: readonly CalledList[];
  /** Names of composite actions that are somebody's own. */
  readonly taken: ReadonlySet<string>;
  /** Those whose pushes are built. */
  readonly branches: readonly string[];
  /** What images are built from; undefined: not from each other. */
  readonly graph: FamilyGraph | undefined;
  /** The pin of Fanfold's actions, where there is one. */
  readonly own?: Pin | undefined;
}

export function blueprintOf(family: Family, { called, taken, branches, graph, own }: Surroundings): Blueprint {
  const { config, matrix, identity } = family;
  const { identify } = identity;
  const workflow = config.config.workflow ?? {};
  const lists = matrix.lists.flatMap((list) => {
    const callee = called.find((each) => each.list === list.name);
    return list.name === BUILT_LIST || callee !== undefined ? [{ list, callee }] : [];
  });
  const jobs = [
    ...lists.flatMap(({ list, callee }) => shardJobs(list, callee, { identify, graph })),
    ...(graph === undefined ? [] : waveJobs(graph)),
  ];
  const name = workflowName(config.config);
  const diskAction = (action: DiskActionName): string => (taken.has(action) ? `${name}-${action}` : action);
  return {
    name,
    configFile: config.file ?? DEFAULT_CONFIG,
    matrixFiles: family.ground.matrixSource?.paths ?? [matrix.file],
    bakeVariables: family.baked ? repositoryVariables(config.config) : [],
    nameKeys: identity,
    gitTags: builtGitTags(family),
    workflow,
    reuses: reuseSetting(config.config) !== undefined,
    sign: config.config.sign,
    ownActions: workflow.runtime === "action" ? own : undefined,
    branches,
    jobs,
    mergedLists: lists.filter(({ list, callee }) => isMerged(list, callee, identify)).map(({ list }) => list.name),
    shardLimits: shardLimits(jobs),
    diskActions: {
      "free-disk-space": diskAction("free-disk-space"),
      "setup-build-disk": diskAction("setup-build-disk"),
    },
  };
}

/** Those that the runner does not set itself. */
function repositoryVariables({ bake }: Family["config"]["config"]): readonly string[] {
  return (bake?.variables ?? []).filter((name) => !/^(?:GITHUB|RUNNER)_/i.test(name));
}

/** The name of an output of the plan that is about one list: `has-merges`, `has-merges-darwin`. */
export function listOutput(name: string, list: string): string {
  return withPart(name, listOutputPart(list));
}

function isMerged(list: MatrixList, callee: CalledList | undefined, identify: Identify): boolean {
  if (list.name === BUILT_LIST) return true;
  return callee !== undefined && handsOverArtifacts(callee) && hasMultiGroups(list, identify);
}

function shardJobs(
  list: MatrixList,
  callee: CalledList | undefined,
  { identify, graph }: { readonly identify: Identify; readonly graph: FamilyGraph | undefined },
): readonly ShardJob[] {
  // Where nothing is published, there are no waves, and their entries are built with all others.
  const waveOf = graph?.list.name === list.name ? graph.waveOf : undefined;
  const cuts = [shardsOf(list, identify), shardsOf(list, identify, waveOf)];
  return SHARD_KINDS.flatMap((kind) => {
    // One at least: the first image of a kind needs no new workflow then.
    const count = Math.max(1, ...cuts.map((shards) => shards[kind].length));
    return Array.from({ length: count }, (_, index): ShardJob => {
      const output = `${shardClass(list.name, kind)}-${index + 1}`;
      const merged = callee === undefined || (kind === "multi" && isMerged(list, callee, identify));
      return { id: `build-${output}`, list: list.name, kind, wave: undefined, output, callee, merged };
    });
  });
}

function waveJobs({ list, identify, waveOf }: FamilyGraph): readonly ShardJob[] {
  return shardsOf(list, identify, waveOf).waves.flatMap((shards, before) =>
    shards.map((_, index): ShardJob => {
      const wave = before + 1;
      const output = `${waveClass(wave)}-${index + 1}`;
      return { id: `build-${output}`, list: list.name, kind: "wave", wave, output, callee: undefined, merged: true };
    }),
  );
}

/** How many jobs there are of each class, in their order. */
function shardLimits(jobs: readonly ShardJob[]): ReadonlyMap<string, number> {
  const limits = new Map<string, number>();
  for (const { list, kind, wave } of jobs) {
    const name = kind === "wave" ? waveClass(wave ?? 1) : shardClass(list, kind);
    limits.set(name, (limits.get(name) ?? 0) + 1);
  }
  return limits;
}

/** The jobs of a workflow: pull requests, which publish nothing, have no waves. */
export function jobsFor({ jobs }: Pick<Blueprint, "jobs">, publishes: boolean): readonly ShardJob[] {
  return publishes ? jobs : jobs.filter(({ kind }) => kind !== "wave");
}

/** Whether images are built from each other. */
export function hasWaves({ jobs }: Pick<Blueprint, "jobs">): boolean {
  return jobs.some(({ kind }) => kind === "wave");
}
