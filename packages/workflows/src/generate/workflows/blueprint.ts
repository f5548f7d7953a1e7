import { groupEntries, shardEntries } from "@fanfold/merge-matrix";
import type { MatrixList } from "@fanfold-internal/matrix/matrix-file";
import { listOutputPart, withPart } from "@fanfold-internal/matrix/names";
import { SHARD_KINDS, type ShardKind, shardClass } from "@fanfold-internal/matrix/shards";
import { DEFAULT_CONFIG, type WorkflowConfig, workflowName } from "../../config/config.ts";
import type { Family } from "../../config/family.ts";
import type { Callee } from "./callee.ts";

/** The list whose entries the generated build workflow builds; others are built by hand-written workflows. */
export const BUILT_LIST = "include";

/** A job over one shard of a list. */
export interface ShardJob {
  readonly id: string;
  readonly list: string;
  readonly kind: ShardKind;
  /** As in the outputs `matrix-<output>` and `has-<output>`: `multi-1`, `darwin-single-2`. */
  readonly output: string;
  /** Undefined: the generated build workflow. */
  readonly callee: CalledList | undefined;
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
  readonly matrixFile: string;
  readonly images: readonly string[];
  readonly workflow: WorkflowConfig;
  readonly jobs: readonly ShardJob[];
  /** Lists with images of several legs: they are merged. `include` always is, so that its first such image needs no new file. */
  readonly mergedLists: readonly string[];
  /** What `plan` is told by `--shards`. */
  readonly shardLimits: ReadonlyMap<string, number>;
}

export function blueprintOf({ config, matrix }: Family, called: readonly CalledList[]): Blueprint {
  const workflow = config.config.workflow ?? {};
  const lists = matrix.lists.flatMap((list) => {
    const callee = called.find((each) => each.list === list.name);
    return list.name === BUILT_LIST || callee !== undefined ? [{ list, callee }] : [];
  });
  const jobs = lists.flatMap(({ list, callee }) => shardJobs(list, callee));
  return {
    name: workflowName(config.config),
    configFile: config.file ?? DEFAULT_CONFIG,
    matrixFile: matrix.file,
    images: config.config.images ?? [],
    workflow,
    jobs,
    mergedLists: lists.map(({ list }) => list).flatMap((list) => (isMerged(list) ? [list.name] : [])),
    shardLimits: new Map(
      lists.flatMap(({ list: { name } }) =>
        SHARD_KINDS.map((kind): [string, number] => [
          shardClass(name, kind),
          jobs.filter((job) => job.list === name && job.kind === kind).length,
        ]),
      ),
    ),
  };
}

/** The name of an output of the plan that is about one list: `has-merges`, `has-merges-darwin`. */
export function listOutput(name: string, list: string): string {
  return withPart(name, listOutputPart(list));
}

/** Whether a list has images of several legs. */
export function hasMultiGroups(list: MatrixList): boolean {
  return groupEntries(list.entries).some(({ legs }) => legs.length > 1);
}

function isMerged(list: MatrixList): boolean {
  return list.name === BUILT_LIST || hasMultiGroups(list);
}

function shardJobs(list: MatrixList, callee: CalledList | undefined): readonly ShardJob[] {
  const shards = shardEntries(list.entries);
  return SHARD_KINDS.flatMap((kind) => {
    // One at least: the first image of a kind needs no new workflow then.
    const count = Math.max(1, shards[kind].length);
    return Array.from({ length: count }, (_, index): ShardJob => {
      const output = `${shardClass(list.name, kind)}-${index + 1}`;
      return { id: `build-${output}`, list: list.name, kind, output, callee };
    });
  });
}
