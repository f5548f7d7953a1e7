import { BarChart } from "chartist";
import { el } from "./elements.ts";

/** One of several ways, and its number. */
export interface Bar {
  /** Which colour it has, and which it is. */
  readonly mark: "everything" | "ours" | "against";
  readonly label: string;
  readonly value: number;
  readonly text: string;
}

const ROW = 34;

/** A few numbers of one kind, one bar each, beneath a title. */
export function comparedBars(title: string, bars: readonly Bar[]): HTMLElement {
  const container = el("div", { class: "chart compared" });
  // Charts draw the first row at the bottom.
  const rows = bars.toReversed();
  const chart = new BarChart(
    container,
    { labels: rows.map(({ label }) => label), series: [{ data: rows.map(({ value }) => value) }] },
    {
      horizontalBars: true,
      low: 0,
      height: `${ROW * bars.length + 8}px`,
      chartPadding: { top: 4, right: 76, bottom: 4, left: 0 },
      axisX: { showGrid: false, showLabel: false, offset: 0 },
      axisY: { showGrid: false, offset: 116 },
    },
  );
  chart.on("draw", (drawn) => {
    if (drawn.type !== "bar") return;
    const row = rows[drawn.index];
    if (row === undefined) return;
    drawn.element.addClass(row.mark);
    drawn.group.elem("text", { x: drawn.x2 + 8, y: drawn.y1 + 4 }, "value").text(row.text);
  });
  chart.on("created", ({ svg }) => {
    const said = bars.map(({ label, text }) => `${label} ${text}`).join(", ");
    svg.attr({ role: "img", "aria-label": `${title}: ${said}` });
  });
  return el("div", {}, el("h3", {}, title), container);
}
