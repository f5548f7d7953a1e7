import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { gitEnvironment } from "@fanfold-rigs/github-stand-in";
import { DOCKERFILES, ENTRIES, FILES } from "./input/dockerfiles.ts";
import { makeFanOutHistory, PREFIX_FILTER } from "./input/fan-out-history.ts";
import { type Measured, measure } from "./process/measure.ts";

export interface ReplayRow extends Measured {
  /** The command line. */
  readonly what: string;
}

const FANFOLD = fileURLToPath(new URL("../../../packages/workflows/bin/fanfold.js", import.meta.url));
const PUSHES = 1000;
const RUNS = 3;

const COMMANDS: readonly (readonly string[])[] = [
  ["plan", "--last=1"],
  ["plan", "--last=100"],
  ["plan", `--last=${PUSHES}`],
  ["replay", `--last=${PUSHES}`],
  ["replay", `--last=${PUSHES}`, "--rules=then"],
  ["replay", `--last=${PUSHES}`, "--against=prefix-filter.yml"],
  ["replay", `--last=${PUSHES}`, "--durations=durations.yml"],
];

/** What `fanfold replay` costs over a history of 1,000 pushes, with inference. Fanfold's packages must have been built. */
export async function benchReplay(): Promise<readonly ReplayRow[]> {
  const directory = mkdtempSync(join(tmpdir(), "fanfold-bench-"));
  try {
    makeFanOutHistory(directory, PUSHES);
    writeFileSync(join(directory, "prefix-filter.yml"), PREFIX_FILTER);
    writeFileSync(join(directory, "durations.yml"), "build: 900\n");
    const env = { ...process.env, ...gitEnvironment() };
    const rows: ReplayRow[] = [];
    for (const args of COMMANDS) {
      const runs: Measured[] = [];
      for (let run = 0; run < RUNS; run += 1) {
        const line = ["-c", 'cd "$0" && exec "$@"', directory, process.execPath, FANFOLD, ...args, "--json"];
        runs.push(await measure("sh", line, env));
      }
      const seconds = Math.min(...runs.map((run) => run.seconds));
      rows.push({ what: args.join(" "), seconds, peakMiB: Math.max(...runs.map((run) => run.peakMiB)) });
    }
    return rows;
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

export function printReplay(rows: readonly ReplayRow[]): void {
  console.log(
    `${ENTRIES} entries of ${DOCKERFILES} Dockerfiles, ${FILES} files, ${PUSHES} pushes; whole processes, the fastest of ${RUNS} runs`,
  );
  for (const { what, seconds, peakMiB } of rows) {
    console.log(`${what.padEnd(44)} ${seconds.toFixed(1).padStart(6)} s ${peakMiB.toFixed(0).padStart(6)} MiB at most`);
  }
}
