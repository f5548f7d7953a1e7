import type { Replay, ReplayTotalCosts } from "../../replay/replay-document.ts";
import { OTHER_WAYS } from "../../simulate/other-ways.ts";
import { type Bar, comparedBars } from "./compared-bars.ts";
import { type Child, el, outside } from "./elements.ts";
import { figure, type Section } from "./sections.ts";
import { count, duration, number } from "./words.ts";

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
  const bars = (title: string, value: (cost: TotalCost) => number, text: (value: number) => string): HTMLElement =>
    comparedBars(
      title,
      ways.map(({ mark, label, cost }) => ({ mark, label, value: value(cost), text: text(value(cost)) })),
    );
  const minutes = (value: number): string => duration(value * 60);
  return {
    id: "cost",
    title: "Cost",
    content: [
      figure(
        "cost-chart",
        `All pushes together, with ${count(model.cap, "job")} at the same time at most.`,
        el("div", { class: "multiples" }, [
          bars("Runner time", (cost) => cost.minutes, minutes),
          bars("Jobs in the queue", (cost) => cost.waiting, duration),
          bars("A push in the middle, to its end", ({ walls }) => walls.median, duration),
        ]),
        {
          heads: [
            "All pushes",
            "Jobs",
            "Runner time",
            "In the queue",
            "Half of them end in",
            "Nine of ten in",
            "The last in",
          ],
          rows: [
            ...ways.map(({ label, cost }) => costRow(label, cost)),
            ...model.comparisons.map(({ kind, total }) => costRow(`This config, ${OTHER_WAYS[kind]}`, total)),
          ],
        },
      ),
      el("p", {}, "Durations: ", outside(model.durations), "."),
      model.assumptions.length === 0
        ? null
        : el(
            "details",
            {},
            el("summary", {}, "What the model assumes"),
            el(
              "ul",
              {},
              model.assumptions.map((text) => el("li", {}, outside(text))),
            ),
          ),
    ],
  };
}

type TotalCost = ReplayTotalCosts["ours"];

interface Way {
  readonly mark: Bar["mark"];
  readonly label: string;
  readonly cost: TotalCost;
}

function costRow(label: string, { jobs, minutes, waiting, walls }: TotalCost): readonly Child[] {
  const times = [minutes * 60, waiting, walls.median, walls.ninth, walls.longest];
  return [label, number(jobs), ...times.map(duration)];
}
