import { printable } from "@fanfold-internal/kit/text/printable";
import { countOf, fewNames } from "@fanfold-internal/kit/text/words";
import { imageText } from "@fanfold-internal/matrix/identity";
import { costLines } from "../simulate/render.ts";
import type { Replay, ReplayCause, ReplayPush } from "./replay-document.ts";

const WIDTH = 80;
const MOST_CAUSES = 10;
const MOST_FILES = 10;
const MOST_MISSED = 10;
const MOST_NAMES = 60;
const MOST_REASON = 200;

/** What a replay shows, for a terminal of 80 columns: how much is built, for what, what never is, and what is missed. */
export function renderReplay(replay: Replay): string {
  const parts = [
    headLines(replay),
    totalLines(replay),
    costsOf(replay),
    causeLines(replay),
    neverLines(replay),
    fileLines(replay),
    ...(replay.against === null ? [] : [againstLines(replay, replay.against)]),
    refusedLines(replay),
  ];
  return `${parts
    .filter((lines) => lines.length > 0)
    .map((lines) => lines.join("\n"))
    .join("\n\n")}\n`;
}

function headLines({ repository, branch, period, totals, grouping, rules, ends, matrix }: Replay): readonly string[] {
  const [from, to] = [period?.from.slice(0, 10), period?.to.slice(0, 10)];
  const when = from === undefined ? "" : from === to ? `, ${from}` : `, ${from} to ${to}`;
  const all = ends?.kind === "root" ? ", all there are" : "";
  const what =
    grouping.kind === "commits"
      ? "each commit a push"
      : `${countOf(grouping.pushes, "push", "pushes")} as ${sourceOf(grouping)} has them`;
  const by = rules === "now" ? "the files of today" : "the files of each push";
  return [
    ...wrapped(
      `${repository}${branch === null ? "" : `, ${branch}`}: ${countOf(totals.pushes, "push", "pushes")}${when}${all}`,
    ),
    ...wrapped(`${what}; planned by ${by}`),
    `${countOf(matrix.entries, "entry", "entries")} and ${countOf(matrix.images, "image")} today`,
  ];
}

function sourceOf(grouping: Exclude<Replay["grouping"], { readonly kind: "commits" }>): string {
  if (grouping.kind === "reflog") return "the reflog";
  return grouping.file === "-" ? "standard input" : grouping.file;
}

function totalLines({ totals, against }: Replay): readonly string[] {
  const { ours, everythingEachTime: all } = totals;
  const pushes = [
    `${totals.nothing} build nothing`,
    `${totals.everything} everything`,
    ...(totals.refused === 0 ? [] : [`${totals.refused} cannot be planned`]),
  ];
  const rows: readonly (readonly [string, number, number])[] = [
    ["built", ours.entries, ours.images],
    ["everything each time", all.entries, all.images],
    ...(against === null || totals.against === null
      ? []
      : [[`with ${against.config}`, totals.against.entries, totals.against.images] as const]),
  ];
  const width = (column: 1 | 2): number => Math.max(...rows.map((row) => String(row[column]).length));
  const named = rows.map(([name]) => printable(name));
  const wide = Math.min(36, Math.max(...named.map((name) => name.length)));
  return [
    `pushes: ${pushes.join(", ")}`,
    ...rows.map(([, entries, images], index) => {
      const share = all.entries === 0 ? "" : `  ${((100 * entries) / all.entries).toFixed(1).padStart(5)} %`;
      const name = cut(named[index] ?? "", wide).padEnd(wide);
      return `${name}  ${String(entries).padStart(width(1))} entries  ${String(images).padStart(width(2))} images${share}`;
    }),
  ];
}

/** All by itself: costs are asked for, and what they are made by is said beside them. */
function costsOf({ totals, model, against }: Replay): readonly string[] {
  if (totals.cost === null || model === null) return [];
  const { ours, everythingEachTime, against: second } = totals.cost;
  const other = against === null || second === null ? null : { config: against.config, total: second };
  return [
    ...costLines({ ...model, ours, everythingEachTime, against: other }),
    ...model.assumptions.flatMap((text) => wrapped(text, "  - ")),
  ];
}

function causeLines({ causes, more }: Replay): readonly string[] {
  if (causes.length === 0) return [];
  const shown = causes.slice(0, MOST_CAUSES);
  const left = causes.length - shown.length + more.causes;
  const width = (column: "builds" | "alone" | "pushes"): number =>
    Math.max(column.length, ...shown.map((cause) => String(cause[column]).length));
  const row = (first: string, second: string, third: string, text: string): readonly string[] =>
    reason(
      text,
      `  ${first.padStart(width("builds"))}  ${second.padStart(width("alone"))}  ${third.padStart(width("pushes"))}  `,
    );
  return [
    "what builds were for (alone: for nothing else)",
    ...row("builds", "alone", "pushes", "cause"),
    ...shown.flatMap((cause) => row(`${cause.builds}`, `${cause.alone}`, `${cause.pushes}`, causeText(cause))),
    ...(left === 0 ? [] : [`  and ${left} more`]),
  ];
}

const SAID: Readonly<Record<ReplayCause["kind"], string>> = {
  rule: "rule ",
  paths: "",
  dockerfile: "",
  context: "",
  workflow: "workflow ",
  matrix: "entries of ",
  base: "base ",
  unmatched: "everything: ",
  everything: "everything: ",
};

