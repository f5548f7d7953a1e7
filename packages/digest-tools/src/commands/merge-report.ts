import { formatDiagnostic, type Problem } from "@fanfold-internal/kit/process/errors";
import { bar } from "@fanfold-internal/kit/process/status-line";
import { printable } from "@fanfold-internal/kit/text/printable";
import { fewOf } from "../base/merge-few.ts";
import { shellLine } from "../docker/docker.ts";
import type { GroupReport } from "../merge/run.ts";
import { nameIn } from "../oci/image-content.ts";
import type { PlannedStep } from "../publish/dry-run.ts";
import type { TagOutcome } from "../publish/publish.ts";

/** So many problems of one image are told to people, who mend the first and try again; `--json` has all. */
export const MAX_TOLD = 10;

export interface MergeCounts {
  readonly total: number;
  readonly done: number;
  readonly refused: number;
}

/** `-cpu-x`; an empty suffix as people read it. */
export function titleOf({ tagSuffix }: GroupReport): string {
  return tagSuffix === "" ? "(no suffix)" : printable(tagSuffix);
}

/** One line for a group: what became of it. */
export function headline(report: GroupReport): string {
  const { verdict, platforms, digest } = report;
  const details = verdict === "refused" ? [] : [platforms.join(", "), digest ?? ""];
  return [verdict.padEnd(9), titleOf(report), ...details].filter((part) => part !== "").join("  ");
}

/** Whether the tag stands for the image; in a dry run: would. */
export function stands({ outcome }: TagOutcome): boolean {
  return outcome === "set" || outcome === "unchanged";
}

/** What is told of many problems: the first, and a last one that counts the others. */
export function toldProblems(problems: readonly Problem[]): readonly Problem[] {
  const { shown, more } = fewOf(problems, MAX_TOLD);
  return more === 0 ? shown : [...shown, { message: `and ${more} more`, fix: "--json lists them all" }];
}

/** A group in full: its headline, its tags by repository, why it was refused. */
export function groupLines(report: GroupReport): readonly string[] {
  const repositories = [...new Set(report.tags.map(({ repository }) => repository))];
  return [
    headline(report),
    ...repositories.map((repository) => {
      const tags = report.tags.filter((tag) => tag.repository === repository);
      const names = tags.map(({ tag, outcome }) => (outcome === "set" ? tag.name : `${tag.name} (${outcome})`));
      return printable(`  ${repository}: ${names.join(", ")}`);
    }),
    ...toldProblems(report.problems).map(
      (problem) => `  ${"code" in problem ? `${problem.code}: ` : ""}${formatDiagnostic(problem)}`,
    ),
    ...toldProblems(report.warnings).map((warning) => `  warning: ${formatDiagnostic(warning)}`),
  ];
}

/** What stands published, one tag of one repository a line: `NAME:TAG@DIGEST PLATFORMS`. */
export function publishedLines(report: GroupReport): readonly string[] {
  return report.tags
    .filter(stands)
    .map(({ repository, tag }) =>
      printable(`${nameIn({ name: repository }, tag.name)}@${report.digest} ${report.platforms.join(",")}`),
    );
}

/** A dry run's steps, one a line, as they would be done. */
export function stepLines(steps: readonly PlannedStep[]): readonly string[] {
  return steps.map((step) => {
    if (step.kind === "command") return printable(shellLine(step.arguments));
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
  const counts = (["published", "unchanged", "planned", "refused"] as const).flatMap((verdict) => {
    const count = reports.filter((report) => report.verdict === verdict).length;
    return count === 0 ? [] : [`${count} ${verdict}`];
  });
  return `${reports.length} ${reports.length === 1 ? "image" : "images"}: ${counts.join(", ") || "nothing to merge"}`;
}

/** The document of `--json`, schema `fanfold.merge/1`. */
export function reportJson(reports: readonly GroupReport[]): string {
  const groups = reports.map(({ tagSuffix, verdict, digest, platforms, tags, problems, warnings, steps }) => ({
    "tag-suffix": tagSuffix,
    verdict,
    digest: digest ?? null,
    platforms,
    tags: tags.map(({ repository, tag, outcome }) => ({ repository, tag: tag.name, kind: tag.kind, outcome })),
    problems: problems.map(({ code, message, fix }) => ({ code, message, fix: fix ?? null })),
    warnings: warnings.map(({ message, fix }) => ({ message, fix: fix ?? null })),
    ...(steps === undefined ? {} : { steps }),
  }));
  return `${JSON.stringify({ schema: "fanfold.merge/1", groups })}\n`;
}
