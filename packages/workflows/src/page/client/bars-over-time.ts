import { BarChart } from "chartist";
import { type Child, el } from "./elements.ts";
import { figure, legend } from "./sections.ts";
import { count, day, number } from "./words.ts";

/** What a push built, and what everything would have been. */
interface Point {
  readonly time: string;
  readonly ours: number;
  readonly everything: number;
}

/** Pushes beside each other in time, shown as one bar. */
interface Bin {
  readonly from: string;
  readonly to: string;
  readonly pushes: number;
  /** Of one push, on average. */
  readonly ours: number;
  readonly everything: number;
}

// As many as a narrow window shows apart.
const MOST_BARS = 80;

/** How much each push built, from the oldest to the newest. */
export function barsOverTime(newestFirst: readonly Point[]): HTMLElement {
  const bins = binned(newestFirst.toReversed());
  const most = Math.max(...bins.map(({ pushes }) => pushes));
  const each =
    most === 1 ? "Each bar is one push" : `Each bar is ${count(most, "push", "pushes")}, and shows their average`;
  const chart = el("div", { class: "chart over-time" });
  draw(chart, bins);
  return figure(
    "over-time",
    `Entries built per push, the oldest at the left. ${each}.`,
    [
      legend([
        { mark: "ours", label: "Built" },
        { mark: "everything", label: "The whole matrix file" },
      ]),
      chart,
    ],
    {
      heads: ["From", "To", "Pushes", "Built per push", "Whole matrix file"],
      rows: bins.map((bin): readonly Child[] => [
        day(bin.from),
        day(bin.to),
        number(bin.pushes),
        number(bin.ours),
        number(bin.everything),
      ]),
    },
  );
}

function binned(points: readonly Point[]): readonly Bin[] {
  const size = Math.max(1, Math.ceil(points.length / MOST_BARS));
  const bins: Bin[] = [];
  for (let at = 0; at < points.length; at += size) {
    const part = points.slice(at, at + size);
    const mean = (value: (point: Point) => number): number =>
      part.reduce((sum, point) => sum + value(point), 0) / part.length;
    bins.push({
      from: part[0]?.time ?? "",
      to: part.at(-1)?.time ?? "",
      pushes: part.length,
      ours: mean(({ ours }) => ours),
      everything: mean(({ everything }) => everything),
    });
  }
  return bins;
}

function draw(container: HTMLElement, bins: readonly Bin[]): void {
  const chart = new BarChart(
    container,
    {
      labels: bins.map(({ from }) => day(from)),
      series: [
        { name: "everything", className: "everything", data: bins.map(({ everything }) => everything) },
        { name: "ours", className: "ours", data: bins.map(({ ours }) => ours) },
      ],
    },
    {
      // One in front of the other: what is built is a part of everything.
      seriesBarDistance: 0,
      low: 0,
      height: "240px",
      chartPadding: { top: 18, right: 4, bottom: 0, left: 0 },
      axisX: {
        showGrid: false,
        labelInterpolationFnc: fewLabels(bins.length, 6),
      },
      axisY: { onlyInteger: true, offset: 44, scaleMinSpace: 36 },
    },
    [["screen and (max-width: 760px)", { axisX: { labelInterpolationFnc: fewLabels(bins.length, 3) } }]],
  );
  chart.on("draw", (drawn) => {
    if (drawn.type !== "bar") return;
    const bin = bins[drawn.index];
    const node = drawn.element.getNode<SVGElement>();
    const room = drawn.axisX.axisLength / bins.length;
    node.style.strokeWidth = `${Math.max(1, Math.min(room * 0.7, 32))}px`;
    if (bin === undefined) return;
    const when =
      bin.pushes === 1 ? day(bin.from) : `${day(bin.from)} to ${day(bin.to)}, ${count(bin.pushes, "push", "pushes")}`;
    drawn.element.elem("title").text(`${when}: ${number(bin.ours)} of ${number(bin.everything)} entries`);
  });
  chart.on("created", ({ svg }) => {
    svg.attr({ role: "img", "aria-label": "Bar chart of entries built per push; the table below has its numbers" });
  });
}

/** A label is as wide as several bars. */
function fewLabels(bars: number, most: number): (label: string | number, at: number) => string | number | null {
  const step = Math.max(1, Math.ceil(bars / most));
  return (label, at) => (at % step === 0 ? label : null);
}
