import { readFileSync } from "node:fs";
import { mkdir, mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { hostname, tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { FaultProxy, type RunningRegistry, startRegistry, testbed } from "@fanfold-rigs/testbed";
import { execa } from "execa";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { LayoutStore } from "../layout/store.ts";
import { writeRecord } from "../record/record-file.ts";
import { Stores } from "../stores/stores.ts";
import { planText, pushRealLegs, type RealLeg, realLeg, recordOfLeg } from "../testing/real-leg.ts";
import { RegistryDisk } from "../testing/registry-disk.ts";

const bed = testbed();
if ("unavailable" in bed) console.warn(`merge-all is not killed before a real registry: ${bed.unavailable}`);

const bin = fileURLToPath(new URL("../../bin/digest-tools.js", import.meta.url));
const REVISION = "6113728f27ae82c7b1a177c8d03f9e96e0adf246";
const KILLS = 12;
const suffixes = Array.from({ length: 10 }, (_, at) => `-k${at}`);
const legs: ReadonlyMap<string, readonly RealLeg[]> = new Map(
  suffixes.map((suffix) => [suffix, ["amd64", "arm64"].map((architecture) => realLeg(suffix, architecture))]),
);

let directory: string;
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), "fanfold-kill-"));
});
afterAll(() => rm(directory, { recursive: true, force: true }));

/** Plan and records for one repository; gives the arguments of `merge-all`. */
async function prepare(name: string, images: readonly string[]): Promise<readonly string[]> {
  const folder = join(directory, name);
  await mkdir(folder);
  const plan = join(folder, "plan.json");
  await writeFile(plan, planText({ images, suffixes, revision: REVISION, ref: "refs/tags/v1.2.3" }));
  const records = join(folder, "records");
  for (const [tagSuffix, both] of legs) {
    for (const leg of both) {
      await writeRecord(records, recordOfLeg(leg, { tagSuffix, repositories: images, revision: REVISION }));
    }
  }
  return [bin, "merge-all", "--plan", plan, "--record-dir", records, "--json", "--concurrency", "2"];
}

function mergeAll(args: readonly string[]) {
  return execa(process.execPath, args, { reject: false, env: { HOME: directory } });
}

async function finishes(args: readonly string[]): Promise<void> {
  const { exitCode, stdout, stderr } = await mergeAll(args);
  expect([exitCode, stderr]).toEqual([0, expect.stringContaining("10 images: ")]);
  const { groups } = JSON.parse(stdout);
  for (const { verdict } of groups) expect(["published", "unchanged"]).toContain(verdict);
}

describe.skipIf("unavailable" in bed)("killed in mid-run, before a registry", () => {
  let registry: RunningRegistry;
  let proxy: FaultProxy;
  let number = 0;
  beforeAll(async () => {
    registry = await startRegistry({ auth: "none", storageDir: join(directory, "registry") });
    proxy = await FaultProxy.start({ target: registry.host, latencyMs: 2 });
  });
  afterAll(async () => {
    await proxy?.close();
    await registry?.stop();
  });

  async function repository() {
    const path = `team/r${number++}`;
    const stores = new Stores({ env: {} });
    await pushRealLegs(stores.open(`${registry.host}/${path}`), [...legs.values()].flat());
    await stores.close();
    proxy.requests.length = 0;
    const args = await prepare(path.replace("/", "-"), [`${proxy.host}/${path}`]);
    return { args, disk: new RegistryDisk(join(directory, "registry"), path) };
  }

  it("a second run ends where an undisturbed one does", async () => {
    const calm = await repository();
    await finishes(calm.args);
    const requests = proxy.requests.length;
    const wanted = await calm.disk.tags();
    expect(Object.keys(wanted)).toHaveLength(3 * suffixes.length);
    const points = fc.sample(fc.integer({ min: 4, max: requests - 1 }), { numRuns: KILLS });
    let killed = 0;
    for (const point of points) {
      const { args, disk } = await repository();
      const child = mergeAll(args);
      let over = false;
      void child.finally(() => {
        over = true;
      });
      while (proxy.requests.length < point && !over) await sleep(1);
      child.kill("SIGKILL");
      // On a busy machine it may have ended before, where few requests were left.
      const { signal, stdout } = await child;
      if (signal === "SIGKILL") killed++;
      expect(stdout === "", `request ${point}`).toBe(signal === "SIGKILL");
      const left = await disk.tags();
      for (const [tag, digest] of Object.entries(left)) {
        expect(digest).toBe(wanted[tag]);
        expect(await disk.lacking(digest), `request ${point}, ${tag}`).toEqual([]);
        const [, suffix = ""] = /^latest(.*)$/.exec(tag) ?? [];
        if (suffix !== "") expect(left).toHaveProperty([`v1.2.3${suffix}`]);
      }
      await finishes(args);
      expect(await disk.tags(), `request ${point}`).toEqual(wanted);
    }
    expect(killed).toBeGreaterThan(KILLS / 2);
  }, 180_000);
});

