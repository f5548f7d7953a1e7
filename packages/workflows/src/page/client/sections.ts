import { type Child, el, scrolling } from "./elements.ts";

/** What a page shows. */
export interface View {
  readonly title: Child;
  /** What it is about, in a sentence or two. */
  readonly about: Child;
  readonly tiles: readonly Tile[];
  readonly warnings: readonly Child[];
  readonly sections: readonly Section[];
}

/** A number that says how it is. */
export interface Tile {
  readonly label: string;
  readonly value: string;
  readonly note: string;
}

export interface Section {
  /** Its place in the address. */
  readonly id: string;
  readonly title: string;
  readonly content: Child;
}

/** A view as the elements of its page. */
export function page({ title, about, tiles, warnings, sections }: View): readonly HTMLElement[] {
  return [
    el("a", { class: "skip", href: "#main" }, "Skip to the content"),
    el(
      "header",
      {},
      el("h1", {}, title),
      el("p", { class: "about" }, about),
      sections.length > 1 ? contents(sections) : null,
    ),
    el(
      "main",
      { id: "main" },
      warnings.length === 0
        ? null
        : el(
            "div",
            { class: "warnings" },
            el("p", {}, el("strong", {}, "Warnings")),
            el(
              "ul",
              {},
              warnings.map((warning) => el("li", {}, warning)),
            ),
          ),
      tiles.length === 0 ? null : el("dl", { class: "tiles" }, tiles.map(tile)),
      sections.map(section),
    ),
  ];
}

function contents(sections: readonly Section[]): HTMLElement {
  const links = sections.map(({ id, title }) => el("li", {}, el("a", { href: `#${id}` }, title)));
  return el("nav", { "aria-label": "Sections" }, el("ul", {}, links));
}

function tile({ label, value, note }: Tile): HTMLElement {
  return el(
    "div",
    {},
    el("dt", {}, label),
    el("dd", {}, el("span", { class: "value" }, value), el("span", { class: "note" }, note)),
  );
}

function section({ id, title, content }: Section): HTMLElement {
  return el("section", { id, "aria-labelledby": `${id}-title` }, el("h2", { id: `${id}-title` }, title), content);
}

/** Sections of which some have nothing to say. */
export function present(sections: readonly (Section | null)[]): readonly Section[] {
  return sections.filter((section) => section !== null);
}

/** A chart with what it says, and the same as a table. */
export function figure(
  id: string,
  caption: Child,
  chart: Child,
  data: { readonly heads: readonly string[]; readonly rows: readonly (readonly Child[])[] },
): HTMLElement {
  return el(
    "figure",
    { "aria-labelledby": `${id}-caption` },
    el("figcaption", { id: `${id}-caption` }, caption),
    chart,
    el("details", { class: "data" }, el("summary", {}, "The same as a table"), plainTable(data.heads, data.rows)),
  );
}

/** A table of few rows that nobody sorts; the first cell of a row is its name. */
export function plainTable(
  heads: readonly string[],
  rows: readonly (readonly Child[])[],
  cells: "number" | "text" = "number",
): HTMLElement {
  const className = cells === "number" ? "number" : null;
  return scrolling(
    `Table of ${heads.join(", ")}`,
    el(
      "table",
      { class: "plain" },
      el(
        "thead",
        {},
        el(
          "tr",
          {},
          heads.map((head, at) => el("th", { scope: "col", class: at === 0 ? null : className }, head)),
        ),
      ),
      el(
        "tbody",
        {},
        rows.map(([name = null, ...others]) =>
          el(
            "tr",
            {},
            el("th", { scope: "row" }, name),
            others.map((cell) => el("td", { class: className }, cell)),
          ),
        ),
      ),
    ),
  );
}

/** What the colours of a chart mean. */
export function legend(items: readonly { readonly mark: string; readonly label: string }[]): HTMLElement {
  return el(
    "ul",
    { class: "legend" },
    items.map(({ mark, label }) => el("li", {}, el("span", { class: `mark ${mark}`, "aria-hidden": "true" }), label)),
  );
}
