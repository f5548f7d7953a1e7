import type { Replay, ReplayCost } from "../../replay/replay-document.ts";
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
  const bars = (title: string, value: (cost: ReplayCost) => number, text: (value: number) => string): HTMLElement =>
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
          bars("From push to end", (cost) => cost.wall, duration),
        ]),
        {
          heads: ["All pushes", "Jobs", "Runner time", "In the queue", "From push to end"],
          rows: ways.map(({ label, cost }): readonly Child[] => [
            label,
            number(cost.jobs),
            minutes(cost.minutes),
            duration(cost.waiting),
            duration(cost.wall),
          ]),
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

interface Way {
  readonly mark: Bar["mark"];
  readonly label: string;
  readonly cost: ReplayCost;
}
