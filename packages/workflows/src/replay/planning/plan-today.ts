import type { ChangesToday, selector, WalkedPush } from "@fanfold/changed-backends/internal";
import { selectEverything, withDependents } from "@fanfold/changed-backends/internal";
import type { PlanGround, PlannedPush } from "./planned-push.ts";

/** Plans pushes by the files of today: rules, matrix and Dockerfiles are compiled once. */
export class TodayPlanner {
  readonly ground: PlanGround;
  readonly #changes: ChangesToday;
  readonly #select: ReturnType<typeof selector>;

  constructor(ground: PlanGround, changes: ChangesToday, select: ReturnType<typeof selector>) {
    this.ground = ground;
    this.#changes = changes;
    this.#select = select;
  }

  async plan(walked: WalkedPush): Promise<PlannedPush> {
    const { ground } = this;
    const said = await this.#changes.of(walked);
    const { lists } = ground.family.matrix;
    if (said.kind === "everything") {
      const { precision, reason } = said;
      return { kind: "planned", ground, selection: selectEverything(lists), precision, reason };
    }
    const selection = withDependents(this.#select(said.change), ground.graph);
    const reason = selection.runAll ? "unmatched" : null;
    return { kind: "planned", ground, selection, precision: "exact", reason };
  }
}
