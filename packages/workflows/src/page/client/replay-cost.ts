import type { Replay, ReplayTotalCosts } from "../../replay/replay-document.ts";
import { OTHER_WAYS } from "../../simulate/other-ways.ts";
import { type Bar, comparedBars } from "./compared-bars.ts";
import { type Child, el, outside } from "./elements.ts";
import { figure, type Section } from "./sections.ts";
import { count, duration, number } from "./words.ts";

type Cost = ReplayTotalCosts["ours"];

/** What all pushes together cost, before and after; null: nobody asked. */
export function costSection({ totals, model, against }: Replay): Section | null {
  if (totals.cost === null || model === null) return null;
  const { ours, everythingEachTime, against: second } = totals.cost;
  const ways: readonly Way[] = [
    { mark: "everything", label: "Everything", cost: everythingEachTime },
    { mark: "ours", label: "This config", cost: ours },
    ...(second === null || against === null
      ? []
      : [{ mark: "against" as const, label: "Second config", cost: second }]),
  ];
  const others = model.comparisons.map(({ kind, total }) => ({
    label: `This config, ${OTHER_WAYS[kind]}`,
    cost: total,
  }));
  const bars = (title: string, value: (cost: Cost) => number): HTMLElement =>
    comparedBars(
      title,
      ways.map(({ mark, label, cost }) => ({ mark, label, value: value(cost), text: duration(value(cost)) })),
    );
  return {
    id: "cost",
    title: "Minutes and queue",
    content: [
      figure(
        "cost-chart",
        `All pushes, simulated with ${count(model.cap, "job")} at the same time at most. Runner time is what GitHub bills; the queue is the time of all jobs in it.`,
        el("div", { class: "multiples" }, [
          bars("Runner time", runnerTime),
          bars("Queue", ({ waiting }) => waiting),
          bars("Half of the pushes end in", ({ walls }) => walls.median),
        ]),
        {
          heads: [
            "All pushes",
            "Jobs",
            "Runner time",
            "Queue",
            "Half end in",
            "Nine of ten in",
            "All in",
            "Busy runners",
          ],
          rows: [...ways, ...others].map(({ label, cost }): readonly Child[] => [
            label,
            number(cost.jobs),
            duration(runnerTime(cost)),
            duration(cost.waiting),
            duration(cost.walls.median),
            duration(cost.walls.ninth),
            duration(cost.walls.longest),
            cost.demand === null ? "–" : number(cost.demand),
          ]),
        },
      ),
      el("p", {}, "Durations: ", outside(model.durations), "."),
      model.assumptions.length === 0
        ? null
        : el(
            "details",
            {},
            el("summary", {}, "What the model takes for granted"),
            el(
              "ul",
              {},
              model.assumptions.map((text) => el("li", {}, outside(text))),
            ),
          ),
    ],
  };
}

interface Way {
  readonly mark: Bar["mark"];
  readonly label: string;
  readonly cost: Cost;
}

function runnerTime({ minutes }: Cost): number {
  return minutes * 60;
}
