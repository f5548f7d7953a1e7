import {
  changeByValue,
  changedFiles,
  commitFiles,
  compareInputs,
  FollowedInference,
  findPath,
  rememberedDockerfiles,
  selectEverything,
  type TreeFact,
  type WalkedPush,
  WatchedTree,
  withDependents,
} from "@fanfold/changed-backends/internal";
import { refuseBadGraph } from "../../bases/family-graph.ts";
import type { Family } from "../../config/family.ts";
import { type Families, refusalOf } from "./commit-families.ts";
import type { CommitFiles } from "./commit-files.ts";
import { FamilyState } from "./family-state.ts";
import type { PlanGround, PlannedPush, PlannedSelection } from "./planned-push.ts";
import { refuseOutputs } from "./refuse-outputs.ts";

export interface ThenOptions {
  readonly files: CommitFiles;
  readonly families: Families;
  readonly root: string;
  readonly defaultBranch: string | null;
  readonly shallow: boolean;
}

/** Plans pushes by the files of their commits, as `fanfold plan --base --head` does, one after the other. */
export class ThenPlanner {
  readonly #options: ThenOptions;
  /** Of links, and of what the family of the commit wants. */
  readonly #texts = new Map<string, string>();
  readonly #ids = new Map<string, string>();
  readonly #tree: WatchedTree;
  readonly #inference: FollowedInference;
  readonly #parse = rememberedDockerfiles();
  readonly #states = new WeakMap<Family, FamilyState>();
  readonly #refusals = new WeakMap<PlanGround, string | null>();

  constructor(options: ThenOptions) {
    this.#options = options;
    this.#tree = new WatchedTree(options.files.tree.paths, this.#texts);
    this.#tree.seal();
    this.#inference = new FollowedInference(options.files.tree.paths, this.#texts);
  }

  /** `facts`: what may be another one since the push before. */
  async plan(walked: WalkedPush, facts: ReadonlySet<TreeFact>): Promise<PlannedPush> {
    this.#inference.forget(facts);
    const { push, tree } = walked;
    if (tree === "absent") return refused(`the clone does not have commit ${push.sha.slice(0, 12)}`);
    const found = await this.#options.families.at(push);
    if (found.kind === "refused") return found;
    const { family } = found;
    const state = this.#states.get(family) ?? new FamilyState(family, this.#options.defaultBranch);
    this.#states.set(family, state);
    await this.#readTexts(state.wanted);
    const ground = state.groundIn(this.#tree, this.#parse);
    const why = this.#refusalOf(ground);
    if (why !== null) return refused(why);
    const planned = await this.#select(walked, state, ground);
    try {
      refuseOutputs(planned);
      return planned;
    } catch (error) {
      return refused(refusalOf(error));
    }
  }

  async #select(walked: WalkedPush, state: FamilyState, ground: PlanGround): Promise<PlannedSelection> {
    const { family } = ground;
    const { lists } = family.matrix;
    const { push, changes } = walked;
    const everything = (found: Pick<PlannedSelection, "precision" | "reason">): PlannedSelection => ({
      kind: "planned",
      ground,
      selection: selectEverything(lists),
      ...found,
    });
    if (push.before === null) return everything({ precision: "unknown", reason: "zero-base" });
    if (changes === undefined) {
      return everything({ precision: "unknown", reason: this.#options.shallow ? "shallow" : "git-failed" });
    }
    const compared = await compareInputs(this.#commit(walked), family.ground, {
      diff: { files: changedFiles(changes), precision: "exact" },
      readBase: (path) => this.#options.files.readBefore(path, walked),
      readTarget: async () => undefined,
    });
    if (compared.kind === "everything") return everything(compared.overruled);
    const select = state.selectorIn(this.#tree, this.#inference);
    const selection = withDependents(select(changeByValue(family.ground, compared)), ground.graph);
    const reason = selection.runAll ? "unmatched" : null;
    return { kind: "planned", ground, selection, precision: "exact", reason };
  }

  #commit({ push }: WalkedPush): Parameters<typeof compareInputs>[0] {
    const { files, root } = this.#options;
    return {
      root,
      comparison: { kind: "commits", base: push.before ?? "", head: push.sha },
      event: { name: "local", ref: null, sha: push.sha, defaultBranch: null },
      ...commitFiles(push.sha, (path) => files.read(path)),
    };
  }

  #refusalOf(ground: PlanGround): string | null {
    const known = this.#refusals.get(ground);
    if (known !== undefined) return known;
    const why = refusalIn(() => refuseBadGraph(ground.graph));
    this.#refusals.set(ground, why);
    return why;
  }

  /** Links first: what is wanted may stand behind some. */
  async #readTexts(wanted: readonly string[]): Promise<void> {
    const { links, paths } = this.#options.files.tree;
    const facts = new Set<TreeFact>();
    for (const path of links) await this.#readText(path, facts);
    const found = new Set([...links, ...wanted.flatMap((path) => findPath(path, this.#tree)?.path ?? [])]);
    for (const path of found) if (paths.kindOf(path) === "file") await this.#readText(path, facts);
    for (const path of this.#ids.keys()) {
      if (found.has(path)) continue;
      this.#ids.delete(path);
      if (this.#texts.delete(path)) facts.add(`text ${path}`);
    }
    this.#inference.forget(facts);
  }

  async #readText(path: string, facts: Set<TreeFact>): Promise<void> {
    const { files } = this.#options;
    const id = files.tree.objectAt(path)?.id;
    if (id === undefined || this.#ids.get(path) === id) return;
    const text = await files.text(path);
    this.#ids.set(path, id);
    if (text === undefined) this.#texts.delete(path);
    else this.#texts.set(path, text);
    facts.add(`text ${path}`);
  }
}

function refused(why: string): PlannedPush {
  return { kind: "refused", why };
}

function refusalIn(check: () => void): string | null {
  try {
    check();
    return null;
  } catch (error) {
    return refusalOf(error);
  }
}
