import { imageText } from "@fanfold-internal/matrix/identity";
import type { Replay, ReplayCause, ReplayImage } from "../../replay/replay-document.ts";
import { type Child, code, el, listed, outside, scrolling } from "./elements.ts";
import { imageGraph } from "./image-graph.ts";
import type { Section } from "./sections.ts";
import { bar, table } from "./table.ts";
import { count, number, share } from "./words.ts";

const KINDS: Readonly<Record<ReplayCause["kind"], string>> = {
  rule: "Rule",
  paths: "Paths of an entry",
  dockerfile: "Dockerfile",
  context: "Build context",
  workflow: "Build workflow",
  matrix: "Matrix file",
  base: "Base",
  unmatched: "Nothing mentions it",
  everything: "Everything",
};

/** A cause as it stands in a list. */
export function causeText({ kind, text }: Pick<ReplayCause, "kind" | "text">): Child {
  return [el("span", { class: "kind" }, KINDS[kind]), " ", code(text)];
}

/** What was built for what. */
export function causesSection({ causes, more }: Replay): Section | null {
  if (causes.length === 0) return null;
  const largest = Math.max(...causes.map(({ builds }) => builds));
  return {
    id: "causes",
    title: "Causes",
    content: [
      el(
        "p",
        {},
        "Entries built because of each rule, line of a Dockerfile or base. One entry may have several causes; ",
        el("em", {}, "alone"),
        " counts those that nothing else asked for.",
        more.causes === 0
          ? ""
          : ` ${count(more.causes, "more cause")} with fewer builds ${more.causes === 1 ? "is" : "are"} left out.`,
      ),
      table({
        id: "causes-table",
        noun: ["cause", "causes"],
        rows: causes,
        sorted: { column: "builds", down: true },
        most: 15,
        search: ({ kind, text }) => `${KINDS[kind]} ${text}`,
        columns: [
          { id: "cause", label: "Cause", order: ({ text }) => text, cell: causeText },
          {
            id: "builds",
            label: "Entries",
            numeric: true,
            order: ({ builds }) => builds,
            cell: ({ builds }) => bar(builds, largest, number(builds)),
          },
          {
            id: "alone",
            label: "Alone",
            numeric: true,
            wide: true,
            order: ({ alone }) => alone,
            cell: ({ alone }) => number(alone),
          },
          {
            id: "pushes",
            label: "Pushes",
            numeric: true,
            order: ({ pushes }) => pushes,
            cell: ({ pushes }) => number(pushes),
          },
        ],
      }),
    ],
  };
}

/** How often each image is built, and what it is built from. */
export function imagesSection({ images, totals }: Replay): Section | null {
  if (images.length === 0) return null;
  const largest = Math.max(...images.map(({ builds }) => builds));
  const never = images.filter(({ today, builds }) => today && builds === 0);
  const name = (at: number): string => imageText(images[at]?.name ?? "");
  const picture = imageGraph(images);
  const hasWaves = picture !== null;
  const planned = totals.pushes - totals.refused;
  const neverText =
    never.length === 0
      ? "Every image is built by some push."
      : [
          `${count(never.length, "image")} ${never.length === 1 ? "is" : "are"} built by ${totals.refused === 0 ? "no push" : `none of the ${count(planned, "push", "pushes")} that can be planned`}: `,
          neverNames(never),
          ".",
        ];
  return {
    id: "images",
    title: "Images",
    content: [
      el("p", {}, neverText),
      picture === null
        ? null
        : el(
            "figure",
            {},
            el(
              "figcaption",
              {},
              "Bases at the left, what is built from them to the right. Images that stand on the same are one box.",
            ),
            scrolling("Picture of bases", picture, "picture"),
          ),
      table<ReplayImage>({
        id: "images-table",
        noun: ["image", "images"],
        rows: images,
        sorted: { column: "builds", down: true },
        most: 15,
        search: (image) => `${imageText(image.name)} ${image.bases.map(name).join(" ")}`,
        filter: {
          label: "Show",
          choices: [
            { label: "all images", holds: () => true },
            { label: "never built", holds: ({ builds }) => builds === 0 },
            ...(hasWaves ? [{ label: "with a base", holds: ({ bases }: ReplayImage) => bases.length > 0 }] : []),
          ],
        },
        columns: [
          {
            id: "name",
            label: "Image",
            order: (image) => imageText(image.name),
            cell: (image) => [
              code(imageText(image.name)),
              image.today ? null : [" ", el("span", { class: "kind" }, "not in today's matrix")],
            ],
          },
          {
            id: "builds",
            label: "Pushes that build it",
            numeric: true,
            order: ({ builds }) => builds,
            cell: ({ builds }) => bar(builds, largest, number(builds)),
          },
          {
            id: "share",
            label: "Share",
            numeric: true,
            wide: true,
            order: ({ builds }) => builds,
            cell: ({ builds }) => share(builds, totals.pushes),
          },
          {
            id: "legs",
            label: "Legs",
            numeric: true,
            wide: true,
            order: ({ legs }) => legs,
            cell: ({ legs }) => number(legs),
          },
          ...(hasWaves
            ? [
                {
                  id: "wave",
                  label: "Wave",
                  numeric: true,
                  wide: true,
                  order: ({ wave }: ReplayImage) => wave,
                  cell: ({ wave }: ReplayImage) => (wave === null ? "–" : number(wave)),
                },
                {
                  id: "bases",
                  label: "Built from",
                  wide: true,
                  order: ({ bases }: ReplayImage) => bases.map(name).join(" ") || null,
                  cell: ({ bases }: ReplayImage) => listed(bases.map((at) => code(name(at)))),
                },
              ]
            : []),
        ],
      }),
    ],
  };
}

const MOST_NAMES = 20;

function neverNames(never: readonly ReplayImage[]): Child {
  const more = never.length - MOST_NAMES;
  const names = never.slice(0, MOST_NAMES).map((image) => code(imageText(image.name)));
  return [...listed(names), more > 0 ? ` and ${count(more, "more", "more")}, which the table shows` : null];
}

/** Files that change and that nothing is built from. */
export function unmentionedSection({ unmentioned, more }: Replay): Section | null {
  if (unmentioned.length === 0) return null;
  const largest = Math.max(...unmentioned.map(({ changes }) => changes));
  return {
    id: "unmentioned",
    title: "Files that nothing mentions",
    content: [
      el(
        "p",
        {},
        "No rule and no Dockerfile mentions these changed files, so nothing is built for them.",
        more.unmentioned === 0
          ? ""
          : ` ${count(more.unmentioned, "more file")} ${more.unmentioned === 1 ? "is" : "are"} left out.`,
      ),
      table({
        id: "unmentioned-table",
        noun: ["file", "files"],
        rows: unmentioned,
        sorted: { column: "changes", down: true },
        most: 15,
        search: ({ path }) => path,
        columns: [
          { id: "path", label: "File", order: ({ path }) => path, cell: ({ path }) => el("code", {}, outside(path)) },
          {
            id: "changes",
            label: "Changes",
            numeric: true,
            order: ({ changes }) => changes,
            cell: ({ changes }) => bar(changes, largest, number(changes)),
          },
        ],
      }),
    ],
  };
}