describe("killed in mid-run, before a layout", () => {
  async function layout(name: string) {
    const store = new LayoutStore(join(directory, name));
    await pushRealLegs(store, [...legs.values()].flat());
    return { store, args: await prepare(`of-${name}`, [`oci:${join(directory, name)}`]) };
  }

  const stateOf = async ({ directory: at }: LayoutStore) => {
    const entries = await new LayoutStore(at).entries();
    // Who wrote first stands first, which says nothing.
    const listed = entries.map(({ tag, descriptor }) => `${tag ?? "(no tag)"} ${descriptor.digest}`).toSorted();
    return {
      tags: listed.filter((entry) => !entry.startsWith("(")),
      listed,
      blobs: (await readdir(join(at, "blobs", "sha256"))).toSorted(),
    };
  };

  it("a second run ends where an undisturbed one does", async () => {
    const calm = await layout("calm");
    const started = performance.now();
    await finishes(calm.args);
    const whole = Math.ceil(performance.now() - started);
    const wanted = await stateOf(calm.store);
    expect(wanted.tags).toHaveLength(3 * suffixes.length);
    let halfDone = 0;
    for (const [at, share] of fc.sample(fc.double({ min: 0, max: 1, noNaN: true }), { numRuns: KILLS }).entries()) {
      const { store, args } = await layout(`killed-${at}`);
      const child = mergeAll(args);
      // Half of the kills when so many tags are set. Looked at without a break: all of them take some hundredths of a second.
      if (at % 2 === 0) {
        const file = join(store.directory, "index.json");
        const deadline = performance.now() + 60_000;
        const tags = () => readFileSync(file, "utf8").split("ref.name").length - 1;
        while (tags() <= share * suffixes.length && performance.now() < deadline);
      } else {
        await sleep(share * whole);
      }
      child.kill("SIGKILL");
      await child;
      const { tags } = await stateOf(store);
      if (tags.length > 0 && tags.length < 3 * suffixes.length) halfDone++;
      for (const tag of tags) expect(wanted.tags).toContain(tag);
      await finishes(args);
      expect(await stateOf(store), `kill ${at}, share ${share}`).toEqual(wanted);
    }
    expect(halfDone).toBeGreaterThan(0);
  }, 180_000);

  it("a lock and half a file of one that was killed are no obstacle", async () => {
    const { store, args } = await layout("stale");
    const dead = execa("true");
    const { pid } = dead;
    await dead;
    await writeFile(join(store.directory, ".fanfold.lock"), JSON.stringify({ host: hostname(), pid }));
    await writeFile(join(store.directory, ".fanfold-half.tmp"), "{");
    const started = performance.now();
    await finishes(args);
    // It was taken over because its owner is dead, and not because it became old.
    expect(performance.now() - started).toBeLessThan(30_000);
    expect(await readdir(store.directory)).not.toContain(".fanfold.lock");
  });
});
