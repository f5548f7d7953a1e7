import { type Diagnostic, diagnosticJson, formatDiagnostic } from "@fanfold-internal/kit/process/diagnostic";
import { programLine } from "@fanfold-internal/kit/process/program";
import { bar } from "@fanfold-internal/kit/process/status-line";
import { jsonText } from "@fanfold-internal/kit/text/json-text";
import { printable } from "@fanfold-internal/kit/text/printable";
import { countOf, fewOf } from "@fanfold-internal/kit/text/words";
import { warning } from "../base/error.ts";
import type { GroupReport } from "../merge/run.ts";
import { nameIn } from "../oci/image-name.ts";
import type { PlannedStep } from "../publish/dry-run.ts";
import type { TagOutcome } from "../publish/publish.ts";

/** People mend the first findings of an image and try again: so many are shown; `--json` has all. */
export const MAX_SHOWN = 10;

export interface MergeCounts {
  readonly total: number;
  readonly done: number;
  readonly refused: number;
}

/** `-cpu-x`, `python:3.13`; `(no suffix)` for an empty one. */
export function titleOf({ image }: Pick<GroupReport, "image">): string {
  return image === "" ? "(no suffix)" : printable(image);
}

const REUSED = { claim: "claimed", heal: "healed", retag: "retagged" } as const;

/** What became of an image, in a word. */
type OutcomeWord = GroupReport["verdict"] | (typeof REUSED)[keyof typeof REUSED];

const OUTCOME_WORDS: readonly OutcomeWord[] = [
  "published",
  ...Object.values(REUSED),
  "unchanged",
  "planned",
  "refused",
];

export function outcomeWord({ verdict, reused }: Pick<GroupReport, "verdict" | "reused">): OutcomeWord {
  return verdict === "published" && reused !== undefined ? REUSED[reused] : verdict;
}

/** One line for an image: its outcome. */
export function headline(report: GroupReport): string {
  const { verdict, platforms, digest, reused } = report;
  const word = outcomeWord(report);
  const details = verdict === "refused" ? [] : [platforms.join(", "), digest ?? ""];
  // The outcome of one that is published says why.
  const why = reused === undefined || verdict === "published" ? "" : reused;
  return [word.padEnd(9), titleOf(report), why, ...details].filter((part) => part !== "").join("  ");
}

/** Whether the tag stands for the image; in a dry run: would. */
export function stands({ outcome }: TagOutcome): boolean {
  return outcome === "set" || outcome === "unchanged";
}

/** The first findings, and a last one that counts the others. */
export function shownFindings(findings: readonly Diagnostic[]): readonly Diagnostic[] {
  const { shown, more } = fewOf(findings, MAX_SHOWN);
  const [first] = shown;
  if (more === 0 || first === undefined) return shown;
  const rest = warning("more-findings", { message: `and ${more} more`, fix: "--json lists all of them" });
  return [...shown, { ...rest, severity: first.severity }];
}

/** An image in full: its headline, its tags by repository, why it was refused. */
export function groupLines(report: GroupReport): readonly string[] {
  const repositories = [...new Set(report.tags.map(({ repository }) => repository))];
  return [
    headline(report),
    ...repositories.map((repository) => {
      const tags = report.tags.filter((tag) => tag.repository === repository);
      const names = tags.map(({ tag, outcome }) => (outcome === "set" ? tag.name : `${tag.name} (${outcome})`));
      return printable(`  ${repository}: ${names.join(", ")}`);
    }),
    ...shownFindings(report.problems).map((finding) => `  ${finding.code}: ${formatDiagnostic(finding)}`),
    ...shownFindings(report.warnings).map((finding) => `  warning: ${finding.code}: ${formatDiagnostic(finding)}`),
  ];
}

/** What is published, one tag of one repository a line: `NAME:TAG@DIGEST PLATFORMS`; without tags `NAME@DIGEST`. */
export function publishedLines(report: GroupReport): readonly string[] {
  const { digest, platforms, repositories } = report;
  if (report.tags.length === 0 && report.verdict === "published" && digest !== undefined) {
    return repositories.map((name) => printable(`${nameIn({ name }, digest)} ${platforms.join(",")}`));
  }
  return report.tags
    .filter(stands)
    .map(({ repository, tag }) =>
      printable(`${nameIn({ name: repository }, tag.name)}@${report.digest} ${report.platforms.join(",")}`),
    );
}

/** A dry run's steps, one a line, as they would be done. */
export function stepLines(steps: readonly PlannedStep[]): readonly string[] {
  return steps.map((step) => {
    if (step.kind === "command") return printable(programLine({ command: "docker", args: step.arguments }));
    if (step.kind === "signature") return printable(`SIGN ${nameIn({ name: step.repository }, step.digest)}`);
    const size = step.bytes === undefined ? "" : ` (${step.bytes} bytes)`;
    return printable(`${step.method.padEnd(4)} ${nameIn({ name: step.repository }, step.reference)}${size}`);
  });
}

/** `[########------------] 120/300, 2 refused, 180 left` */
export function progressText({ total, done, refused }: MergeCounts): string {
  return `${bar(done, total)} ${done}/${total}, ${refused} refused, ${total - done} left`;
}

/** `300 images: 298 published, 2 refused` */
export function totalLine(reports: readonly GroupReport[]): string {
  const counts = OUTCOME_WORDS.flatMap((word) => {
    const count = reports.filter((report) => outcomeWord(report) === word).length;
    return count === 0 ? [] : [`${count} ${word}`];
  });
  return `${countOf(reports.length, "image")}: ${counts.join(", ") || "nothing to merge"}`;
}

/** The document of `--json`, schema `fanfold.merge/1`. */
export function reportJson(reports: readonly GroupReport[]): string {
  const groups = reports.map((report) => ({
    image: report.image,
    "tag-suffix": report.tagSuffix,
    images: report.repositories,
    verdict: report.verdict,
    reused: report.reused ?? null,
    digest: report.digest ?? null,
    platforms: report.platforms,
    tags: report.tags.map(({ repository, tag, outcome }) => ({ repository, tag: tag.name, kind: tag.kind, outcome })),
    problems: report.problems.map(diagnosticJson),
    warnings: report.warnings.map(diagnosticJson),
    ...(report.steps === undefined ? {} : { steps: report.steps }),
  }));
  return jsonText({ schema: "fanfold.merge/1", groups });
}
