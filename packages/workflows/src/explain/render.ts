import { causeLine, diffLine } from "@fanfold/changed-backends/internal";
import { formatPlace, type Place } from "@fanfold-internal/kit/process/diagnostic";
import { printable } from "@fanfold-internal/kit/text/printable";
import { countOf, fewNames } from "@fanfold-internal/kit/text/words";
import { imageText } from "@fanfold-internal/matrix/identity";
import { eventLine } from "../plan/render.ts";
import type { EntriesExplanation, Explanation, PathExplanation, RuleView } from "./explanation.ts";

// Enough to recognise what is meant; --json has all of them.
const MAX_NAMES = 12;
const MAX_CAUSES = 10;
const MAX_TAGS = 8;
const KEY_LENGTH = 14;

/** An explanation for a terminal. */
export function renderExplanation(explanation: Explanation): string {
  const lines = explanation.kind === "path" ? pathLines(explanation) : entriesLines(explanation);
  // The indentation keeps a hostile name from standing at the start of a line.
  return `${lines.map(printable).join("\n")}\n`;
}

function pathLines(explanation: PathExplanation): readonly string[] {
  const { path, tracked, role, outcome, selects, dependents, leftOut, ignoredBy } = explanation;
  return [
    `${path}: ${outcomeLine(explanation)}`,
    ...(tracked === false ? ["  git tracks no such file: this is what it would do"] : []),
    ...ignoredBy.map(({ glob, at }) => `  ignored by ${glob}${placed(at)}`),
    ...(outcome === "ignored"
      ? []
      : selects.flatMap((view) => [`  ${ruleTitle(view)} ${globs(view.paths)}`, images(view)])),
    ...(outcome === "ignored" || dependents.length === 0 ? [] : [`  and what stands on them: ${namesOf(dependents)}`]),
    ...leftOut.flatMap((view) => [
      `  ${ruleTitle(view)} not: except ${globs(view.except)} takes it away`,
      images(view),
    ]),
    ...(role === "matrix"
      ? ["  the matrix file: selects the entries whose own fields are new or different, by value"]
      : []),
    ...(role === "config"
      ? [
          "  the config: selects everything when its images or what reaches the build changed, by value; rules select nothing",
        ]
      : []),
    ...(outcome === "unmentioned" ? ["  fix: add a rule under inputs, or a glob under ignore"] : []),
  ];
}

function outcomeLine({ outcome, selects, unmatched }: PathExplanation): string {
  switch (outcome) {
    case "selects": {
      const names = selects.flatMap(({ entries }) => entries.map(({ image }) => image));
      return `selects ${countOf(new Set(names).size, "image")}`;
    }
    case "ignored":
    case "left-out":
      return "selects nothing";
    case "by-value":
      return "counts by value";
    case "unmentioned":
      return `no rule, no except and no ignore mentions it, which ${UNMATCHED[unmatched]} (unmatched: ${unmatched})`;
  }
}

const UNMATCHED = {
  ignore: "selects nothing",
  warn: "selects nothing, with a warning",
  "run-all": "selects everything",
} as const;

