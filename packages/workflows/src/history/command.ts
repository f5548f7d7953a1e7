import { type ChangeFlags, requestComparison } from "@fanfold/changed-backends";
import { selectHistory, withDependents } from "@fanfold/changed-backends/internal";
import { report } from "@fanfold-internal/kit/process/annotation";
import { UsageError } from "@fanfold-internal/kit/process/command";
import type { Host } from "@fanfold-internal/kit/process/host";
import { jsonText } from "@fanfold-internal/kit/text/json-text";
import { countOf } from "@fanfold-internal/kit/text/words";
import { readFamilyGraph, refuseBadGraph } from "../bases/family-graph.ts";
import { buildsAlike, familyPaths, readFamily, refuseBadGroups } from "../config/family.ts";
import type { PlanFlags } from "../plan/command.ts";
import { historyOf } from "./history.ts";
import { renderHistory } from "./render.ts";

/**
 * `fanfold plan --last N`: what each of the last N commits would build by the matrix, config and rules that lie there now.
 * Nothing is written but to standard output: no job is started by it.
 *
 * @throws UsageError for a number that is none, and beside flags that say what to compare
 */
export async function runHistory(text: string, flags: PlanFlags, host: Host): Promise<void> {
  const last = positive(text);
  refuseOthers(flags);
  // HEAD with itself: the files of the work tree, whatever event there is.
  const request = await requestComparison({ matrix: flags.matrix, base: "HEAD" }, { ...host, env: unforced(host.env) });
  const family = await readFamily(request, familyPaths(request.root, host.cwd, flags), host);
  refuseBadGroups(family);
  const { ground, matrix, identity } = family;
  const path = ground.config?.path ?? "";
  const [graph, found] = await Promise.all([
    readFamilyGraph(request, family, null),
    selectHistory(request, ground, { last, sameConfig: (left, right) => buildsAlike(left, right, path) }),
  ]);
  refuseBadGraph(graph);
  const commits = found.commits.map((commit) => ({ ...commit, selection: withDependents(commit.selection, graph) }));
  const history = historyOf({ ...found, commits }, matrix.lists, { identify: identity.identify, asked: last });
  for (const warning of [...found.warnings, ...graph.findings]) report(host, warning);
  if (history.ends?.kind === "shallow") {
    report(host, {
      code: "history-cut",
      severity: "warning",
      message: `the clone is shallow and ends at ${history.ends.sha.slice(0, 7)}: of ${countOf(last, "commit")} asked for ${history.totals.commits} can be compared with their parents`,
      fix: `git fetch --deepen=${last}, or --unshallow`,
    });
  }
  host.stdout(flags.json === true ? jsonText(history) : renderHistory(history));
}

function positive(text: string): number {
  if (/^[1-9]\d{0,8}$/.test(text)) return Number(text);
  throw new UsageError(`--last must be a whole number from 1 on, found ${JSON.stringify(text)}`);
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

/** What forces a run to build everything says nothing about history. */
function unforced(env: Host["env"]): Host["env"] {
  return Object.fromEntries(Object.entries(env).filter(([name]) => name !== "FORCE_ALL"));
}