function causeText({ kind, text }: Pick<ReplayCause, "kind" | "text">): string {
  return `${SAID[kind]}${text}`;
}

function neverLines({ images, totals }: Replay): readonly string[] {
  const never = images.filter(({ today, builds }) => today && builds === 0);
  const planned = totals.pushes - totals.refused;
  if (never.length === 0 || planned === 0) return [];
  const names = fewNames(
    never.map(({ name }) => imageText(name)),
    MOST_NAMES,
  );
  return [
    `never built (${never.length} of ${images.filter(({ today }) => today).length} images)${totals.refused === 0 ? "" : ` in the ${countOf(planned, "push", "pushes")} that can be planned`}`,
    ...wrapped(names, "  "),
  ];
}

function fileLines({ unmentioned, more }: Replay): readonly string[] {
  if (unmentioned.length === 0) return [];
  const shown = unmentioned.slice(0, MOST_FILES);
  const left = unmentioned.length - shown.length + more.unmentioned;
  const width = Math.max(...shown.map(({ changes }) => String(changes).length));
  return [
    "changed files that no rule and no Dockerfile mentions, by pushes",
    ...shown.map(({ path, changes }) => fitted(`  ${String(changes).padStart(width)}  ${path}`)),
    ...(left === 0 ? [] : [`  and ${left} more`]),
  ];
}

function againstLines(replay: Replay, against: NonNullable<Replay["against"]>): readonly string[] {
  const { missedByOurs, missedByAgainst, missedBecause, config } = against;
  const of = ({ pushes, images }: { readonly pushes: number; readonly images: number }): string =>
    images === 0 ? "nothing" : `${countOf(images, "build")} of images, in ${countOf(pushes, "push", "pushes")}`;
  const because = missedBecause.slice(0, MOST_MISSED);
  const width = Math.max("pushes".length, ...because.map(({ pushes }) => String(pushes).length));
  return [
    fitted(`against ${config}`),
    `  it misses ${of(missedByAgainst)}`,
    `  and builds ${of(missedByOurs)}, that the first one does not`,
    ...(because.length === 0 ? [] : ["what it misses is built for", `  ${"pushes".padStart(width)}  images  cause`]),
    ...because.flatMap(({ cause, pushes, images }) => {
      const said = replay.causes[cause];
      const text = said === undefined ? "" : causeText(said);
      return reason(text, `  ${String(pushes).padStart(width)}  ${String(images).padStart("images".length)}  `);
    }),
    ...missedLines("it misses", replay, missedByAgainst.pushes, ({ missedByAgainst: images }) => images),
    ...missedLines("only it builds", replay, missedByOurs.pushes, ({ missedByOurs: images }) => images),
  ];
}

type Difference = NonNullable<ReplayPush["against"]>;

function missedLines(
  title: string,
  { pushes, images }: Replay,
  all: number,
  missedIn: (difference: Difference) => readonly number[],
): readonly string[] {
  const found = pushes.flatMap((push) => {
    const missed = push.against === null ? [] : missedIn(push.against);
    return missed.length === 0 ? [] : [{ push, missed }];
  });
  if (found.length === 0) return [];
  const shown = found.slice(0, MOST_MISSED);
  return [
    title,
    ...shown.map(({ push, missed }) => {
      const names = fewNames(missed.map((image) => imageText(images[image]?.name ?? "")));
      return fitted(`  ${push.sha.slice(0, 7)}  ${names}  ${push.subject}`);
    }),
    ...(all === shown.length ? [] : [`  and in ${countOf(all - shown.length, "more push", "more pushes")}`]),
  ];
}

function refusedLines({ pushes, totals, more }: Replay): readonly string[] {
  if (totals.refused === 0) return [];
  const reasons = Map.groupBy(
    pushes.flatMap((push) => (push.refused === null ? [] : [{ why: push.refused, sha: push.sha }])),
    ({ why }) => why,
  );
  const lines = [...reasons].map(([why, found]) => reason(why, `  ${found.length} (${found[0]?.sha.slice(0, 7)})  `));
  return [
    `cannot be planned by their own files${more.pushes === 0 ? "" : `, of the newest ${pushes.length}`}`,
    ...lines.slice(0, MOST_MISSED).flat(),
    ...(lines.length > MOST_MISSED ? [`  and for ${lines.length - MOST_MISSED} more reasons`] : []),
  ];
}

function fitted(text: string): string {
  return cut(printable(text), WIDTH);
}

function cut(text: string, width: number): string {
  const letters = [...text];
  return letters.length <= width ? text : `${letters.slice(0, width - 1).join("")}…`;
}

/** What says why is read to its end, unless it is a page. */
function reason(text: string, first: string): readonly string[] {
  return wrapped(cut(text, MOST_REASON), first);
}

/** Words, as many a line as there is room for; the lines after the first begin as far to the right as its text. */
function wrapped(text: string, first = ""): readonly string[] {
  const lines: string[] = [];
  let line = "";
  let start = first;
  for (const word of printable(text).split(" ")) {
    const longer = line === "" ? `${start}${word}` : `${line} ${word}`;
    if (line === "" || longer.length <= WIDTH) {
      line = longer;
      continue;
    }
    lines.push(line);
    start = " ".repeat(first.length);
    line = `${start}${word}`;
  }
  return [...lines, line].map((each) => cut(each, WIDTH));
}
