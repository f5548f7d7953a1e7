import { printable } from "@fanfold-internal/kit/text/printable";
import { countOf } from "@fanfold-internal/kit/text/words";
import { imageText } from "@fanfold-internal/matrix/identity";
import { REUSE_STATES, type ReuseState } from "../reuse/published-state.ts";
import { type ImageStatus, NOT_PUBLISHED, type StatusDocument } from "./image-status.ts";

/** Paints a state; where there are no colours, leaves it. */
export type PaintState = (state: ReuseState | null, text: string) => string;

const COLUMNS = 80;
const HEAD: Row = { state: "STATE", image: "IMAGE", tag: "TAG", digest: "DIGEST", revision: "COMMIT", age: "AGE" };

interface Row {
  readonly state: string;
  readonly image: string;
  readonly tag: string;
  readonly digest: string;
  readonly revision: string;
  readonly age: string;
}

/**
 * A table of at most 80 columns: what is not as it should be first, each with what differs, then everything else in file order.
 * What no registry would say is not said again for each image.
 */
export function renderStatus({ branch, commit, images }: StatusDocument, now: Date, paint: PaintState): string {
  const sorted = images.toSorted((left, right) => rank(left) - rank(right));
  const rows = sorted.map((status) => rowOf(status, now));
  const widths = widthsOf([HEAD, ...rows]);
  const lines = sorted.flatMap((status, index): readonly string[] => {
    const row = rows[index];
    if (row === undefined) return [];
    const { state, why } = status;
    const text = rowText(row, widths);
    const shown = `${paint(state, text.slice(0, widths.state))}${text.slice(widths.state)}`;
    const about = why === "" || state === "unreadable" ? [] : wrapped(why).map((line) => `  ${line}`);
    return [shown, ...about];
  });
  const counts = REUSE_STATES.flatMap((state) => {
    const count = images.filter((status) => status.state === state).length;
    return count === 0 ? [] : [`${count} ${state}`];
  });
  const total = `${countOf(images.length, "image")}${counts.length === 0 ? "" : `: ${counts.join(", ")}`}`;
  const against = commit === null ? "" : ` beside commit ${commit.slice(0, 7)}`;
  return [
    `${printable(branch)}${against}`,
    "",
    ...(lines.length === 0 ? [] : [rowText(HEAD, widths), ...lines, ""]),
    total,
    "",
  ].join("\n");
}

/** What differs comes first, then what nobody knows. */
function rank({ state }: ImageStatus): number {
  if (state === "current") return NOT_PUBLISHED.length + 1;
  const found = state === null ? -1 : NOT_PUBLISHED.indexOf(state);
  return found === -1 ? NOT_PUBLISHED.length : found;
}

function rowOf({ image, state, tag, digest, revision, date }: ImageStatus, now: Date): Row {
  return {
    state: state ?? "-",
    image: printable(imageText(image)),
    tag: printable(tag ?? "-"),
    digest: digest?.replace(/^sha256:/, "").slice(0, 12) ?? "-",
    revision: printable(revision ?? "-").slice(0, 7),
    age: date === null ? "-" : ageOf(new Date(date), now),
  };
}

const MINUTE = 60_000;

function ageOf(date: Date, now: Date): string {
  const minutes = Math.max(0, Math.floor((now.getTime() - date.getTime()) / MINUTE));
  if (minutes < 120) return `${minutes} min`;
  const hours = Math.floor(minutes / 60);
  return hours < 48 ? `${hours} h` : `${Math.floor(hours / 24)} days`;
}

type Widths = Readonly<Record<keyof Row, number>>;

/** Images and tags share what the other columns leave: a short one gives to the other. */
function widthsOf(rows: readonly Row[]): Widths {
  const widest = (column: keyof Row): number => Math.max(...rows.map((row) => row[column].length));
  const [state, digest, revision, age] = [widest("state"), widest("digest"), widest("revision"), widest("age")];
  const room = COLUMNS - (state + digest + revision + age) - 5 * GAP.length;
  const [images, tags] = [widest("image"), widest("tag")];
  const tag = Math.min(tags, Math.max(room - images, Math.floor(room * 0.4)));
  return { state, image: Math.min(images, room - tag), tag, digest, revision, age };
}

const GAP = "  ";

function rowText({ state, image, tag, digest, revision, age }: Row, widths: Widths): string {
  return [
    state.padEnd(widths.state),
    short(image, widths.image).padEnd(widths.image),
    short(tag, widths.tag).padEnd(widths.tag),
    digest.padEnd(widths.digest),
    revision.padEnd(widths.revision),
    age,
  ]
    .join(GAP)
    .trimEnd();
}

/** Names of one family begin alike and end alike: what is left out is in the middle. */
function short(text: string, width: number): string {
  if (text.length <= width) return text;
  const end = Math.floor((width - 1) / 2);
  return `${text.slice(0, width - 1 - end)}…${text.slice(text.length - end)}`;
}

/** Lines of words; one that is longer than a line has its own. */
function wrapped(text: string): readonly string[] {
  const lines: string[] = [];
  for (const word of printable(text).split(" ")) {
    const last = lines.at(-1);
    if (last !== undefined && last.length + 1 + word.length <= COLUMNS - GAP.length)
      lines[lines.length - 1] = `${last} ${word}`;
    else lines.push(word);
  }
  return lines;
}
