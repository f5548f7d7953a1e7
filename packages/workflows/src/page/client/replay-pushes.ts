import { imageText } from "@fanfold-internal/matrix/identity";
import type { Replay, ReplayCost, ReplayCosts, ReplayPush } from "../../replay/replay-document.ts";
import { type Child, code, el, listed, outside } from "./elements.ts";
import { causeText } from "./replay-lists.ts";
import { plainTable, type Section } from "./sections.ts";
import { type Column, table } from "./table.ts";
import { count, day, duration, moment, number } from "./words.ts";

/** Every push, what it builds and why. */
export function pushesSection(replay: Replay): Section | null {
  const { pushes, more, against, totals } = replay;
  if (pushes.length === 0) return null;
  const name = (image: number): string => imageText(replay.images[image]?.name ?? "");
  return {
    id: "pushes",
    title: "Pushes",
    content: [
      more.pushes === 0
        ? null
        : el("p", {}, `The newest ${number(pushes.length)} of ${number(totals.pushes)}; totals are of all.`),
      table<ReplayPush>({
        id: "pushes-table",
        noun: ["push", "pushes"],
        rows: pushes,
        sorted: { column: "time", down: true },
        most: 50,
        search: (push) => searchText(push, replay, name),
        filter: {
          label: "Show",
          choices: [
            { label: "all pushes", holds: () => true },
            { label: "build something", holds: ({ entries }) => entries > 0 },
            { label: "build nothing", holds: ({ entries, refused }) => entries === 0 && refused === null },
            { label: "build everything", holds: ({ entries, of }) => entries > 0 && entries === of },
            ...(totals.refused === 0
              ? []
              : [{ label: "cannot be planned", holds: ({ refused }: ReplayPush) => refused !== null }]),
            ...(against === null
              ? []
              : [
                  {
                    label: "this config alone builds",
                    holds: (push: ReplayPush) => (push.against?.missedByAgainst.length ?? 0) > 0,
                  },
                  {
                    label: "second config alone builds",
                    holds: (push: ReplayPush) => (push.against?.missedByOurs.length ?? 0) > 0,
                  },
                ]),
          ],
        },
        details: { name: ({ sha }) => `push ${sha.slice(0, 7)}`, content: (push) => details(push, replay, name) },
        columns: columns(replay),
      }),
    ],
  };
}

function searchText(push: ReplayPush, { causes }: Replay, name: (image: number) => string): string {
  const why = push.why.map(({ cause, path }) => `${causes[cause]?.text ?? ""} ${path ?? ""}`);
  return [
    push.sha,
    day(push.time),
    push.subject,
    push.reason ?? "",
    push.refused ?? "",
    ...push.images.map(name),
    ...why,
  ].join("\n");
}

function columns({ causes, against, totals }: Replay): readonly Column<ReplayPush>[] {
  return [
    {
      id: "time",
      label: "Time",
      order: ({ time }) => new Date(time).getTime(),
      cell: ({ time, sha }) =>
        el(
          "span",
          { class: "when" },
          el("span", { class: "whole" }, day(time)),
          " ",
          el("code", {}, outside(sha.slice(0, 7))),
        ),
    },
    {
      id: "subject",
      label: "Push",
      order: ({ subject }) => subject,
      cell: ({ subject, commits, rewritten }) => [
        outside(subject, "subject"),
        commits === 1 ? null : [" ", el("span", { class: "kind" }, count(commits, "commit"))],
        rewritten ? [" ", el("span", { class: "kind" }, "force-pushed")] : null,
      ],
    },
    {
      id: "files",
      label: "Files",
      numeric: true,
      wide: true,
      order: ({ files }) => files,
      cell: ({ files }) => number(files),
    },
    {
      id: "entries",
      label: "Entries",
      numeric: true,
      order: ({ entries }) => entries,
      cell: ({ entries, of, refused }) =>
        refused === null ? [number(entries), el("span", { class: "of" }, ` of ${number(of)}`)] : "–",
    },
    {
      id: "images",
      label: "Images",
      numeric: true,
      wide: true,
      order: ({ images }) => images.length,
      cell: ({ images }) => number(images.length),
    },
    ...(against === null
      ? []
      : [
          {
            id: "against",
            label: "Second config",
            numeric: true,
            wide: true,
            order: (push: ReplayPush) => push.against?.entries ?? null,
            cell: (push: ReplayPush) =>
              push.against === null || push.against.refused !== null ? "–" : number(push.against.entries),
          },
        ]),
    ...(totals.cost === null
      ? []
      : [
          {
            id: "minutes",
            label: "Runner time",
            numeric: true,
            wide: true,
            order: ({ cost }: ReplayPush) => cost?.ours.minutes ?? null,
            cell: ({ cost }: ReplayPush) => (cost === null ? "–" : duration(cost.ours.minutes * 60)),
          },
        ]),
    {
      id: "why",
      label: "Why",
      wide: true,
      order: (push) => firstReason(push, causes) || null,
      cell: (push) => why(push, causes),
    },
  ];
}

