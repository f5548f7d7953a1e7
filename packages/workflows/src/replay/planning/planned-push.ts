import type { DiffReason, Precision, Selection } from "@fanfold/changed-backends";
import type { FamilyGraph } from "../../bases/family-graph.ts";
import type { Family } from "../../config/family.ts";

/** What plans are made from; the same object as long as it is the same. */
export interface PlanGround {
  readonly family: Family;
  readonly graph: FamilyGraph;
}

/** What one push builds by one config. */
export type PlannedPush = PlannedSelection | RefusedPush;

export interface PlannedSelection {
  readonly kind: "planned";
  readonly ground: PlanGround;
  readonly selection: Selection;
  readonly precision: Precision;
  /** Why everything is selected; null: rules decided. */
  readonly reason: DiffReason | null;
}

/** The files of its commit give no plan. */
interface RefusedPush {
  readonly kind: "refused";
  /** In a line. */
  readonly why: string;
}
