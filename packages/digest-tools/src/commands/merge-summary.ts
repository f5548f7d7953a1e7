import { type Diagnostic, formatDiagnostic } from "@fanfold-internal/kit/process/diagnostic";
import { markdownCode, markdownText } from "@fanfold-internal/kit/text/printable";
import { fewOf } from "@fanfold-internal/kit/text/words";
import type { GroupReport } from "../merge/run.ts";
import { MAX_SHOWN, outcomeWord, stands, titleOf, totalLine } from "./merge-report.ts";

/**
 * The size of a step's summary that GitHub accepts; it drops a larger one whole
 * (https://docs.github.com/actions/reference/workflows-and-actions/workflow-commands#step-isolation-and-limits).
 */
export const MAX_SUMMARY_BYTES: number = 1024 * 1024;
// More than anybody reads, before the bytes run out.
const MAX_ROWS = 500;

/** The step summary, in at most `room` bytes: refusals first, then warnings, then what is published. */
export function summaryMarkdown(reports: readonly GroupReport[], room: number = MAX_SUMMARY_BYTES): string {
  const refused = reports.filter(({ verdict }) => verdict === "refused");
  const merged = reports.filter(({ verdict }) => verdict !== "refused");
  const title = ["", `## Merge: ${totalLine(reports)}`];
  // Images that share their repositories have those named once.
  const shared = new Set(merged.map(({ repositories }) => repositories.join(" "))).size < 2;
  const intro = merged.length === 0 ? [] : ["", introOf(merged, shared)];
  const end = "\n";
  // Refusals alone could fill the page, so each table gets its part.
  const part = Math.floor((room - bytesOf([...title, ...intro]) - end.length) / 3);
  if (part < 0) return "";
  const lines = [
    ...title,
    ...table(part, ["Refused", "Why", "Tags that are set nevertheless", "Digest"], refused, (report) => [
      markdownText(titleOf(report)),
      findingsCell(report.problems),
      tagsByRepository(report),
      report.tags.some(stands) ? digestOf(report) : "",
    ]),
    ...table(
      part,
      ["Image", "Warning"],
      reports.filter(({ warnings }) => warnings.length > 0),
      (report) => [markdownText(titleOf(report)), findingsCell(report.warnings)],
    ),
    ...intro,
    ...table(part, ["Image", "Tags", "Platforms", "Digest"], merged, (report) => [
      imageCell(report),
      publishedCell(report, shared),
      report.platforms.map(markdownText).join(", "),
      digestOf(report),
    ]),
  ];
  return `${lines.join("\n")}${end}`;
}

/** With why it was published again, where it was not built. */
function imageCell(report: GroupReport): string {
  const { verdict, reused } = report;
  const title = markdownText(titleOf(report));
  return reused === undefined ? title : `${title} (${verdict === "published" ? outcomeWord(report) : reused})`;
}

function introOf(merged: readonly GroupReport[], shared: boolean): string {
  const planned = merged.some(({ verdict }) => verdict === "planned");
  if (!shared) return planned ? "A real run would publish:" : "Published:";
  const where = `In ${placesOf(merged[0])}`;
  return planned ? `${where} a real run would publish:` : `${where}:`;
}

function placesOf(report: GroupReport | undefined): string {
  const { shown, more } = fewOf(report?.repositories ?? [], MAX_SHOWN);
  return `${shown.map(markdownCode).join(" and ")}${more === 0 ? "" : ` and ${more} more`}`;
}

function publishedCell(report: GroupReport, shared: boolean): string {
  const tags = tagsEverywhere(report);
  if (tags === undefined) return tagsByRepository(report);
  const named = tags === "" ? "no tag" : tags;
  return shared ? named : `${named} in ${placesOf(report)}`;
}

/** The tags, where they are the same in every repository. */
function tagsEverywhere(report: GroupReport): string | undefined {
  const [first, ...others] = new Set(tagsOf(report).map(({ text }) => text));
  return others.length === 0 ? (first ?? "") : undefined;
}

function tagsByRepository(report: GroupReport): string {
  return tagsOf(report)
    .map(({ repository, text }) => `${markdownCode(repository)}: ${text || "none"}`)
    .join("<br>");
}

/** The outcome of the tags in each repository; those that were not tried are left out. */
function tagsOf({ tags }: GroupReport): readonly { readonly repository: string; readonly text: string }[] {
  return [...new Set(tags.map(({ repository }) => repository))].map((repository) => ({
    repository,
    text: tags
      .filter((tag) => tag.repository === repository && tag.outcome !== "skipped")
      .map((tag) => `${markdownCode(tag.tag.name)}${stands(tag) ? "" : ` (${tag.outcome})`}`)
      .join(" "),
  }));
}

function digestOf({ digest }: GroupReport): string {
  return digest === undefined ? "" : markdownCode(digest);
}

function findingsCell(problems: readonly Diagnostic[]): string {
  const { shown, more } = fewOf(problems, MAX_SHOWN);
  const texts = shown.map((problem) => markdownText(formatDiagnostic(problem)));
  return [...texts, ...(more === 0 ? [] : [`and ${more} more`])].join("<br>");
}

function table(
  room: number,
  head: readonly string[],
  reports: readonly GroupReport[],
  cells: (report: GroupReport) => readonly string[],
): readonly string[] {
  if (reports.length === 0) return [];
  const row = (values: readonly string[]) => `| ${values.join(" | ")} |`;
  const omission = (count: number) => (count === 0 ? [] : ["", `and ${count} more, in the step's log`]);
  const lines = ["", row(head), row(head.map(() => "---"))];
  let left = room - bytesOf([...lines, ...omission(reports.length)]);
  if (left < 0) return [];
  let shown = 0;
  for (const report of reports.slice(0, MAX_ROWS)) {
    const line = row(cells(report));
    left -= bytesOf([line]);
    if (left < 0) break;
    lines.push(line);
    shown++;
  }
  return [...lines, ...omission(reports.length - shown)];
}

/** Each with its line break. */
function bytesOf(lines: readonly string[]): number {
  return lines.reduce((sum, line) => sum + Buffer.byteLength(line) + 1, 0);
}