function entriesLines(explanation: EntriesExplanation): readonly string[] {
  const { name, event, diff, images: all, rules, unapplied } = explanation;
  const selected = all.filter((image) => image.selected);
  const answer =
    all.length === 1
      ? `${selected.length === 0 ? "not " : ""}selected`
      : `${selected.length === 0 ? "none" : selected.length} of ${countOf(all.length, "image")} selected`;
  return [
    `${imageText(name)}: ${answer}`,
    `  ${eventLine({ event })}: ${diffLine(diff)}`,
    ...all.flatMap((image) => [
      `  ${image.selected ? "+" : "-"} ${imageText(image.image)} (${countOf(image.entries.length, "entry", "entries")} of ${image.matrix})${placed(image.at)}`,
      ...causesOf(explanation, image).map((cause) => `      ${cause}`),
      ...(image["pull-requests"] === "built" ? [] : [`      ${LEFT_OUT}`]),
      ...(image.images.length === 0 ? [] : [`      published as ${publishedNames(image)}`]),
      ...(image.reuse === null ? [] : [`      ${reuseText(image.reuse)}`]),
      ...image.bases.map((base) => `      built from ${imageText(base.image)} (${base.where})`),
      ...(image.dependents.length === 0 ? [] : [`      base of ${namesOf(image.dependents)}`]),
      ...(image.wave === null ? [] : [`      in wave ${image.wave}`]),
      ...contentLines(image),
    ]),
    ...(selected.length === 0 &&
    diff.precision !== "unknown" &&
    !all.some((image) => image["pull-requests"] === "left-out")
      ? ["  none of the changed files meets a rule of it"]
      : []),
    ...(rules.length === 0 ? ["  no rule applies to it"] : ["  rules that apply:"]),
    ...rules.flatMap((view) => ruleLines(view, all.length > 1)),
    ...(unapplied.length === 0 ? [] : [`  rules that do not: ${unapplied.map(({ rule }) => rule).join(", ")}`]),
  ];
}

const LEFT_OUT =
  "pull requests leave it out: its build, or that of a base, takes a secret or an SSH agent, which they do not have";

/** `ghcr.io/o/x:main, sha-6113728 and quay.io/o/x` */
function publishedNames({ images: [first = "", ...others], tags }: EntriesExplanation["images"][number]): string {
  const named = `${first}${tags.length === 0 ? " by digest alone" : `:${fewNames(tags, MAX_TAGS)}`}`;
  return others.length === 0 ? named : `${named}; also in ${fewNames(others, MAX_NAMES)}`;
}

function namesOf(images: readonly string[]): string {
  return fewNames(images.map(imageText), MAX_NAMES);
}

/** Its causes, each once; what a sibling was selected for comes last. */
function causesOf({ causes }: EntriesExplanation, { matrix, entries }: EntriesExplanation["images"][number]) {
  const own = causes.filter((cause) => cause.matrix === matrix && entries.includes(cause.entry));
  return [...new Set(own.map(causeLine))].slice(0, MAX_CAUSES);
}

function ruleLines(view: RuleView, named: boolean): readonly string[] {
  const except = view.except.length === 0 ? "" : `, except ${globs(view.except)}`;
  return [`    ${ruleTitle(view)} ${globs(view.paths)}${except}`, ...(named ? [images(view)] : [])];
}

function ruleTitle({ rule, inferred, at }: RuleView): string {
  if (inferred !== undefined) return `${inferred}:`;
  return `${rule}${placed(at)}`;
}

function placed(at: Place | null): string {
  return at === null ? " (built in)" : ` (${formatPlace(at)})`;
}

function globs(texts: readonly string[]): string {
  return texts.join(", ");
}

function images({ entries }: RuleView): string {
  const names = [...new Set(entries.map((entry) => imageText(entry.image)))];
  return `      ${fewNames(names, MAX_NAMES)}`;
}

function contentLines(image: EntriesExplanation["images"][number]): readonly string[] {
  const { "content-key": key, "content-unknown": unknown } = image;
  if (unknown !== null) return [`      content key not known: ${unknown}`];
  return key === null ? [] : [`      content key ${key.slice(0, KEY_LENGTH)}…`];
}

const OUTCOMES = {
  build: "built",
  claim: "published again, without a build",
  heal: "published again, without a build",
  retag: "published under the release's tags, without a build",
  leave: "left as it is",
} as const;

/** `published: stale (ghcr.io/o/x:main is built from something else), so that it is built` */
function reuseText(reuse: NonNullable<EntriesExplanation["images"][number]["reuse"]>): string {
  const { state, ledger, why, outcome, to } = reuse;
  const then = to === null ? OUTCOMES[outcome] : `left to ${to}, which is not over`;
  return `published: ${state} (${why === "" ? ledger : why}), so that it is ${then}`;
}
