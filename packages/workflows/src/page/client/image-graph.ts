import { printable } from "@fanfold-internal/kit/text/printable";
import { imageText } from "@fanfold-internal/matrix/identity";
import { svg } from "./elements.ts";
import { count } from "./words.ts";

export interface GraphImage {
  readonly name: string;
  /** Positions of what it is built from. */
  readonly bases: readonly number[];
  readonly wave: number | null;
}

/** In the place of a wave: it is there already. */
export const PUBLISHED = 0;

/** A box of the picture: an image, or several that stand on the same and carry nothing. */
interface Box {
  readonly images: readonly number[];
  readonly label: string;
  readonly names: string;
  readonly column: number;
  readonly bases: readonly number[];
}

const WIDTH = 190;
const HEIGHT = 26;
const GAP_ACROSS = 70;
const GAP_DOWN = 10;
const HEAD = 28;
const LETTERS = 25;

/** Which images are built from which, a column for each wave; null: none is built from another. */
export function imageGraph(images: readonly GraphImage[]): SVGSVGElement | null {
  const boxes = boxesOf(images);
  if (boxes.length === 0) return null;
  const columns = [...Map.groupBy(boxes, ({ column }) => column)].toSorted(([left], [right]) => left - right);
  const places = new Map<number, { readonly x: number; readonly y: number }>();
  const shown: { readonly box: Box; readonly x: number; readonly y: number }[] = [];
  for (const [at, [, column]] of columns.entries()) {
    // Near to what they stand on: the middle of their bases' rows.
    const ordered = column
      .map((box) => ({ box, middle: middleOf(box.bases.map((base) => places.get(base)?.y ?? 0)) }))
      .toSorted((left, right) => left.middle - right.middle);
    for (const [row, { box }] of ordered.entries()) {
      const place = { x: at * (WIDTH + GAP_ACROSS), y: HEAD + row * (HEIGHT + GAP_DOWN) };
      for (const image of box.images) places.set(image, place);
      shown.push({ box, ...place });
    }
  }
  const width = columns.length * (WIDTH + GAP_ACROSS) - GAP_ACROSS;
  const height = Math.max(...shown.map(({ y }) => y)) + HEIGHT + 2;
  const edges = shown.flatMap(({ box, x, y }) =>
    [...new Set(box.bases.map((base) => places.get(base)))].flatMap((from) => {
      if (from === undefined) return [];
      const [startX, startY, endY] = [from.x + WIDTH, from.y + HEIGHT / 2, y + HEIGHT / 2];
      const bend = (x - startX) / 2;
      return svg("path", {
        class: "edge",
        d: `M${startX} ${startY}C${startX + bend} ${startY} ${x - bend} ${endY} ${x} ${endY}`,
      });
    }),
  );
  return svg(
    "svg",
    {
      class: "graph",
      role: "img",
      "aria-label": `${count(images.filter(({ wave }) => wave !== null).length, "image")} in ${count(columns.length, "wave")}; the table below names what each is built from`,
      viewBox: `-1 0 ${width + 2} ${height}`,
      width: width + 2,
      height,
    },
    columns.map(([wave], at) =>
      svg(
        "text",
        { class: "wave", x: at * (WIDTH + GAP_ACROSS), y: 14 },
        wave === PUBLISHED ? "Published" : `Wave ${wave}`,
      ),
    ),
    edges,
    shown.map(({ box, x, y }) =>
      svg(
        "g",
        { class: box.images.length > 1 ? "box several" : "box" },
        svg("title", {}, box.names),
        svg("rect", { x, y, width: WIDTH, height: HEIGHT, rx: 4 }),
        svg("text", { x: x + 10, y: y + HEIGHT / 2 + 4 }, box.label),
      ),
    ),
  );
}

/** Images that are alike in what they stand on, and on which nothing stands, are one box. */
function boxesOf(images: readonly GraphImage[]): readonly Box[] {
  const carries = new Set(images.flatMap(({ bases }) => bases));
  const inWaves = images.flatMap((image, at) => (image.wave === null ? [] : [{ ...image, at, wave: image.wave }]));
  const alike = Map.groupBy(inWaves, ({ at, wave, bases }) =>
    carries.has(at) ? `image ${at}` : `${wave} on ${bases.toSorted((left, right) => left - right).join(" ")}`,
  );
  return [...alike.values()].flatMap((same) => {
    const [first] = same;
    if (first === undefined) return [];
    const names = same.map(({ name }) => printable(imageText(name)));
    return {
      images: same.map(({ at }) => at),
      label: same.length === 1 ? shortened(names[0] ?? "") : count(same.length, "image"),
      names: names.join(", "),
      column: first.wave,
      bases: first.bases,
    };
  });
}

/** Names of a family begin alike and end alike: what is left out is in the middle. */
function shortened(name: string): string {
  const letters = [...name];
  if (letters.length <= LETTERS) return name;
  return `${letters.slice(0, 13).join("")}…${letters.slice(-11).join("")}`;
}

function middleOf(values: readonly number[]): number {
  return values.length === 0 ? 0 : values.reduce((sum, value) => sum + value, 0) / values.length;
}
