import { append, type Child, el, scrolling } from "./elements.ts";
import { count, number } from "./words.ts";

export interface Column<Row> {
  readonly id: string;
  readonly label: string;
  /** What rows are ordered by; null comes last. */
  readonly order: (row: Row) => number | string | null;
  readonly cell: (row: Row) => Child;
  /** Digits, at the right. */
  readonly numeric?: boolean;
  /** Where there is little room: nowhere, as details have it. */
  readonly wide?: boolean;
}

export interface TableOptions<Row> {
  readonly id: string;
  /** What the rows are, in the plural: `pushes`. */
  readonly noun: readonly [singular: string, plural: string];
  readonly rows: readonly Row[];
  readonly columns: readonly Column<Row>[];
  readonly sorted?: { readonly column: string; readonly down: boolean };
  /** All of a row that a search should find. */
  readonly search?: (row: Row) => string;
  readonly filter?: { readonly label: string; readonly choices: readonly Choice<Row>[] };
  /** What a row is called, and what it shows when it is opened. */
  readonly details?: { readonly name: (row: Row) => string; readonly content: (row: Row) => Child };
  /** Rows beyond these are shown when somebody asks, and on paper. */
  readonly most?: number;
}

interface Choice<Row> {
  readonly label: string;
  readonly holds: (row: Row) => boolean;
}

/** A row, and its place in the page. */
interface Line<Row> {
  readonly row: Row;
  readonly text: string;
  readonly element: HTMLTableRowElement;
  /** What it shows when it is open; made when it is opened first. */
  opened: HTMLTableRowElement | null;
}

/** A table that can be searched, filtered and sorted, and whose rows open. */
export function table<Row>(options: TableOptions<Row>): HTMLElement {
  return new Table(options).element;
}

// As many as anybody sees at a glance.
const FEW = 8;

const collator = new Intl.Collator("en", { numeric: true });

class Table<Row> {
  readonly element: HTMLElement = el("div", { class: "table" });
  readonly #options: TableOptions<Row>;
  readonly #body = el("tbody");
  readonly #lines: readonly Line<Row>[];
  readonly #heads = new Map<string, HTMLTableCellElement>();
  readonly #status = el("p", { class: "count", role: "status" });
  readonly #more = el("button", { type: "button", class: "more" });
  #shown: readonly Line<Row>[];
  #sorted: { readonly column: string; readonly down: boolean } | undefined;
  #words: readonly string[] = [];
  #choice: Choice<Row> | undefined;
  #whole = false;

