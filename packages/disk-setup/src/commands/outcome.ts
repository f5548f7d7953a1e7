import type { OutputPairs } from "@fanfold-internal/kit/process/outputs";
import { formatBytes } from "@fanfold-internal/kit/text/bytes";
import { markdownCode, markdownText } from "@fanfold-internal/kit/text/printable";
import { describeLeftOut, inodesOf, placesText } from "../plan/describe.ts";
import type { Plan } from "../plan/plan-data.ts";
import type { Measured } from "./measure.ts";

/** What came of a plan. */
export interface Outcome {
  readonly code: 0 | 1;
  readonly needMet: "true" | "false" | "not-asked" | "pending";
  readonly before: Measured;
  readonly after: Measured;
  readonly devices: readonly { readonly mount: string; readonly before: number; readonly after: number }[];
  /** One word for programs, one sentence for people. */
  readonly done: readonly { readonly action: string; readonly text: string }[];
  readonly notDone: readonly string[];
  readonly seconds: number;
  readonly tmpdir: string;
  readonly dockerRoot: string | null;
}

export function outputsOf(outcome: Outcome): OutputPairs {
  const { before, after, done, devices } = outcome;
  const actions = [...new Set(done.map(({ action }) => action))];
  const sizes = devices.map((device) => [device.mount, { before: device.before, after: device.after }]);
  return [
    ["acted", String(done.length > 0)],
    ["need-met", outcome.needMet],
    ["need-at", JSON.stringify(after.at)],
    ["free", String(after.free)],
    ["freed", String(Math.max(0, after.free - before.free))],
    ["seconds", String(outcome.seconds)],
    ["tmpdir", outcome.tmpdir],
    ["docker-root", outcome.dockerRoot ?? "none"],
    ["actions", JSON.stringify(actions)],
    ["devices", JSON.stringify(Object.fromEntries(sizes))],
  ];
}

/** `65.6 GB free at /var/lib/docker (on /mnt), 60.0 GB needed` */
export function resultText({ after, code, needMet }: Outcome, need: number | null): string {
  const asked = need === null ? "" : `, ${formatBytes(need)} needed`;
  const later = needMet === "pending" ? "; deleting goes on in the background" : "";
  return `${code === 0 ? "" : "failed: "}${formatBytes(after.free)} free${inodesOf(after)} at ${placesOfMeasured(after)}${asked}${later}`;
}

/** The directories that were measured, each with its mount point. */
export const placesOfMeasured = ({ at }: Measured): string => placesText({ places: at });

/** The step's summary, as Markdown in which nothing that was found is markup. */
export function summaryOf(outcome: Outcome, need: number | null): string {
  const rows = outcome.devices.map(
    ({ mount, before, after }) => `| ${markdownCode(mount)} | ${formatBytes(before)} | ${formatBytes(after)} |\n`,
  );
  const done = outcome.done.map(({ text }) => `- done: ${markdownText(text)}\n`);
  const notDone = outcome.notDone.map((text) => `- not done: ${markdownText(text)}\n`);
  return (
    `### Disk space\n\n${markdownText(resultText(outcome, need))}, in ${outcome.seconds} s.\n\n` +
    `| device | free before | free after |\n| --- | ---: | ---: |\n${rows.join("")}\n${done.join("")}${notDone.join("")}`
  );
}

export function notDoneOf({ scope, leftOut, warnings }: Plan): string[] {
  if (scope.kind === "no-op") return [`everything: ${scope.detail}`];
  return [...describeLeftOut(leftOut), ...warnings];
}
