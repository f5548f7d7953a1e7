import { type ExecFileSyncOptionsWithStringEncoding, execFileSync } from "node:child_process";
import { performance } from "node:perf_hooks";
import { fileURLToPath } from "node:url";
import { gitEnvironment, ScratchRepository } from "@fanfold-rigs/github-stand-in";
import {
  DOCKERFILES,
  ENTRIES,
  entry,
  FILES,
  inferenceSources,
  inferenceTexts,
  READ_BY_NAME,
} from "./input/dockerfiles.ts";

export interface HistoryRow {
  readonly last: number;
  /** Milliseconds from start to exit of the fastest run. */
  readonly fastest: number;
  /** Milliseconds of the processor, git's too: the median, whatever else the machine does. */
  readonly processor: number;
  /** Entries that the commits select together. */
  readonly selected: number;
}

const FANFOLD = fileURLToPath(new URL("../../../packages/workflows/bin/fanfold.js", import.meta.url));
const COMMITS = 1000;
const RUNS = 5;

/** What `fanfold plan --last N` costs in a repository of 20,000 files and 1,000 commits. Fanfold's packages must have been built. */
export async function benchHistory(): Promise<readonly HistoryRow[]> {
  await using repository = await ScratchRepository.create();
  const sources = inferenceSources();
  const include = Array.from({ length: ENTRIES }, (_, index) => entry(index));
  await repository.commit({
    files: {
      ".github/backend-matrix.yml": JSON.stringify({ include }),
      ".github/fanfold.yml": "images: [quay.io/octo/images]\nworkflow: { branches: [main] }\n",
      ...Object.fromEntries(inferenceTexts()),
      ...Object.fromEntries([...sources, ...READ_BY_NAME].map((path) => [path, "1\n"])),
    },
  });
  for (let commit = 0; commit < COMMITS; commit += 1) {
    // One to forty files, in one backend and where nothing is read.
    const paths = Array.from(
      { length: 1 + ((commit * 7) % 40) },
      (_, index) => sources[(commit * 75 + index * 900) % FILES],
    );
    const files = Object.fromEntries([...paths, `docs/${commit}.md`].map((path) => [path ?? "", `${commit}\n`]));
    await repository.commit({ files });
  }
  await repository.checkout("main");
  return [1, 100, COMMITS].map((last) => {
    const args = [FANFOLD, "plan", `--last=${last}`, "--json"];
    const options: ExecFileSyncOptionsWithStringEncoding = {
      cwd: repository.path,
      env: { ...process.env, ...gitEnvironment() },
      encoding: "utf8",
      maxBuffer: 1 << 30,
      stdio: ["ignore", "pipe", "ignore"],
    };
    const { totals }: { readonly totals: Totals } = JSON.parse(execFileSync(process.execPath, args, options));
    if (totals.pushes !== last || totals.ours.entries === 0) throw new Error(`${totals.pushes} commits of ${last}`);
    const runs = Array.from({ length: RUNS }, () => {
      const start = performance.now();
      const told = execFileSync("sh", ["-c", '"$0" "$@" > /dev/null; times', process.execPath, ...args], options);
      return { milliseconds: performance.now() - start, processor: childrenTime(told) };
    });
    const processor = runs.map((run) => run.processor).toSorted((left, right) => left - right)[RUNS >> 1] ?? 0;
    return {
      last,
      fastest: Math.min(...runs.map((run) => run.milliseconds)),
      processor,
      selected: totals.ours.entries,
    };
  });
}

interface Totals {
  readonly pushes: number;
  readonly ours: { readonly entries: number };
}

/** What `times` of a shell says of its children, user's and system's: `0m0.52s 0m0.07s` in the second line. */
function childrenTime(told: string): number {
  const [user = Number.NaN, system = Number.NaN] = [...(told.split("\n")[1] ?? "").matchAll(/(\d+)m([\d.]+)s/g)].map(
    ([, minutes, seconds]) => (Number(minutes) * 60 + Number(seconds)) * 1000,
  );
  return user + system;
}

export function printHistory(rows: readonly HistoryRow[]): void {
  console.log(`${ENTRIES} entries of ${DOCKERFILES} Dockerfiles, ${FILES} files; whole processes, ${RUNS} runs each`);
  for (const { last, fastest, processor, selected } of rows) {
    const [best, busy] = [fastest, processor].map((time) => `${time.toFixed(0).padStart(6)} ms`);
    console.log(
      `plan --last ${String(last).padEnd(5)} ${best} fastest ${busy} of the processor  ${selected} entries selected`,
    );
  }
}
