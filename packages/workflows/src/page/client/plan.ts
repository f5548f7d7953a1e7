import { imageText } from "@fanfold-internal/matrix/identity";
import type { PlanData } from "../data/page-data.ts";
import type { PlanView, PlanViewImage } from "../data/plan-view.ts";
import { type Child, code, el, listed, outside, scrolling } from "./elements.ts";
import { imageGraph, PUBLISHED } from "./image-graph.ts";
import { present, type Section, type View } from "./sections.ts";
import { table } from "./table.ts";
import { count, moment, number, share } from "./words.ts";

/** What one event builds. */
export function planView({ plan, made }: PlanData): View {
  const { entries, images, leftOut, files } = plan;
  const waves = new Set(images.flatMap(({ wave }) => wave ?? [])).size;
  return {
    title: ["Plan of ", outside(plan.event)],
    about: [
      outside(plan.diff),
      ". ",
      plan.published === null ? "" : ["Published: ", outside(plan.published), ". "],
      `Made ${moment(made)} UTC.`,
    ],
    tiles: [
      {
        label: "Entries built",
        value: number(entries.selected),
        note: `${share(entries.selected, entries.total)} of ${number(entries.total)}`,
      },
      { label: "Images", value: number(images.length), note: `${number(leftOut.length)} stay as they are` },
      ...(waves === 0 ? [] : [{ label: "Waves", value: number(waves), note: "one after the other" }]),
      { label: "Changed files", value: number(files.length), note: plan.precision },
    ],
    warnings: plan.warnings.map((warning) => outside(warning)),
    sections: present([graphSection(plan), imagesSection(plan), filesSection(plan), leftOutSection(plan)]),
  };
}

function graphSection({ images }: PlanView): Section | null {
  // Bases that are not built are taken as published, and stand in the first column all the same.
  const published = new Set(images.flatMap(({ bases }) => bases.flatMap(({ name, built }) => (built ? [] : [name]))));
  const all = [
    ...[...published].map(
      (name): Pick<PlanViewImage, "name" | "bases" | "wave"> => ({ name, bases: [], wave: PUBLISHED }),
    ),
    ...images,
  ];
  const at = new Map(all.map(({ name }, index) => [name, index]));
  const picture = imageGraph(
    all.map(({ name, bases, wave }) => ({
      name,
      wave,
      bases: bases.flatMap((base) => at.get(base.name) ?? []),
    })),
  );
  if (picture === null) return null;
  return {
    id: "graph",
    title: "What stands on what",
    content: scrolling("Picture of bases", picture, "picture"),
  };
}

function imagesSection({ images }: PlanView): Section | null {
  if (images.length === 0) return { id: "images", title: "Images", content: el("p", {}, "Nothing is built.") };
  const hasLists = new Set(images.map(({ list }) => list)).size > 1;
  const hasWaves = images.some(({ wave }) => wave !== null);
  const hasStates = images.some(({ state }) => state !== null);
  return {
    id: "images",
    title: "Images",
    content: table<PlanViewImage>({
      id: "images-table",
      noun: ["image", "images"],
      rows: images,
      most: 100,
      search: ({ name, legs, tags, causes, repositories, outcome }) =>
        [imageText(name), ...legs, ...tags, ...causes, ...repositories, outcome].join("\n"),
      details: { name: ({ name }) => `image ${imageText(name)}`, content: details },
      columns: [
        { id: "name", label: "Image", order: ({ name }) => imageText(name), cell: ({ name }) => code(imageText(name)) },
        ...(hasLists
          ? [
              {
                id: "list",
                label: "List",
                wide: true,
                order: ({ list }: PlanViewImage) => list,
                cell: ({ list }: PlanViewImage) => code(list),
              },
            ]
          : []),
        {
          id: "legs",
          label: "Legs",
          order: ({ legs }) => legs.join(" "),
          cell: ({ legs }) => listed(legs.map((leg) => outside(leg, "whole"))),
        },
        ...(hasWaves
          ? [
              {
                id: "wave",
                label: "Wave",
                numeric: true,
                order: ({ wave }: PlanViewImage) => wave,
                cell: ({ wave }: PlanViewImage) => (wave === null ? "–" : number(wave)),
              },
            ]
          : []),
        {
          id: "tags",
          label: "Tags",
          wide: true,
          order: ({ tags }) => tags[0] ?? null,
          cell: ({ tags }) => listed(tags.map(code)),
        },
        ...(hasStates
          ? [
              {
                id: "state",
                label: "Published",
                wide: true,
                order: ({ state }: PlanViewImage) => state,
                cell: ({ state }: PlanViewImage) => state ?? "–",
              },
            ]
          : []),
        {
          id: "outcome",
          label: "Outcome",
          wide: true,
          order: ({ outcome }) => outcome,
          cell: ({ outcome }) => outcome,
        },
        {
          id: "why",
          label: "Why",
          wide: true,
          order: ({ causes }) => causes[0] ?? null,
          cell: ({ causes }) => why(causes),
        },
      ],
    }),
  };
}

function why([first, ...others]: readonly string[]): Child {
  if (first === undefined) return null;
  return [
    code(first),
    others.length === 0 ? null : [" ", el("span", { class: "kind" }, `and ${number(others.length)} more`)],
  ];
}

function details({ tags, repositories, causes, bases, outcome, contentKey, state }: PlanViewImage): Child {
  const list = (items: readonly Child[]): Child =>
    el(
      "ul",
      {},
      items.map((item) => el("li", {}, item)),
    );
  const facts: readonly (readonly [string, Child])[] = [
    ["Outcome", outcome],
    ["Repositories", repositories.length === 0 ? "none" : list(repositories.map(code))],
    ["Tags", tags.length === 0 ? "none" : list(tags.map(code))],
    ["Causes", causes.length === 0 ? "none" : list(causes.map(code))],
    ...(bases.length === 0
      ? []
      : [
          [
            "Built from",
            list(bases.map(({ name, built }) => [code(imageText(name)), built ? " of this run" : " as published"])),
          ] as const,
        ]),
    ...(state === null ? [] : [["Published", state] as const]),
    ...(contentKey === null ? [] : [["Content key", code(contentKey)] as const]),
  ];
  return el(
    "dl",
    { class: "facts" },
    facts.map(([term, value]) => el("div", {}, el("dt", {}, term), el("dd", {}, value))),
  );
}

function filesSection({ files }: PlanView): Section | null {
  if (files.length === 0) return null;
  return {
    id: "files",
    title: "Changed files",
    content: table({
      id: "files-table",
      noun: ["file", "files"],
      rows: files,
      most: 25,
      search: ({ path, previousPath, status }) => `${path} ${previousPath ?? ""} ${status}`,
      columns: [
        {
          id: "path",
          label: "File",
          order: ({ path }) => path,
          cell: ({ path, previousPath }) => [
            code(path),
            previousPath === null ? null : [" ", el("span", { class: "kind" }, "was"), " ", code(previousPath)],
          ],
        },
        { id: "status", label: "Status", order: ({ status }) => status, cell: ({ status }) => status },
      ],
    }),
  };
}

function leftOutSection({ leftOut }: PlanView): Section | null {
  if (leftOut.length === 0) return null;
  return {
    id: "left-out",
    title: "Images that stay as they are",
    content: el(
      "details",
      {},
      el("summary", {}, count(leftOut.length, "image")),
      el("p", {}, listed(leftOut.map((name) => code(imageText(name))))),
    ),
  };
}
