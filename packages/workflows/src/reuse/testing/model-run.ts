import type { GroupReport, Store } from "@fanfold/digest-tools";
import type { Plan, PlannedGroup } from "../../plan/plan.ts";
import { expectedLayers, type Sources } from "./model-family.ts";
import type { Layers } from "./stub-build.ts";

export interface ModelCommit {
  readonly sha: string;
  readonly sources: Sources;
}

/** A run of the push workflow. */
export interface ModelRun {
  readonly id: number;
  readonly event: "push" | "tag";
  readonly ref: string;
  readonly before: ModelCommit | undefined;
  readonly commit: ModelCommit;
  stage: "plan" | "build" | "merge" | "over";
  plan: Plan | undefined;
  /** Where its records lie. */
  readonly records: string;
}

/** A leg to build: what it is built from is found out before. */
export interface ModelLeg {
  readonly run: ModelRun;
  readonly plan: Plan;
  readonly group: PlannedGroup;
  readonly artifact: string;
  readonly platform: string;
  readonly layers: Layers;
}

/** The programs under test, in one process or as people have them. */
export interface ModelTools {
  /** A registry and a namespace each. */
  readonly places: readonly string[];
  readonly open: (repository: string) => Store;
  readonly plan: (run: ModelRun, runs: readonly ModelRun[], forced: boolean) => Promise<Plan>;
  /** Gives the digest of a base of this run. */
  readonly handOver: (run: ModelRun, image: string, platform: string) => Promise<string>;
  readonly push: (leg: ModelLeg) => Promise<void>;
  readonly merge: (run: ModelRun, plan: Plan) => Promise<readonly Pick<GroupReport, "image" | "verdict">[]>;
  readonly setDown: (place: string, down: boolean) => Promise<void>;
  readonly deleteTag: (repository: string, tag: string) => Promise<void>;
  readonly deleteManifest: (repository: string, digest: string) => Promise<void>;
  readonly close?: () => Promise<void>;
}

/** Whether a change is one of an image, or of what it stands on. */
export function isTouched(image: string, before: ModelCommit, after: ModelCommit): boolean {
  return expectedLayers(image, before.sources).join() !== expectedLayers(image, after.sources).join();
}

/** Images that a plan builds. */
export function builtImages({ groups, matrices }: Plan): readonly string[] {
  const artifacts = new Set(
    Object.values(matrices).flatMap(({ entries }) => entries.map((entry) => entry["artifact-name"])),
  );
  return groups.filter(({ legs }) => legs.some((leg) => artifacts.has(leg["artifact-name"]))).map(({ image }) => image);
}

/** What a plan publishes without a build. */
export function publishedAgain({ groups }: Plan): readonly string[] {
  return groups.flatMap(({ image, from }) => (from === null ? [] : [`${from.why} ${image}`]));
}

export function must<T>(value: T | undefined): T {
  if (value === undefined) throw new Error("expected a value");
  return value;
}