function firstReason({ refused, reason, why: [first] }: ReplayPush, causes: Replay["causes"]): string {
  return refused ?? reason ?? (first === undefined ? "" : (causes[first.cause]?.text ?? ""));
}

function why(push: ReplayPush, causes: Replay["causes"]): Child {
  if (push.refused !== null) return [el("span", { class: "kind" }, "Cannot be planned"), " ", outside(push.refused)];
  const [first] = push.why;
  const known = first === undefined ? undefined : causes[first.cause];
  if (known === undefined) return push.reason === null ? null : code(push.reason);
  const others = new Set(push.why.map(({ cause }) => cause)).size - 1;
  return [code(known.text), others > 0 ? [" ", el("span", { class: "kind" }, `and ${number(others)} more`)] : null];
}

/** A push on its own. */
function details(push: ReplayPush, { images, causes }: Replay, name: (image: number) => string): Child {
  const { sha, parent, time, files, precision, reason, refused, entries, of, waves, moreWhy, against, cost } = push;
  const facts: readonly (readonly [string, Child])[] = [
    ["Commit", el("code", {}, outside(sha))],
    ["Compared with", parent === null ? "nothing: it is the first" : el("code", {}, outside(parent))],
    ["Time", `${moment(time)} UTC`],
    ...(push.rewritten
      ? [["History", "rewritten by a force-push; planned by what differs between both"] as const]
      : []),
    ["Diff", `${count(files, "changed file")}, ${precision}${reason === null ? "" : ` (${reason})`}`],
    refused === null
      ? [
          "Plan",
          `${number(entries)} of ${count(of, "entry", "entries")}, ${count(push.images.length, "image")}${waves > 1 ? `, in ${number(waves)} waves` : ""}`,
        ]
      : ["Cannot be planned", outside(refused)],
  ];
  const explained = new Set(push.why.map(({ image }) => image));
  const rest = push.images.filter((image) => !explained.has(image));
  const names = (at: readonly number[]): Child => listed(at.map((image) => code(name(image))));
  return [
    el(
      "dl",
      { class: "facts" },
      facts.map(([term, value]) => el("div", {}, el("dt", {}, term), el("dd", {}, value))),
    ),
    push.why.length === 0 ? null : reasonsTable(push.why, causes, names),
    rest.length === 0 ? null : el("p", {}, explained.size === 0 ? "Images: " : "Also: ", names(rest), "."),
    moreWhy === 0 ? null : el("p", {}, `${count(moreWhy, "more reason")} ${moreWhy === 1 ? "is" : "are"} left out.`),
    against === null ? null : differences(against, images),
    cost === null ? null : costTable(cost),
  ];
}

function differences(
  { refused, missedByOurs, missedByAgainst }: NonNullable<ReplayPush["against"]>,
  images: Replay["images"],
): Child {
  const names = (at: readonly number[]): Child => listed(at.map((image) => code(imageText(images[image]?.name ?? ""))));
  if (refused !== null) return el("p", {}, "By the second config it cannot be planned: ", outside(refused));
  return [
    missedByAgainst.length === 0 ? null : el("p", {}, "Built by this config alone: ", names(missedByAgainst), "."),
    missedByOurs.length === 0 ? null : el("p", {}, "Built by the second config alone: ", names(missedByOurs), "."),
  ];
}

/** Images that are built for the same are beside each other. */
function reasonsTable(
  why: ReplayPush["why"],
  causes: Replay["causes"],
  names: (images: readonly number[]) => Child,
): HTMLElement {
  const alike = Map.groupBy(why, ({ cause, path }) => JSON.stringify([cause, path]));
  const rows = [...alike.values()].flatMap((same) => {
    const [first] = same;
    const known = first === undefined ? undefined : causes[first.cause];
    if (first === undefined) return [];
    return [
      [
        known === undefined ? "another cause" : causeText(known),
        first.path === null ? "" : code(first.path),
        names([...new Set(same.map(({ image }) => image))]),
      ],
    ];
  });
  return plainTable(["Built because of", "Changed file", "Images"], rows, "text");
}

function costTable({ ours, everythingEachTime, against }: ReplayCosts): Child {
  const row = (label: string, { jobs, minutes, waiting, wall }: ReplayCost): readonly Child[] => [
    label,
    number(jobs),
    duration(minutes * 60),
    duration(waiting),
    duration(wall),
  ];
  return plainTable(
    ["Cost", "Jobs", "Runner time", "Queue", "From push to end"],
    [
      row("Everything", everythingEachTime),
      row("This config", ours),
      ...(against === null ? [] : [row("Second config", against)]),
    ],
  );
}
