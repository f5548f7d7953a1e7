import type { Selection } from "@fanfold/changed-backends";
import type { FamilyGraph } from "../bases/family-graph.ts";
import { workflowName } from "../config/config.ts";
import type { Family } from "../config/family.ts";
import { type LegGround, type ModelLeg, modelLegs } from "./model/model-legs.ts";
import type { ModelFamily, ModelPush, PushedHistory } from "./push-costs.ts";

/** A family at a push; one object for all pushes that have the same. */
export interface PushGround {
  readonly family: Pick<Family, "matrix" | "config" | "identity">;
  readonly graph: FamilyGraph;
}

/** What a push selects. */
export interface SelectedPush {
  readonly ground: PushGround;
  readonly selection: Pick<Selection, "lists">;
}

/** Pushes as they are planned, one after the other, kept for a simulation of them all. */
export class PushRecorder {
  // A history may have a thousand of them, with their Dockerfiles.
  readonly #grounds = new WeakMap<PushGround, GroundModel>();
  /** Most legs of a family are those of the one before. */
  readonly #legs = new Map<string, ModelLeg>();
  readonly #at: number[] = [];
  #newest: PushGround | undefined;
  readonly #ours: ModelPush[] = [];
  readonly #against: ModelPush[] | null;

  /** `against`: whether there is a second config. */
  constructor(against: boolean) {
    this.#against = against ? [] : null;
  }

  /** `time`: ISO 8601. Null: what cannot be planned, which builds nothing. */
  add(time: string, ours: SelectedPush | null, against: SelectedPush | null): void {
    const seconds = Date.parse(time) / 1000;
    const before = this.#at.at(-1);
    // Clocks differ: a push never comes before the one that it stands on.
    this.#at.push(before === undefined ? seconds || 0 : Math.max(before, seconds || before));
    this.#ours.push(this.#push(ours));
    this.#newest = ours?.ground ?? this.#newest;
    this.#against?.push(this.#push(against));
  }

  /** The family of the last push that could be planned, and the file of its workflow; undefined: there is none. */
  newest(): { readonly family: ModelFamily; readonly workflow: string } | undefined {
    if (this.#newest === undefined) return undefined;
    const { config } = this.#newest.family;
    return { family: this.#model(this.#newest).family, workflow: `${workflowName(config.config)}.yml` };
  }

  history(): PushedHistory {
    return { at: this.#at, ours: this.#ours, against: this.#against };
  }

  #push(push: SelectedPush | null): ModelPush {
    if (push === null) return NOTHING;
    const { family, legAt } = this.#model(push.ground);
    const { lists } = push.selection;
    const legs = lists.flatMap(({ name, selected }) => selected.flatMap((index) => legAt.get(name)?.get(index) ?? []));
    // The whole matrix, of which there may be many, is kept once.
    return { family, legs: legs.length === family.legs.length ? family.legs : legs };
  }

  #model(ground: PushGround): GroundModel {
    const known = this.#grounds.get(ground);
    if (known !== undefined) return known;
    const family = familyModel(ground);
    const legs = family.legs.map((leg) => this.#kept(leg));
    const lists = Map.groupBy(legs, ({ list }) => list);
    const legAt = [...lists].map(([list, own]) => [list, new Map(own.map((leg) => [leg.index, leg]))] as const);
    const model = { family: { ...family, legs }, legAt: new Map(legAt) };
    this.#grounds.set(ground, model);
    return model;
  }

  #kept(leg: ModelLeg): ModelLeg {
    const key = JSON.stringify(leg);
    const kept = this.#legs.get(key) ?? leg;
    this.#legs.set(key, kept);
    return kept;
  }
}

const NOTHING: ModelPush = { family: { legs: [], merge: "batch", maxParallel: null }, legs: [] };

interface GroundModel {
  readonly family: ModelFamily;
  /** By list and position. */
  readonly legAt: ReadonlyMap<string, ReadonlyMap<number, ModelLeg>>;
}

/** A family as the model sees it. */
function familyModel({ family: { matrix, config, identity }, graph }: PushGround): ModelFamily {
  const workflow = config.config.workflow ?? {};
  const ground: LegGround = { lists: matrix.lists, identify: identity.identify, workflow, graph };
  return {
    legs: modelLegs(ground),
    merge: workflow.merge ?? "batch",
    maxParallel: workflow["max-parallel"] ?? null,
  };
}
