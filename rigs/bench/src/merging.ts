import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, statfsSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { FaultProxy, startRegistry, type Testbed, testbed } from "@fanfold-rigs/testbed";
import { type Built, pushLegs, RUN, type WaitingGroup, writeMergeInput } from "./merging-input.ts";
import { startLatency } from "./merging-latency.ts";
import { type Measured, measure } from "./process/measure.ts";

export interface MergingRow {
  readonly way: string;
  /** How the legs were built. */
  readonly built: Built;
  /** Milliseconds added to each request. */
  readonly latencyMs: number;
  /** How many images it merged; less than all of them where it is slow. */
  readonly groups: number;
  /** For those. */
  readonly seconds: number;
  readonly peakMiB: number;
  /** An image's time over that of merge-all. */
  readonly ratio: number;
  /** Counted by a proxy, in a run of its own. */
  readonly requestsPerGroup: number;
}

/** A command line in the loop of a script, or one process for all. */
interface Way {
  readonly name: string;
  readonly run: (job: Job) => Promise<Measured>;
}

interface Job {
  readonly bed: Testbed;
  readonly directory: string;
  /** By the address to use. */
  readonly repository: string;
  readonly groups: readonly WaitingGroup[];
  readonly revision: string;
}

const GROUPS = 300;
const ROUNDS = 3;
/** With latency the loops merge so many and are compared by the image: each does one after the other. Requests are counted for so many. */
const SOME_GROUPS = 20;
const LATENCY_MS = 50;

const BIN = fileURLToPath(new URL("../../../packages/digest-tools/bin/digest-tools.js", import.meta.url));
const COMMIT_LENGTH = 40;

const WAYS: readonly [Way, ...Way[]] = [
  {
    name: "digest-tools merge-all",
    run: ({ directory, groups, repository, revision }) => {
      const { plan, records } = writeMergeInput(directory, groups, { repository, revision });
      const args = [BIN, "merge-all", "--plan", plan, "--record-dir", records];
      const run = { GITHUB_RUN_ID: RUN.id, GITHUB_RUN_ATTEMPT: String(RUN.attempt) };
      return measure(process.execPath, args, { PATH: process.env["PATH"], ...run });
    },
  },
  {
    name: "loop: docker buildx imagetools create",
    run: (job) =>
      loop(job, ({ tags, legs }) => [
        `docker buildx imagetools create --tag ${tags.join(" --tag ")} ${legs.join(" ")} >/dev/null 2>&1`,
      ]),
  },
  {
    name: "loop: crane index append, crane tag",
    run: (job) =>
      loop(job, ({ tags: [first = "", ...others], legs }) => [
        `crane index append --insecure --tag ${first} --manifest ${legs.join(" --manifest ")} >/dev/null 2>&1`,
        ...others.map((tag) => `crane tag --insecure ${first} ${tag.slice(tag.lastIndexOf(":") + 1)} >/dev/null 2>&1`),
      ]),
  },
];

/** Leaves legs with attestations as indexes within the index: less than the others do. */
const REGCTL: Way = {
  name: "loop: regctl index create, image copy",
  run: (job) =>
    loop(job, ({ tags: [first = "", ...others], legs }) => {
      const host = `--host reg=${first.split("/")[0]},tls=disabled`;
      return [
        `regctl index create ${host} --ref ${legs.join(" --ref ")} ${first} >/dev/null 2>&1`,
        ...others.map((tag) => `regctl image copy ${host} --fast ${first} ${tag} >/dev/null 2>&1`),
      ];
    }),
};

/**
 * Times ways of merging the same images of two legs and two tags in one registry: directly, and with milliseconds added to
 * each request; legs without and with attestations. merge-all is timed from the start of its process; median of three rounds. The registry's data is in memory, where
 * there is such a directory: its disk is not what is compared.
 *
 * @returns no rows and a reason without a test bed that has an engine
 */
