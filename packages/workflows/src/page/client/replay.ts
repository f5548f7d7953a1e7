import type { Replay, ReplayCosts } from "../../replay/replay-document.ts";
import type { ReplayData } from "../data/page-data.ts";
import { barsOverTime } from "./bars-over-time.ts";
import { type Child, code, el, outside } from "./elements.ts";
import { againstSection } from "./replay-against.ts";
import { costSection } from "./replay-cost.ts";
import { causesSection, imagesSection, unmentionedSection } from "./replay-lists.ts";
import { pushesSection } from "./replay-pushes.ts";
import { present, type Section, type Tile, type View } from "./sections.ts";
import { count, day, duration, moment, number, share } from "./words.ts";

/** What a history would have built. */
export function replayView({ replay, made }: ReplayData): View {
  return {
    title: ["Replay of ", outside(replay.repository)],
    about: about(replay, made),
    tiles: tiles(replay),
    warnings: replay.warnings.map((warning) => outside(warning)),
    sections: present([
      buildsSection(replay),
      costSection(replay),
      againstSection(replay),
      causesSection(replay),
      imagesSection(replay),
      pushesSection(replay),
      unmentionedSection(replay),
    ]),
  };
}

function about(replay: Replay, made: string): Child {
  const { period, branch, rules, config, totals, grouping, ends } = replay;
  const times = period === null ? "" : `, ${day(period.from)} to ${day(period.to)}`;
  const byPush = {
    commits: "each commit of the branch taken for a push",
    reflog: "pushes as the reflog has them, and commits before it",
    file: "pushes as a file has them, and commits before it",
  }[grouping.kind];
  return [
    count(totals.pushes, "push", "pushes"),
    branch === null ? "" : [" of ", code(branch)],
    times,
    `, planned by the files ${rules === "now" ? "of today" : "of their time"}`,
    config === null ? ", without a config" : [" and ", code(config)],
    `; ${byPush}. `,
    ends === null ? "" : ENDS[ends.kind],
    `Made ${moment(made)} UTC.`,
  ];
}

const ENDS: Readonly<Record<NonNullable<Replay["ends"]>["kind"], string>> = {
  root: "The history begins with the oldest. ",
  shallow: "The clone is shallow and has no more. ",
  missing: "The clone lacks the commits before. ",
};

function tiles({ totals }: Replay): readonly Tile[] {
  const { pushes, nothing, everything, refused, ours, everythingEachTime: all, cost } = totals;
  return [
    {
      label: "Entries built",
      value: number(ours.entries),
      note: `${share(ours.entries, all.entries)} of ${number(all.entries)}, had each push built everything`,
    },
    {
      label: "Images built",
      value: number(ours.images),
      note: `${share(ours.images, all.images)} of ${number(all.images)}`,
    },
    {
      label: "Without a build",
      value: number(nothing),
      note: `${share(nothing, pushes)} of ${count(pushes, "push", "pushes")}`,
    },
    {
      label: "All built",
      value: number(everything),
      note: `${share(everything, pushes)} of ${count(pushes, "push", "pushes")}`,
    },
    ...(refused === 0
      ? []
      : [{ label: "Not planned", value: number(refused), note: "pushes whose own files give no plan" }]),
    ...(cost === null ? [] : costTiles(cost)),
  ];
}

function costTiles({ ours, everythingEachTime: all }: ReplayCosts): readonly Tile[] {
  return [
    {
      label: "Runner time",
      value: duration(ours.minutes * 60),
      note: `${share(ours.minutes, all.minutes)} of ${duration(all.minutes * 60)}`,
    },
    { label: "Queue", value: duration(ours.waiting), note: `instead of ${duration(all.waiting)}` },
  ];
}

function buildsSection({ pushes, totals, more }: Replay): Section | null {
  if (pushes.length === 0) return null;
  const left =
    more.pushes === 0 ? null : el("p", {}, `The newest ${number(pushes.length)} of ${number(totals.pushes)} pushes.`);
  const points = pushes.map(({ time, entries, of }) => ({ time, ours: entries, everything: of }));
  return { id: "builds", title: "Builds over time", content: [left, barsOverTime(points)] };
}