  constructor(options: TableOptions<Row>) {
    this.#options = options;
    this.#sorted = options.sorted;
    const { columns, rows, search } = options;
    this.#lines = rows.map((row) => ({
      row,
      text: search?.(row).toLowerCase() ?? "",
      element: this.#rowOf(row),
      opened: null,
    }));
    this.#shown = this.#lines;
    const heads = columns.map((column) => this.#headOf(column));
    const [, plural] = options.noun;
    const scroll = scrolling(
      `Table of ${plural}`,
      el("table", { id: options.id }, el("thead", {}, el("tr", {}, heads)), this.#body),
    );
    this.#more.addEventListener("click", () => this.#showAll());
    append(this.element, [search === undefined || rows.length <= FEW ? null : this.#tools(), scroll, this.#more]);
    this.#sort();
    this.#show();
  }

  #tools(): HTMLElement {
    const { id, filter, noun } = this.#options;
    const input = el("input", { type: "search", id: `${id}-search`, autocomplete: "off", spellcheck: "false" });
    input.addEventListener("input", () => {
      this.#words = input.value.toLowerCase().split(/\s+/).filter(Boolean);
      this.#show();
    });
    const choose = filter === undefined ? null : el("select", { id: `${id}-filter` });
    if (choose !== null && filter !== undefined) {
      append(
        choose,
        filter.choices.map(({ label }, index) => el("option", { value: index }, label)),
      );
      choose.addEventListener("change", () => {
        this.#choice = filter.choices[choose.selectedIndex];
        this.#show();
      });
    }
    return el(
      "div",
      { class: "tools" },
      el("div", { class: "field" }, el("label", { for: `${id}-search` }, `Search ${noun[1]}`), input),
      choose === null
        ? null
        : el("div", { class: "field" }, el("label", { for: `${id}-filter` }, filter?.label ?? ""), choose),
      this.#status,
    );
  }

  #headOf(column: Column<Row>): HTMLTableCellElement {
    const button = el(
      "button",
      { type: "button" },
      column.label,
      el("span", { class: "arrow", "aria-hidden": "true" }),
    );
    button.addEventListener("click", () => {
      // Numbers are asked for from the largest on, names from A on.
      const first = column.numeric === true;
      const down = this.#sorted?.column === column.id ? !this.#sorted.down : first;
      this.#sorted = { column: column.id, down };
      this.#sort();
      this.#show();
    });
    const head = el("th", { scope: "col", class: classOf(column) }, button);
    this.#heads.set(column.id, head);
    return head;
  }

  #rowOf(row: Row): HTMLTableRowElement {
    const { columns, details } = this.#options;
    const cells = columns.map((column, index) => {
      const content = column.cell(row);
      if (index > 0 || details === undefined) return el("td", { class: classOf(column) }, content);
      return el(
        "td",
        { class: classOf(column) },
        el("div", { class: "opens" }, this.#opener(row, details.name), el("div", {}, content)),
      );
    });
    return el("tr", {}, cells);
  }

  #opener(row: Row, name: (row: Row) => string): HTMLElement {
    const button = el("button", {
      type: "button",
      class: "opener",
      "aria-expanded": "false",
      "aria-label": `Details of ${name(row)}`,
    });
    button.addEventListener("click", () => {
      const line = this.#lines.find((each) => each.row === row);
      if (line === undefined) return;
      const isOpen = button.getAttribute("aria-expanded") === "true";
      button.setAttribute("aria-expanded", String(!isOpen));
      if (isOpen) line.opened?.remove();
      else line.element.after(this.#opened(line));
    });
    return button;
  }

  #opened(line: Line<Row>): HTMLTableRowElement {
    const { columns, details } = this.#options;
    line.opened ??= el(
      "tr",
      { class: "opened" },
      el("td", { colspan: columns.length }, el("div", { class: "details" }, details?.content(line.row) ?? null)),
    );
    return line.opened;
  }

  #sort(): void {
    const sorted = this.#sorted;
    const column = this.#options.columns.find(({ id }) => id === sorted?.column);
    for (const [id, head] of this.#heads) {
      if (id === sorted?.column) head.setAttribute("aria-sort", sorted.down ? "descending" : "ascending");
      else head.removeAttribute("aria-sort");
    }
    if (sorted === undefined || column === undefined) return;
    const keyed = this.#lines.map((line) => ({ line, key: column.order(line.row) }));
    this.#shown = keyed.toSorted((left, right) => compared(left.key, right.key, sorted.down)).map(({ line }) => line);
  }

  /** Puts the rows that search and filter leave into the table, in order. */
  #show(): void {
    const { most = Number.POSITIVE_INFINITY, noun } = this.#options;
    const found = this.#shown.filter(
      ({ row, text }) => this.#words.every((word) => text.includes(word)) && (this.#choice?.holds(row) ?? true),
    );
    const rows = document.createDocumentFragment();
    for (const [index, { element, opened }] of found.entries()) {
      element.classList.toggle("beyond", !this.#whole && index >= most);
      rows.append(element);
      if (opened !== null && element.querySelector('[aria-expanded="true"]') !== null) rows.append(opened);
    }
    this.#body.replaceChildren(rows);
    const all = this.#lines.length;
    this.#status.textContent =
      found.length === all ? count(all, ...noun) : `${number(found.length)} of ${count(all, ...noun)}`;
    this.#more.hidden = this.#whole || found.length <= most;
    this.#more.textContent = `Show all ${count(found.length, ...noun)}`;
  }

  #showAll(): void {
    const first = this.#body.querySelector(".beyond");
    this.#whole = true;
    this.#show();
    // The button is gone, and who pressed it by a key goes on with what it brought.
    first?.querySelector("button")?.focus();
  }
}

function classOf({ numeric, wide }: Pick<Column<never>, "numeric" | "wide">): string | null {
  const names = [numeric === true ? "number" : "", wide === true ? "wide" : ""].filter(Boolean);
  return names.length === 0 ? null : names.join(" ");
}

/** What has no value comes last, either way. */
function compared(left: number | string | null, right: number | string | null, down: boolean): number {
  if (left === null || right === null) return left === right ? 0 : left === null ? 1 : -1;
  const order =
    typeof left === "number" && typeof right === "number"
      ? left - right
      : collator.compare(String(left), String(right));
  return down ? -order : order;
}

/** A number with a bar beside it, as long as its share of the largest. */
export function bar(value: number, largest: number, text: string): Child {
  const length = largest === 0 ? 0 : Math.round((1000 * value) / largest) / 10;
  const track = el("span", { class: "track", "aria-hidden": "true" }, el("span", { class: "bar" }));
  const [own] = track.children;
  if (own instanceof HTMLElement) own.style.width = `${length}%`;
  return el("span", { class: "barred" }, track, el("span", {}, text));
}