export async function benchMerging(): Promise<{ readonly rows: readonly MergingRow[]; readonly skipped?: string }> {
  const bed = testbed();
  if ("unavailable" in bed) return { rows: [], skipped: bed.unavailable };
  if (bed.docker === null) return { rows: [], skipped: "no engine, only registries" };
  const directory = mkdtempSync(join(roomInMemory() ?? tmpdir(), "fanfold-bench-"));
  try {
    await using registry = await startRegistry({ auth: "none", storageDir: join(directory, "registry") });
    await using late = await startLatency(registry.host, LATENCY_MS);
    await using counter = await FaultProxy.start({ target: registry.host });
    const bench = new MergingBench(bed, directory, registry.host);
    const rows: MergingRow[] = [];
    for (const built of ["plain", "attested"] as const) {
      const requests = await bench.countRequests(counter, built);
      rows.push(...(await bench.rows(built, registry.host, 0, requests)));
      rows.push(...(await bench.rows(built, late.host, LATENCY_MS, requests)));
    }
    return { rows };
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

export function printMerging({ rows, skipped }: Awaited<ReturnType<typeof benchMerging>>): void {
  if (skipped !== undefined) console.log(`skipped: ${skipped}`);
  if (rows.length > 0 && !hasRegctl()) {
    console.log("without regctl, which is not installed: go install github.com/regclient/regclient/cmd/regctl@latest");
  }
  for (const row of rows) {
    const { way, built, latencyMs, groups, seconds, peakMiB, ratio, requestsPerGroup } = row;
    const cells = [
      built.padEnd(8),
      `+${latencyMs} ms`.padEnd(6),
      way.padEnd(38),
      `${String(groups).padStart(3)} images`,
      `${seconds.toFixed(2).padStart(7)} s`,
      `${((seconds / groups) * 1000).toFixed(1).padStart(7)} ms/image`,
      `${ratio.toFixed(1).padStart(6)} x`,
      `${peakMiB.toFixed(0).padStart(4)} MiB`,
      `${requestsPerGroup.toFixed(1).padStart(5)} requests/image`,
    ];
    console.log(cells.join("  "));
  }
}

class MergingBench {
  readonly #bed: Testbed;
  readonly #directory: string;
  readonly #registry: string;
  readonly #ways: readonly Way[] = hasRegctl() ? [...WAYS, REGCTL] : WAYS;
  #runs = 0;

  constructor(bed: Testbed, directory: string, registry: string) {
    this.#bed = bed;
    this.#directory = directory;
    this.#registry = registry;
  }

  /** An image's, in the order of the ways. */
  async countRequests(proxy: FaultProxy, built: Built): Promise<readonly number[]> {
    const counts: number[] = [];
    for (const way of this.#ways) {
      proxy.requests.length = 0;
      await this.#run(way, built, proxy.host, SOME_GROUPS);
      counts.push(proxy.requests.length / SOME_GROUPS);
    }
    return counts;
  }

  async rows(
    built: Built,
    host: string,
    latencyMs: number,
    requests: readonly number[],
  ): Promise<readonly MergingRow[]> {
    const rows: MergingRow[] = [];
    for (const [at, way] of this.#ways.entries()) {
      const groups = at > 0 && latencyMs > 0 ? SOME_GROUPS : GROUPS;
      const measured: Measured[] = [];
      for (let round = 0; round < (at === 0 ? ROUNDS : 1); round++)
        measured.push(await this.#run(way, built, host, groups));
      const { seconds, peakMiB } = median(measured);
      const [ours] = rows;
      const ratio = ours === undefined ? 1 : seconds / groups / (ours.seconds / ours.groups);
      rows.push({
        way: way.name,
        built,
        latencyMs,
        groups,
        seconds,
        peakMiB,
        ratio,
        requestsPerGroup: requests[at] ?? 0,
      });
    }
    return rows;
  }

  /** In a repository of its own, its legs pushed directly. */
  async #run(way: Way, built: Built, host: string, count: number): Promise<Measured> {
    const revision = (++this.#runs).toString(16).padStart(COMMIT_LENGTH, "0");
    const path = `bench/run-${this.#runs}`;
    const groups = await pushLegs(`${this.#registry}/${path}`, count, built);
    const job = { bed: this.#bed, directory: this.#directory, repository: `${host}/${path}`, groups, revision };
    return way.run(job);
  }
}

function hasRegctl(): boolean {
  try {
    execFileSync("regctl", ["version"], { stdio: "ignore" });
    return true;
  } catch {
    return false;
  }
}

function roomInMemory(): string | undefined {
  try {
    const { bavail, bsize } = statfsSync("/dev/shm");
    return bavail * bsize > 1024 ** 3 ? "/dev/shm" : undefined;
  } catch {
    return undefined;
  }
}

/** A script, one image after the other, that ends at the first failure. */
function loop(
  { bed, directory, groups, repository, revision }: Job,
  lines: (image: { readonly tags: readonly string[]; readonly legs: readonly string[] }) => readonly string[],
): Promise<Measured> {
  const script = join(directory, "loop.sh");
  const commands = groups.flatMap(({ tagSuffix, legs }) =>
    lines({
      tags: ["main", `sha-${revision.slice(0, 7)}`].map((tag) => `${repository}:${tag}${tagSuffix}`),
      legs: legs.map(({ pushed }) => `${repository}@${pushed.descriptor.digest}`),
    }),
  );
  writeFileSync(script, ["set -eu", ...commands, ""].join("\n"));
  const tools = [dirname(bed.tools.docker), dirname(bed.tools.crane), process.env["PATH"]].join(delimiter);
  const { host, config, builder } = bed.docker ?? {};
  return measure("bash", [script], { PATH: tools, DOCKER_HOST: host, DOCKER_CONFIG: config, BUILDX_BUILDER: builder });
}

function median<T extends Measured>(all: readonly T[]): T {
  const middle = all.toSorted((left, right) => left.seconds - right.seconds)[all.length >> 1];
  if (middle === undefined) throw new Error("no round was measured");
  return middle;
}
