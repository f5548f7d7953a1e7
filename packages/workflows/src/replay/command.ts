import { setFlagsFromString } from "node:v8";
import type { ChangeFlags } from "@fanfold/changed-backends";
import { report } from "@fanfold-internal/kit/process/annotation";
import { UsageError } from "@fanfold-internal/kit/process/command";
import type { Host } from "@fanfold-internal/kit/process/host";
import { jsonText } from "@fanfold-internal/kit/text/json-text";
import type { PlanFlags } from "../plan/command.ts";
import { askedPace } from "../simulate/pace.ts";
import { renderCommits } from "./render-commits.ts";
import { renderReplay } from "./render-replay.ts";
import { ReplayCosts } from "./replay-costs.ts";
import type { Replay } from "./replay-document.ts";
import { countOf, type ReplayFlags, type ReplayRequest, replayRequest } from "./replay-flags.ts";
import { replayHistory } from "./replay-history.ts";
import { ReplayProgress } from "./replay-progress.ts";

/** Shows a replay in another way. */
export type ShowReplay = (replay: Replay) => void;

/** `fanfold replay`: what each push of the history would have built, and why. */
export async function runReplay(flags: ReplayFlags, host: Host, show?: ShowReplay): Promise<void> {
  const asked = replayRequest(flags);
  const pace = askedPace(flags, host);
  const costs = pace === undefined ? undefined : new ReplayCosts(pace, asked.against !== undefined);
  const replay = await replayed(asked, host, costs);
  show?.(replay);
  host.stdout(flags.json === true ? jsonText(replay) : renderReplay(replay));
}

/**
 * `fanfold plan --last N`, its short form: each of the last N commits by the files of today, a line each.
 *
 * @throws UsageError for a number that is none, and beside flags that say what to compare
 */
export async function runLastCommits(text: string, flags: PlanFlags, host: Host, show?: ShowReplay): Promise<void> {
  const last = countOf(text);
  refuseOthers(flags);
  const { config, matrix } = flags;
  const pushes = { last, since: undefined, pushes: "commits" } as const;
  const replay = await replayed({ ...pushes, files: { config, matrix }, rules: "now", against: undefined }, host);
  show?.(replay);
  host.stdout(flags.json === true ? jsonText(replay) : renderCommits(replay));
}

/** `costs`: sees every push, and adds what it costs. */
async function replayed(asked: ReplayRequest, host: Host, costs?: ReplayCosts): Promise<Replay> {
  // A plan leaves much behind that nobody needs, and V8 lets the heap grow to four times what is alive before it looks.
  setFlagsFromString("--heap-growing-percent=50");
  const progress = new ReplayProgress(host);
  const result = await replayHistory(asked, host, {
    begin: (pushes) => progress.begin(pushes),
    push: (push, plans) => {
      costs?.push(push, plans);
      progress.step();
    },
  }).finally(() => progress.end());
  for (const finding of result.findings) report(host, finding);
  if (costs === undefined) return result.replay;
  const { replay, findings } = await costs.addTo(result.replay, host);
  for (const finding of findings) report(host, finding);
  return replay;
}

const OTHERS: readonly (readonly [key: keyof ChangeFlags | "shards", flag: string])[] = [
  ["eventName", "--event-name"],
  ["eventPath", "--event-path"],
  ["base", "--base"],
  ["head", "--head"],
  ["filesFrom", "--files-from"],
  ["forceAll", "--force-all"],
  ["only", "--only"],
  ["shards", "--shards"],
];

function refuseOthers(flags: PlanFlags): void {
  const given = OTHERS.filter(([key]) => flags[key] !== undefined).map(([, flag]) => flag);
  if (given.length === 0) return;
  const all = given.join(", ");
  throw new UsageError(
    `--last cannot be combined with ${all}: it compares each commit with its parent, and starts no jobs`,
  );
}
