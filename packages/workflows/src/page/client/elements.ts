import { printable } from "@fanfold-internal/kit/text/printable";

export type Child = Node | string | number | null | readonly Child[];

type Attributes = Readonly<Record<string, string | number | boolean | null>>;

/** An element. Children that are text become text and nothing else; attributes that are null or false are left out. */
export function el<Tag extends keyof HTMLElementTagNameMap>(
  tag: Tag,
  attributes: Attributes = {},
  ...children: readonly Child[]
): HTMLElementTagNameMap[Tag] {
  const element = document.createElement(tag);
  fill(element, attributes, children);
  return element;
}

/** The same for a picture. */
export function svg<Tag extends keyof SVGElementTagNameMap>(
  tag: Tag,
  attributes: Attributes = {},
  ...children: readonly Child[]
): SVGElementTagNameMap[Tag] {
  const element = document.createElementNS("http://www.w3.org/2000/svg", tag);
  fill(element, attributes, children);
  return element;
}

function fill(element: Element, attributes: Attributes, children: readonly Child[]): void {
  for (const [name, value] of Object.entries(attributes)) {
    if (value !== null && value !== false) element.setAttribute(name, value === true ? "" : String(value));
  }
  append(element, children);
}

export function append(parent: Node, children: readonly Child[]): void {
  for (const child of children) {
    if (child === null) continue;
    if (child instanceof Node) parent.appendChild(child);
    else if (typeof child === "string" || typeof child === "number")
      parent.appendChild(document.createTextNode(String(child)));
    else append(parent, child);
  }
}

/** Text that somebody else wrote: what would not be seen, or turns the reading direction, is shown by its number. */
export function outside(text: string, className?: string): HTMLElement {
  return el("bdi", { class: className ?? null }, printable(text));
}

/** The same as a path, a name or another thing that is written in one way only. */
export function code(text: string): HTMLElement {
  return el("code", {}, outside(text));
}

/** Names with commas, each of which stays with its name. */
export function listed(children: readonly Child[]): readonly Child[] {
  return children.map((child, at) =>
    at === children.length - 1 ? child : [el("span", { class: "item" }, child, ","), " "],
  );
}

/** What may be wider than its place, and then scrolls by itself. What scrolls must be reached by keys; what does not only costs them. */
export function scrolling(name: string, content: Child, className = ""): HTMLElement {
  const region = el("div", { class: `scroll ${className}`.trim(), role: "group", "aria-label": name }, content);
  new ResizeObserver(() => {
    const scrolls = region.scrollWidth > region.clientWidth || region.scrollHeight > region.clientHeight;
    if (scrolls) region.tabIndex = 0;
    else region.removeAttribute("tabindex");
  }).observe(region);
  return region;
}
