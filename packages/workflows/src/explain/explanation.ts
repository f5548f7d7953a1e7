import type { Cause, Diff } from "@fanfold/changed-backends";
import { DEFAULT_INPUTS, type InputRule } from "@fanfold/changed-backends/internal";
import type { Place } from "@fanfold-internal/kit/process/errors";
import { tagSuffixOf } from "@fanfold-internal/matrix/entry-values";
import type { EntryRef } from "@fanfold-internal/matrix/find-image";
import type { Identify } from "@fanfold-internal/matrix/identity";
import type { ImageBases } from "../bases/graph-view.ts";
import { BEFORE_RULE } from "../config/config.ts";
import type { Family } from "../config/family.ts";
import type { Plan } from "../plan/plan.ts";
import type { ReuseDecision } from "../reuse/decide.ts";
import type { ReuseState } from "../reuse/published-state.ts";

/** A rule as it applies to entries, its placeholders filled. */
export interface RuleView {
  /** `inputs[n]`, `paths` (the entry's own), `inferred` (its Dockerfile), `workflow` (built in). */
  readonly rule: string;
  /** Of `inferred`: what says so, as `backend/Dockerfile:12 COPY src`. */
  readonly inferred?: string;
  /** Where it is written; null: it is built in. */
  readonly at: Place | null;
  readonly paths: readonly string[];
  readonly except: readonly string[];
  readonly entries: readonly EntryName[];
}

export interface EntryName {
  readonly matrix: string;
  /** Position in the matrix file's list. */
  readonly entry: number;
  /** How its image is called. */
  readonly image: string;
  readonly "tag-suffix": string;
}

/** Why a changed file selects what it selects. */
export interface PathExplanation {
  readonly schema: "fanfold.explain/1";
  readonly kind: "path";
  readonly path: string;
  /** Null: not known, for there is no git repository. */
  readonly tracked: boolean | null;
  /** `matrix` and `config` count by value, not by having changed. */
  readonly role: "file" | "matrix" | "config";
  readonly outcome: "selects" | "left-out" | "ignored" | "by-value" | "unmentioned";
  /** Rules that it meets; `paths` holds just the globs that match it. */
  readonly selects: readonly RuleView[];
  /** Names of images that are selected with those, because they stand on them. */
  readonly dependents: readonly string[];
  /** Rules whose `except` takes it away; `except` holds just the globs that match it. */
  readonly leftOut: readonly RuleView[];
  /** Globs under `ignore` that match it. */
  readonly ignoredBy: readonly { readonly glob: string; readonly at: Place | null }[];
  /** What the config says about files that nothing mentions. */
  readonly unmatched: "ignore" | "warn" | "run-all";
}

/** Why entries are selected, or are not. */
export interface EntriesExplanation {
  readonly schema: "fanfold.explain/1";
  readonly kind: "image" | "backend";
  readonly name: string;
  readonly event: Plan["event"];
  readonly diff: Diff;
  readonly images: readonly (ImageBases & {
    readonly matrix: string;
    /** How people call it, unique in the family. */
    readonly image: string;
    readonly "tag-suffix": string;
    readonly at: Place;
    /** Positions in the matrix file's list. */
    readonly entries: readonly number[];
    readonly selected: boolean;
    /** `left-out`: its build, or that of what it is built from, takes a secret or an SSH agent. */
    readonly "pull-requests": "built" | "left-out";
    /** Repositories that it is published to; none where another workflow publishes it. */
    readonly images: readonly string[];
    /** The tags that the event gives it. */
    readonly tags: readonly string[];
    /** What the commit would build it from, as one text; null: nobody knows, or another workflow publishes it. */
    readonly "content-key": string | null;
    /** Why nobody knows; null: it is known, or nobody has to. */
    readonly "content-unknown": string | null;
    /** What is published of it, and what becomes of it; null: nobody asked. */
    readonly reuse: {
      readonly state: ReuseState;
      /** The tag that was asked: `ghcr.io/o/x:main`. */
      readonly ledger: string;
      /** What is the matter; empty: nothing. */
      readonly why: string;
      readonly outcome: ReuseDecision["kind"];
      /** The earlier run that it is left to. */
      readonly to: string | null;
    } | null;
  })[];
  /** `entry` is the position in the matrix file's list. */
  readonly causes: readonly Cause[];
  readonly rules: readonly RuleView[];
  /** Rules of the config that apply to none of the entries. */
  readonly unapplied: readonly { readonly rule: string; readonly at: Place | null }[];
}

export type Explanation = PathExplanation | EntriesExplanation;

/** Where a rule is written: in the config, or in the entry that carries it; null: it is built in. */
export function rulePlace(rule: string, { list, index }: EntryRef, family: Family): Place | null {
  return rule === "paths" ? family.matrix.place(list, index, "paths") : configRulePlace(rule, family);
}

/** Where a rule of the config is written; null: there are only the built-in ones. */
export function configRulePlace(rule: string, { config }: Pick<Family, "config">): Place | null {
  if (rule === BEFORE_RULE) return config.place(["workflow", "before"]);
  const [, position] = /^inputs\[(\d+)\]$/.exec(rule) ?? [];
  if (position === undefined || config.config.inputs === DEFAULT_INPUTS.inputs) return null;
  return config.place(["inputs", Number(position)]);
}

/** Collects rules that entries share: one view for all of those to whom it says the same. */
export class RuleViews {
  readonly #identify: Identify;
  readonly #views = new Map<string, { readonly view: Omit<RuleView, "entries">; readonly entries: EntryName[] }>();

  constructor({ identity }: Pick<Family, "identity">) {
    this.#identify = identity.identify;
  }

  add(ref: EntryRef, view: Omit<RuleView, "entries">): void {
    // An entry's own paths are its own, though another's may read the same.
    const owner = view.rule === "paths" ? [ref.list, ref.index] : [];
    const key = JSON.stringify([view.rule, view.inferred, view.paths, view.except, owner]);
    const known = this.#views.get(key);
    if (known === undefined) this.#views.set(key, { view, entries: [this.#name(ref)] });
    else known.entries.push(this.#name(ref));
  }

  #name({ list, index, entry }: EntryRef): EntryName {
    return { matrix: list, entry: index, image: this.#identify(entry).name, "tag-suffix": tagSuffixOf(entry) };
  }

  all(): readonly RuleView[] {
    return [...this.#views.values()].map(({ view, entries }) => ({ ...view, entries }));
  }
}

/** What says an inferred rule. */
export function saidOf({ inferred }: Pick<InputRule, "inferred">): Pick<RuleView, "inferred"> {
  return inferred === undefined ? {} : { inferred };
}

export function texts(patterns: InputRule["paths"]): readonly string[] {
  return patterns.map(({ text }) => text);
}
