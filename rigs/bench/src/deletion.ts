import { execFile, execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { makePlan, type Plan, renderScript } from "@fanfold/disk-setup";
import { type DeletionInput, deletionInput, paperProbe } from "./deletion-input.ts";

export interface DeletionRow {
  readonly way: string;
  /** Seconds until the need was free, and until the way ended. */
  readonly needed: number;
  readonly done: number;
  /** Over those of disk-setup: until the need is free, and until all is deleted. */
  readonly neededRatio: number;
  readonly doneRatio: number;
}

interface Way {
  readonly name: string;
  readonly script: (input: DeletionInput) => string;
}

const XARGS = "xargs -0 -n 1 -P 8 rm -rf --\n";

const WAYS: readonly Way[] = [
  { name: "disk-setup, until the need is free", script: (input) => renderScript(planFor(input, input.need)) },
  { name: "disk-setup, everything", script: (input) => renderScript(planFor(input, 10 * input.bytes)) },
  {
    name: "disk-setup --background, returns",
    script: (input) => renderScript({ ...planFor(input, 10 * input.bytes), background: true }),
  },
  {
    name: "rm -rf, one after the other",
    script: ({ trees }) => `for tree in ${words(trees)}; do rm -rf -- "$tree"; done\n`,
  },
  { name: "find -delete", script: ({ trees }) => `find ${words(trees)} -delete\n` },
  { name: "xargs -P 8 rm -rf, one for each tree", script: ({ trees }) => `printf '%s\\0' ${words(trees)} | ${XARGS}` },
  {
    name: "xargs -P 8 rm -rf, split at first level",
    script: ({ trees }) => `find ${words(trees)} -mindepth 1 -maxdepth 1 -print0 | ${XARGS}rmdir ${words(trees)}\n`,
  },
];

/** The fastest public tool that we know (https://github.com/SUPERCILEX/fuc), where it is installed. */
const RMZ: Way = { name: "rmz", script: ({ trees }) => `rmz ${words(trees)}\n` };

const ROUNDS = 3;

/**
 * Times ways of deleting the same trees, each on a fresh copy of the same disk (ext4 in a file, mounted where only that
 * way sees it). Nothing is cached when a way begins, neither here nor of the
 * file that holds the disk. Best of three rounds.
 *
 * @returns no rows and a reason where disks cannot be mounted
 */
export async function benchDeletion(): Promise<{ readonly rows: readonly DeletionRow[]; readonly skipped?: string }> {
  const ways = hasRmz() ? [...WAYS, RMZ] : WAYS;
  if (process.platform !== "linux" || process.getuid?.() !== 0) {
    return { rows: [], skipped: "mounting a disk for each way needs root on Linux" };
  }
  const directory = mkdtempSync(join(tmpdir(), "fanfold-bench-"));
  try {
    const input = deletionInput(directory);
    const times = ways.map(() => ({ needed: Number.POSITIVE_INFINITY, done: Number.POSITIVE_INFINITY }));
    for (let round = 0; round < ROUNDS; round++) {
      for (const [index, way] of ways.entries()) {
        const time = await timeWay(way, input, directory);
        const best = times[index];
        times[index] = { needed: Math.min(best?.needed ?? 0, time.needed), done: Math.min(best?.done ?? 0, time.done) };
      }
    }
    const [needed, done] = [times[0]?.needed ?? 0, times[1]?.done ?? 0];
    const rows = ways.map(({ name }, index) => {
      const time = times[index] ?? { needed: 0, done: 0 };
      return { way: name, ...time, neededRatio: time.needed / needed, doneRatio: time.done / done };
    });
    return { rows };
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

function hasRmz(): boolean {
  try {
    execFileSync("rmz", ["--version"], { stdio: "ignore" });
    return true;
  } catch {
    return false;
  }
}

export function printDeletion({ rows, skipped }: Awaited<ReturnType<typeof benchDeletion>>): void {
  if (skipped !== undefined) console.log(`skipped: ${skipped}`);
  if (rows.length > 0 && !hasRmz()) console.log("without rmz, which is not installed: cargo install rmz");
  for (const { way, needed, done, neededRatio, doneRatio } of rows) {
    const cells = [cell(needed, "s"), cell(neededRatio, "x"), cell(done, "s"), cell(doneRatio, "x")];
    console.log([way.padEnd(36), "need free", ...cells.slice(0, 2), "  ended", ...cells.slice(2)].join(" "));
  }
}

const cell = (value: number, unit: string): string => `${value.toFixed(2).padStart(6)} ${unit}`;

const words = (paths: readonly string[]): string => paths.map((path) => `'${path}'`).join(" ");

function planFor({ mount, free, need, trees, catalogue, size }: DeletionInput, wanted: number): Plan {
  const probe = paperProbe({ mount, size, free, trees });
  const options = {
    need: wanted === need ? free + need : wanted,
    keep: [],
    architectures: "x64",
  } as const;
  return makePlan(probe, options, catalogue);
}

/** One way on its own copy of the disk; a loop beside it looks every few milliseconds whether the need is free. */
async function timeWay(way: Way, input: DeletionInput, directory: string): Promise<{ needed: number; done: number }> {
  const copy = join(directory, "copy.img");
  execFileSync("cp", ["--sparse=always", input.image, copy]);
  const script = join(directory, "way.sh");
  writeFileSync(script, way.script(input));
  const times = join(directory, "times");
  const frame = `set -eu
    mkdir -p /run/disk-setup
    mount -t tmpfs tmpfs /run/disk-setup
    device=$(losetup --show --find --direct-io=on '${copy}')
    mount "$device" '${input.mount}'
    losetup --detach "$device"
    sync
    echo 3 >/proc/sys/vm/drop_caches
    watch() {
      while :; do
        numbers=$(stat --file-system --format='%a %S' '${input.mount}')
        if (( \${numbers% *} * \${numbers#* } >= ${input.free + input.need} )); then printf 'needed %s\\n' "$EPOCHREALTIME" >>'${times}'; return; fi
        sleep 0.01
      done
    }
    printf 'begun %s\\n' "$EPOCHREALTIME" >'${times}'
    watch & watcher=$!
    bash '${script}' >/dev/null 2>&1
    printf 'ended %s\\n' "$EPOCHREALTIME" >>'${times}'
    wait "$watcher"
    if [[ -e /run/disk-setup/deleting ]]; then flock /run/disk-setup/deleting true; fi
    umount '${input.mount}'`;
  await promisify(execFile)("unshare", ["--mount", "--propagation", "private", "bash", "-c", frame], {
    env: { PATH: process.env["PATH"], RUNNER_ENVIRONMENT: "github-hosted" },
  });
  const at = Object.fromEntries(
    readFileSync(times, "utf8")
      .trim()
      .split("\n")
      .map((line) => line.split(" ")),
  );
  return { needed: Number(at["needed"]) - Number(at["begun"]), done: Number(at["ended"]) - Number(at["begun"]) };
}
