import { mkdtemp, rename, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { parseIndex } from "../oci/image-content.ts";
import { parsePlatforms } from "../oci/platform.ts";
import { parsePlan } from "../record/plan-file.ts";
import type { LegRecord } from "../record/record.ts";
import { writeRecord } from "../record/record-file.ts";
import { pushLegs, testGroup } from "../testing/group.ts";
import { MemoryStore } from "../testing/memory-store.ts";
import { type PlanImage, planOf } from "../testing/plan.ts";
import { handOver } from "./hand-over.ts";

const ONE = "quay.io/example/base";
const TWO = "docker.io/example/base";

let directory = "";
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), "digest-tools-hand-over-"));
});
afterEach(() => rm(directory, { recursive: true, force: true }));

/** Two stores with the legs of an image; `leave` leaves the record of one, as an attempt, under a name of its own. */
async function base(architectures: readonly string[] = ["amd64", "arm64"]) {
  const stores = [ONE, TWO].map((name) => new MemoryStore(name));
  const { records, legs } = testGroup("-base", [ONE, TWO], architectures);
  for (const store of stores) await pushLegs(store, legs);
  const leave = async (architecture: string, attempt: number, change: Partial<LegRecord> = {}): Promise<void> => {
    const found = records.get(`digests-base--${architecture}`);
    if (found?.kind !== "record") throw new Error("no record");
    const artifact = `digests-base--${architectures.length === 1 ? "single" : architecture}`;
    const { record } = found;
    const run = { id: "17000000001", attempt };
    await writeRecord(directory, { ...record, run, ...change }, artifact);
    await rename(join(directory, artifact), join(directory, `${artifact}-${attempt}`));
  };
  const planned: PlanImage = {
    image: "base",
    "tag-suffix": "-base",
    images: [ONE, TWO],
    platforms: architectures.map((architecture) => `linux/${architecture}`),
  };
  const take = (platforms: string, run = { id: "17000000001", attempt: 2 }) =>
    handOver(
      {
        plan: parsePlan(JSON.stringify(planOf([planned])), "plan.json"),
        image: "base",
        platforms: parsePlatforms(platforms),
        recordDirectories: [directory],
        run,
      },
      { openStore: (name) => stores.find((store) => store.name === name) ?? new MemoryStore(name) },
    );
  return { stores, legs, leave, take };
}

describe("an image that others of its run are built from", () => {
  it("is an index by digest, without a tag, in its first repository: of all legs, whatever their attempts", async () => {
    const { stores, legs, leave, take } = await base();
    await leave("amd64", 1);
    await leave("arm64", 2);
    const { store, digest } = await take("linux/arm64");
    expect(store).toBe(ONE);
    const [first, second] = stores;
    const index = await first?.getManifest(digest);
    if (first === undefined || index === undefined) throw new Error("not put");
    const ours = legs.flatMap(({ children }) => children.map((child) => child.digest));
    expect(
      parseIndex(index, first)
        .children.map((child) => child.digest)
        .toSorted(),
    ).toEqual(ours.toSorted());
    expect([first.state(), second?.log]).toEqual([[], []]);
    first.log.length = 0;
    expect(await take("linux/amd64,linux/arm64")).toEqual({ store, digest });
    expect(first.log.filter((line) => line.startsWith("PUT"))).toEqual([]);
  });

  it("may lack what nobody asks for; what may be asked for is named where it is missing", async () => {
    const { leave, take } = await base();
    await leave("amd64", 1);
    await take("linux/amd64");
    for (const platforms of ["linux/arm64", "linux/amd64,linux/arm64", "linux/s390x"]) {
      await expect(take(platforms)).rejects.toThrow(
        `it is built from base, of which this run has nothing for linux/arm64: digests-base--arm64 left no record in ${directory}`,
      );
    }
  });

  it("is what a single's build has pushed, and nothing is put", async () => {
    const { stores, legs, leave, take } = await base(["arm64"]);
    await expect(take("linux/arm64")).rejects.toThrow("digests-base--single left no record");
    await leave("arm64", 1);
    expect(await take("linux/arm64")).toEqual({ store: ONE, digest: legs[0]?.manifest.descriptor.digest });
    expect(stores.flatMap(({ log }) => log).filter((line) => line.startsWith("PUT"))).toEqual([]);
  });

  it("is not taken from another run or commit, nor where it was not pushed", async () => {
    const { leave, take } = await base();
    await leave("amd64", 1);
    await leave("arm64", 1, { source: { revision: "0".repeat(40), version: "main" } });
    await expect(take("linux/amd64")).rejects.toThrow("its base base: digests-base--arm64 was built from 000");
    await expect(take("linux/amd64", { id: "5", attempt: 1 })).rejects.toThrow("was recorded by run 17000000001");
  });

  it("is one of the plan", async () => {
    await expect(
      handOver(
        {
          plan: parsePlan(JSON.stringify(planOf([])), "plan.json"),
          image: "base",
          platforms: [],
          recordDirectories: [directory],
          run: undefined,
        },
        { openStore: (name) => new MemoryStore(name) },
      ),
    ).rejects.toThrow("the plan publishes no image base, which others are built from");
  });
});
