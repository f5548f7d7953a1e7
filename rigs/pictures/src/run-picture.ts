import { PALETTES } from "./palette.ts";
import type { Scheme } from "./places.ts";

interface Leg {
  readonly name: string;
  readonly platform: string;
  readonly failed?: true;
}

interface Image {
  readonly legs: readonly Leg[];
  readonly tag: string;
  readonly outcome: string;
}

const leg = (name: string, platform: string): Leg => ({ name, platform });

/** One run: two images are published, and one whose leg fails keeps its tag. */
const IMAGES: readonly Image[] = [
  { legs: [leg("api", "amd64"), leg("api", "arm64")], tag: "api:main", outcome: "amd64 + arm64" },
  {
    legs: [leg("web", "amd64"), { ...leg("web", "arm64"), failed: true }],
    tag: "web:main",
    outcome: "stays as it was",
  },
  { legs: [leg("mailer", "amd64")], tag: "mailer:main", outcome: "amd64" },
];

const COLUMNS = {
  event: { x: 8, width: 150, title: "Event", below: "a push, a pull request, a tag" },
  plan: { x: 206, width: 176, title: "Plan", below: "what the change touches" },
  legs: { x: 430, width: 164, title: "Legs", below: "one native job for each" },
  merge: { x: 664, width: 188, title: "Merge", below: "complete, or not at all" },
} as const;

const [TOP, STEP, HIGH, GAP] = [78, 40, 32, 14];
const [WIDTH, HEIGHT] = [860, 318];

/** What someone who does not see the picture is told. */
export const RUN_TEXT: string =
  "One run from left to right. Event: a push that changes three of twelve images. Plan: three are selected, nine left out. " +
  "Legs: api and web are built for amd64 and arm64, mailer for amd64, each in a job of its own; web's arm64 leg fails. " +
  "Merge: api and mailer get the tag main, and web's tag stays as it was.";

/** One run as a drawing, for a page in light or in dark colours. */
export function runPicture(scheme: Scheme): string {
  const palette = PALETTES[scheme];
  const placed = placeImages();
  const middle = (TOP + (placed.at(-1)?.bottom ?? TOP)) / 2;
  const { event, plan, legs, merge } = COLUMNS;
  const parts = [
    ...Object.values(COLUMNS).flatMap(({ x, title, below }) => [
      words(x, 26, title, { size: 17, weight: 600 }),
      words(x, 48, below, { fill: palette.quiet }),
    ]),
    panel(event.x, middle - 37, event.width, 74),
    words(event.x + 14, middle - 12, "push to main", { weight: 600 }),
    words(event.x + 14, middle + 9, "3 files changed", { fill: palette.quiet }),
    words(event.x + 14, middle + 27, "12 images", { fill: palette.quiet }),
    arrow(event.x + event.width, middle, plan.x, middle),
    panel(plan.x, middle - 46, plan.width, 92),
    ...["api", "web", "mailer"].map((name, row) =>
      words(plan.x + 14, middle - 22 + 20 * row, `${name}  services/${name}/…`, { size: 13 }),
    ),
    words(plan.x + 14, middle + 38, "9 left out", { fill: palette.quiet }),
    ...placed.flatMap(({ image, tops, centre }) => {
      const refused = image.legs.some(({ failed }) => failed);
      const colour = refused ? palette.bad : palette.good;
      return [
        ...image.legs.flatMap(({ name, platform, failed }, row) => {
          const y = tops[row] ?? TOP;
          const own = failed ? palette.bad : palette.good;
          return [
            arrow(plan.x + plan.width, middle, legs.x, y + HIGH / 2),
            panel(legs.x, y, legs.width, HIGH),
            words(legs.x + 14, y + 21, `${name}  ${platform}`),
            words(legs.x + legs.width - 26, y + 21, failed ? "✗" : "✓", { fill: own, weight: 600 }),
            arrow(legs.x + legs.width, y + HIGH / 2, merge.x, centre, failed ? "4 4" : undefined),
          ];
        }),
        panel(merge.x, centre - 24, merge.width, 48, colour),
        words(merge.x + 14, centre - 4, image.tag, { weight: 600 }),
        words(merge.x + 14, centre + 15, image.outcome, { fill: colour, size: 13 }),
      ];
    }),
  ];
  const font = "-apple-system, BlinkMacSystemFont, 'Segoe UI', 'Noto Sans', Helvetica, Arial, sans-serif";
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${HEIGHT}" width="${WIDTH}" height="${HEIGHT}" role="img" font-family="${font}">
<title>${RUN_TEXT}</title>
${parts.join("\n")}
</svg>
`;

  function words(
    x: number,
    y: number,
    text: string,
    { fill = palette.text, size = 14, weight = 400 }: { fill?: string; size?: number; weight?: number } = {},
  ): string {
    const spaced = text.replaceAll("  ", "\u00a0\u00a0");
    return `<text x="${x}" y="${y}" font-size="${size}" font-weight="${weight}" fill="${fill}">${spaced}</text>`;
  }

  function panel(x: number, y: number, width: number, height: number, stroke = palette.line): string {
    return `<rect x="${x}" y="${y}" width="${width}" height="${height}" rx="6" fill="${palette.panel}" stroke="${stroke}"/>`;
  }

  function arrow(x1: number, y1: number, x2: number, y2: number, dashes?: string): string {
    const half = (x1 + x2) / 2;
    const dashed = dashes === undefined ? "" : ` stroke-dasharray="${dashes}"`;
    const path = `M${x1} ${y1} C${half} ${y1} ${half} ${y2} ${x2} ${y2}`;
    return `<path d="${path}" fill="none" stroke="${palette.quiet}" stroke-width="1.5"${dashed}/>`;
  }
}

function placeImages() {
  let top = TOP;
  return IMAGES.map((image) => {
    const tops = image.legs.map((_, row) => top + STEP * row);
    const bottom = top + STEP * (image.legs.length - 1) + HIGH;
    const centre = (top + bottom) / 2;
    // A result is higher than one leg.
    top = Math.max(bottom, centre + 24) + GAP;
    return { image, tops, bottom, centre };
  });
}
