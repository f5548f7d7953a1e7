import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { DigestToolsError } from "../base/error.ts";
import type { RunContext } from "../base/event-context.ts";
import { OCI_MANIFEST } from "../oci/descriptor.ts";
import { parsePlatforms } from "../oci/platform.ts";
import type { FoundRecords } from "../record/records.ts";
import { changed, REVISION } from "../testing/group.ts";
import { group, legOf, REPOSITORIES, world } from "../testing/merge-world.ts";
import { type GroupReport, mergeGroups } from "./run.ts";

const bareDigests = (records: FoundRecords) =>
  [...records.values()].flatMap((found) => (found.kind === "bare" ? [found.digest] : []));

describe("merging", () => {
  it("publishes one digest under every tag in every repository", async () => {
    const { stores, one } = await world();
    const report = await one();
    expect(report).toMatchObject({ verdict: "published", problems: [], platforms: ["linux/amd64", "linux/arm64"] });
    for (const store of stores) {
      expect(store.state()).toEqual([`latest-cpu-x ${report.digest}`, `sha-6113728-cpu-x ${report.digest}`]);
    }
    expect(report.tags.map(({ outcome }) => outcome)).toEqual(["set", "set", "set", "set"]);
  });

  it("reads legs whose records hold no manifest, and asks first where it may have been run before", async () => {
    const { stores, one, records } = await world();
    const { digest } = await one();
    const images = [...records.values()].flatMap((found) =>
      found.kind === "record" ? found.record.images.slice(0, 1) : [],
    );
    const [amd64, arm64] = images.map(({ children = [] }) => children.map((child) => `HEAD ${child.digest}`));
    const [first, second] = stores.map(({ log }) => log);
    expect(first?.slice(0, 2)).toEqual(images.map(({ descriptor }) => `GET ${descriptor.digest}`));
    for (const [log, read] of [
      [first?.slice(2), "GET latest-cpu-x"],
      [second, "HEAD latest-cpu-x"],
    ] as const) {
      expect(log).toEqual([
        amd64?.[0],
        arm64?.[0],
        amd64?.[1],
        arm64?.[1],
        `HEAD ${digest}`,
        `PUT ${digest}`,
        "PUT sha-6113728-cpu-x",
        "HEAD sha-6113728-cpu-x",
        read,
        "PUT latest-cpu-x",
        "HEAD latest-cpu-x",
      ]);
    }
  });

  it("asks Docker Hub, which counts them, for no manifest's bytes", async () => {
    const { stores, merge } = await world(["-cpu-x"], REPOSITORIES.toReversed());
    const [report] = await merge([group()]);
    expect(report?.verdict).toBe("published");
    const hub = stores.find(({ name }) => name.startsWith("docker.io/"));
    expect(hub?.log.filter((request) => request.startsWith("GET "))).toEqual([]);
  });

  it("names every child as the leg's own bytes do, whatever its record says", async () => {
    const { stores, one, records } = await world();
    const { digest } = await one();
    const swapped = changed(records, "digests-cpu-x--arm64", {
      images: REPOSITORIES.map((repository) => ({
        repository,
        descriptor: legOf(records, "digests-cpu-x--arm64").descriptor,
        children: legOf(records, "digests-cpu-x--amd64").children ?? [],
      })),
    });
    for (const store of stores) store.tags.clear();
    const report = await one({}, swapped);
    expect(report).toMatchObject({ verdict: "published", digest, warnings: [{ code: "record-differs" }] });
  });

  it("refuses a record that says another size or type than the registry has", async () => {
    const { one, records } = await world();
    for (const change of [{ size: 1 }, { mediaType: OCI_MANIFEST }]) {
      const wrong = changed(records, "digests-cpu-x--arm64", {
        images: REPOSITORIES.map((repository) => ({
          repository,
          descriptor: { ...legOf(records, "digests-cpu-x--arm64").descriptor, ...change },
        })),
      });
      expect(await one({}, wrong)).toMatchObject({
        verdict: "refused",
        problems: [{ code: "verification-failed", message: expect.stringContaining("is recorded as") }],
      });
    }
  });

  it("does not care for repositories that it does not publish to", async () => {
    const { one, records } = await world();
    const more = changed(records, "digests-cpu-x--arm64", {
      images: [
        ...REPOSITORIES.map((repository) => ({ ...legOf(records, "digests-cpu-x--arm64"), repository })),
        { ...legOf(records, "digests-cpu-x--amd64"), repository: "ghcr.io/example/other" },
      ],
    });
    expect(await one({}, more)).toMatchObject({ verdict: "published", warnings: [] });
  });

  it("refuses the records of any other run, where its own is known", async () => {
    const { stores, records, openStore } = await world();
    const mergeAs = (run: RunContext) => mergeGroups({ groups: [group()], records, run }, { openStore });
    for (const run of [
      { id: "17000000002", attempt: 1 },
      { id: "16999999999", attempt: 1 },
      { id: "17000000001", attempt: 1, server: "https://ghes.example" },
    ]) {
      const [report] = await mergeAs(run);
      expect(report?.problems.map(({ code }) => code)).toEqual(["wrong-run", "wrong-run"]);
    }
    expect(stores.flatMap(({ log }) => log)).toEqual([]);
    expect((await mergeAs({ id: "17000000001", attempt: 3 }))[0]?.verdict).toBe("published");
  });

  it("ends for one image alone, whatever that image's data throws", async () => {
    const suffixes = ["-a", "-b", "-c"];
    const thrown = [new RangeError("Maximum call stack size exceeded"), new TypeError("x is not a function"), "a text"];
    for (const error of thrown) {
      const { stores, merge, records } = await world(suffixes);
      const broken = legOf(records, "digests-b--amd64").descriptor.digest;
      for (const store of stores) {
        store.before = (request) => {
          if (request.endsWith(broken)) throw error;
        };
      }
      const reports = await merge(suffixes.map((suffix) => group(suffix)));
      expect(reports.map(({ verdict }) => verdict)).toEqual(["published", "refused", "published"]);
      expect(reports[1]?.problems).toMatchObject([{ code: "internal-error" }]);
    }
  });

  it("moves no tag before every repository has the fixed ones", async () => {
    const { stores, one } = await world();
    const [first, second] = stores;
    if (first === undefined || second === undefined) throw new Error("two stores");
    first.before = (request) => {
      if (request === "PUT latest-cpu-x") expect(second.tags.has("sha-6113728-cpu-x")).toBe(true);
    };
    second.before = (request) => {
      if (request === "PUT sha-6113728-cpu-x") throw new DigestToolsError({ code: "denied", message: "no" });
    };
    const report = await one();
    expect(report).toMatchObject({ verdict: "refused", problems: [{ code: "denied", message: "no" }] });
    expect(stores.map(({ tags }) => [...tags.keys()])).toEqual([["sha-6113728-cpu-x"], []]);
    expect(report.tags.map(({ repository, tag, outcome }) => `${repository} ${tag.name} ${outcome}`)).toEqual([
      "quay.io/example/backends sha-6113728-cpu-x set",
      "docker.io/example/backends sha-6113728-cpu-x failed",
      "quay.io/example/backends latest-cpu-x skipped",
      "docker.io/example/backends latest-cpu-x skipped",
    ]);
  });

  it("changes nothing the second time", async () => {
    const { stores, one } = await world();
    const first = await one();
    const states = stores.map((store) => store.state());
    for (const { log } of stores) log.length = 0;
    const second = await one();
    expect(second).toMatchObject({ verdict: "unchanged", digest: first.digest });
    expect(stores.map((store) => store.state())).toEqual(states);
    expect(stores.flatMap(({ log }) => log.filter((request) => request.startsWith("PUT")))).toEqual([]);
  });

  it("overwrites a fixed tag, unless it is to be immutable", async () => {
    const { stores, one } = await world();
    const [, other] = stores;
    const leg = [...(other?.manifests.values() ?? [])][0];
    if (other === undefined || leg === undefined) throw new Error("a store with legs");
    await other.putManifest("sha-6113728-cpu-x", leg);
    expect(await one({ immutable: true })).toMatchObject({
      verdict: "refused",
      problems: [
        { code: "tag-exists", message: expect.stringContaining("docker.io/example/backends:sha-6113728-cpu-x") },
      ],
    });
    expect(stores.map(({ tags }) => tags.size)).toEqual([0, 1]);
    expect(await one()).toMatchObject({ verdict: "published" });
    expect(await one({ immutable: true })).toMatchObject({ verdict: "unchanged" });
  });

  it("refuses a tag that reads back as something else", async () => {
    const { stores, one } = await world();
    const [store] = stores;
    const [leg] = store?.manifests.keys() ?? [];
    if (store === undefined || leg === undefined) throw new Error("a store with legs");
    store.before = (request) => {
      if (request === "HEAD latest-cpu-x") store.tags.set("latest-cpu-x", leg);
    };
    expect(await one()).toMatchObject({ verdict: "refused", problems: [{ code: "verification-failed" }] });
  });

  it("moves no tag back to an older image, unless it is told to", async () => {
    const { stores, one, records } = await world();
    const run = (id: string, version: string) => {
      const source = { revision: REVISION, version };
      const amd64 = changed(records, "digests-cpu-x--amd64", { run: { id, attempt: 1 }, source });
      return changed(amd64, "digests-cpu-x--arm64", { run: { id: "5", attempt: 1 }, source });
    };
    const newer = await one({}, run("10", "v1.2.0"));
    const kept = (report: GroupReport) =>
      report.tags.filter(({ outcome }) => outcome === "kept").map(({ tag }) => tag.name);

    const earlier = await one({}, run("9", "v1.2.0"));
    expect(earlier.verdict).toBe("published");
    expect(kept(earlier)).toEqual(["latest-cpu-x", "latest-cpu-x"]);
    expect(earlier.warnings[0]?.message).toBe(
      `quay.io/example/backends:latest-cpu-x stays at ${newer.digest}: it is from run 10, later than run 9`,
    );
    const lower = await one({}, run("11", "v1.1.9"));
    expect(lower.warnings[1]?.message).toContain("it is version v1.2.0, higher than v1.1.9");
    for (const { tags } of stores) {
      expect([tags.get("latest-cpu-x"), tags.get("sha-6113728-cpu-x")]).toEqual([newer.digest, lower.digest]);
    }
    expect((await one({}, run("11", "v1.1.9"))).verdict).toBe("unchanged");

    const back = await one({ allowRollback: true }, run("11", "v1.1.9"));
    expect([back.verdict, kept(back), back.warnings]).toEqual(["published", [], []]);
    expect(stores.map(({ tags }) => tags.get("latest-cpu-x"))).toEqual([lower.digest, lower.digest]);
  });

  it("says which leg a repository has lost", async () => {
    const { stores, one, records } = await world();
    const { descriptor, children = [] } = legOf(records, "digests-cpu-x--arm64");
    const [first, second] = stores;
    const [image, attestation] = children.map(({ digest }) => digest);
    const where = "is not in docker.io/example/backends, or no longer";
    for (const [digest, message] of [
      [image, `digests-cpu-x--arm64 (linux/arm64, ${image}) ${where}`],
      [attestation, `the attestation ${attestation} of digests-cpu-x--arm64 ${where}`],
    ] as const) {
      const kept = second?.manifests.get(digest ?? descriptor.digest);
      second?.manifests.delete(digest ?? descriptor.digest);
      expect(await one()).toMatchObject({ verdict: "refused", problems: [{ code: "not-found", message }] });
      if (kept !== undefined) second?.manifests.set(kept.descriptor.digest, kept);
    }
    first?.manifests.delete(descriptor.digest);
    expect(await one()).toMatchObject({
      verdict: "refused",
      problems: [
        {
          code: "not-found",
          message: `digests-cpu-x--arm64 (${descriptor.digest}) is not in quay.io/example/backends, or no longer`,
        },
      ],
    });
    expect(stores.flatMap((store) => store.state())).toEqual([]);
  });

  it("refuses one group and publishes the others", async () => {
    const suffixes = Array.from({ length: 30 }, (_, index) => `-image-${index}`);
    const { stores, merge, records } = await world(suffixes);
    const lacking = new Map(records);
    lacking.delete("digests-image-7--arm64");
    const groups = suffixes.map((suffix) => group(suffix));
    const seen: string[] = [];
    const reports = await merge(groups, { onGroup: ({ tagSuffix }) => seen.push(tagSuffix) }, lacking);
    expect(reports.map(({ tagSuffix }) => tagSuffix)).toEqual(suffixes);
    expect(seen.toSorted()).toEqual(suffixes.toSorted());
    expect(reports.filter(({ verdict }) => verdict !== "published")).toMatchObject([
      {
        tagSuffix: "-image-7",
        problems: [{ code: "missing-leg", message: "digests-image-7--arm64 (linux/arm64) left no record" }],
      },
    ]);
    expect(stores[0]?.tags.size).toBe(58);
    for (const { log } of stores) log.length = 0;
    const again = await merge(groups);
    expect(again.filter(({ verdict }) => verdict === "published").map(({ tagSuffix }) => tagSuffix)).toEqual([
      "-image-7",
    ]);
    expect(again.every(({ verdict }) => verdict !== "refused")).toBe(true);
    expect(stores[0]?.log.filter((request) => request.startsWith("PUT"))).toHaveLength(3);
  });

  it("prints a dry run's requests, and makes those alone that read the legs", async () => {
    const { stores, one, records } = await world();
    const report = await one({ dryRun: true });
    expect(stores.flatMap(({ log }) => log)).toEqual(
      [...records.keys()].map((name) => `GET ${legOf(records, name).descriptor.digest}`),
    );
    for (const { log } of stores) log.length = 0;
    const planned = (report.steps ?? []).flatMap((step) =>
      step.kind === "request" && step.repository === REPOSITORIES[0] ? [`${step.method} ${step.reference}`] : [],
    );
    expect(report.verdict).toBe("planned");
    await one();
    expect(planned).toEqual(stores[0]?.log);
  });

  it("asks the registry for what bare records leave out", async () => {
    const { stores, one, records } = await world();
    const bare: FoundRecords = new Map(
      [...records].map(([name, found]) => {
        if (found.kind !== "record") throw new Error("a record");
        return [name, { kind: "bare", file: name, digest: found.record.images[0]?.descriptor.digest ?? "sha256:" }];
      }),
    );
    const planned = await one({ dryRun: true }, bare);
    expect(stores.flatMap(({ log }) => log)).toEqual(bareDigests(bare).map((digest) => `GET ${digest}`));
    const steps = (planned.steps ?? []).flatMap((step) =>
      step.kind === "request" && step.repository === REPOSITORIES[0] ? [`${step.method} ${step.reference}`] : [],
    );
    for (const { log } of stores) log.length = 0;
    expect(await one({}, bare)).toMatchObject({ verdict: "published", platforms: ["linux/amd64", "linux/arm64"] });
    expect(steps).toEqual(stores[0]?.log);
  });

  it("does not know a bare record's digest that the registry has not", async () => {
    const { one, records } = await world();
    const bare: FoundRecords = new Map(records).set("digests-cpu-x--amd64", {
      kind: "bare",
      file: "f",
      digest: `sha256:${"0".repeat(64)}`,
    });
    expect(await one({}, bare)).toMatchObject({ verdict: "refused", problems: [{ code: "not-found" }] });
    const { steps } = await one({ dryRun: true }, bare);
    expect(steps).toContainEqual({
      kind: "request",
      method: "GET",
      repository: REPOSITORIES[0],
      reference: `sha256:${"0".repeat(64)}`,
    });
  });
});

describe("a group is refused", () => {
  const amd64 = "digests-cpu-x--amd64";
  const arm64 = "digests-cpu-x--arm64";
  type Change = (records: FoundRecords) => FoundRecords;
  const without =
    (name: string): Change =>
    (records) =>
      new Map([...records].filter(([key]) => key !== name));
  const cases: readonly (readonly [what: string, change: Change, code: string, message: RegExp])[] = [
    ["for a missing leg", without(arm64), "missing-leg", /^digests-cpu-x--arm64 \(linux\/arm64\) left no record$/],
    [
      "for one platform twice",
      (r) => changed(r, arm64, { platforms: parsePlatforms("linux/amd64") }),
      "duplicate-platform",
      /^digests-cpu-x--amd64 and digests-cpu-x--arm64 are both linux\/amd64$/,
    ],
    [
      "for another platform",
      (r) => changed(r, arm64, { platforms: parsePlatforms("linux/s390x") }),
      "wrong-platform",
      /^digests-cpu-x--arm64 is linux\/s390x; expected linux\/arm64$/,
    ],
    [
      "for two platforms in a leg",
      (r) => changed(r, arm64, { platforms: parsePlatforms("linux/arm64,linux/s390x") }),
      "wrong-platform",
      /holds the platforms linux\/arm64,linux\/s390x; a leg has one/,
    ],
    [
      "for another commit",
      (r) => changed(r, arm64, { source: { revision: "f00", version: undefined } }),
      "wrong-revision",
      /^digests-cpu-x--arm64 was built from f00; expected 6113728/,
    ],
    [
      "for another image",
      (r) => changed(r, arm64, { tagSuffix: "-cpu-y" }),
      "invalid-record",
      /its tag-suffix is "-cpu-y", expected "-cpu-x"/,
    ],
    [
      "for a repository left out",
      (r) => changed(r, arm64, { images: imagesOf(r, arm64).slice(0, 1) }),
      "missing-repository",
      /^digests-cpu-x--arm64 was not pushed to docker\.io\/example\/backends, but to quay\.io\/example\/backends$/,
    ],
    [
      "for digests that differ",
      (r) => changed(r, arm64, { images: [...imagesOf(r, arm64).slice(0, 1), ...imagesOf(r, amd64).slice(1)] }),
      "diverging-digests",
      /one index cannot hold both/,
    ],
    [
      "for a record that cannot be read",
      (r) =>
        new Map(r).set(arm64, {
          kind: "unreadable",
          error: new DigestToolsError({ code: "invalid-record", message: "is not JSON" }),
        }),
      "invalid-record",
      /is not JSON/,
    ],
  ];

  function imagesOf(records: FoundRecords, name: string) {
    const found = records.get(name);
    return found?.kind === "record" ? found.record.images : [];
  }

  it.each(cases)("%s", async (_what, change, code, message) => {
    const { stores, one, records } = await world();
    const report = await one({}, change(records));
    expect(report.verdict).toBe("refused");
    expect(report.problems.map((problem) => problem.code)).toEqual([code]);
    expect(report.problems[0]?.message).toMatch(message);
    expect(stores.flatMap(({ log }) => log)).toEqual([]);
  });

  it("says what lies in the folder of a missing leg", async () => {
    const { one, records } = await world();
    const told = async (holds: readonly string[]) =>
      (await one({}, new Map(records).set(arm64, { kind: "missing", holds }))).problems.map(({ message }) => message);
    const left = "digests-cpu-x--arm64 (linux/arm64) left no record; its folder holds";
    expect(await told(["log.txt"])).toEqual([`${left} log.txt`]);
    expect(await told([])).toEqual([`${left} nothing`]);
  });

  it("names every fault at once", async () => {
    const { one, records } = await world();
    const faulty = changed(without(amd64)(records), arm64, { source: { revision: "f00", version: undefined } });
    const report = await one({}, faulty);
    expect(report.problems.map(({ code }) => code)).toEqual(["missing-leg", "wrong-revision"]);
  });
});

describe("laws", () => {
  it("the same records give the same digest, in whatever order they come", async () => {
    const { records, one } = await world();
    const { digest } = await one({ dryRun: true });
    await fc.assert(
      fc.asyncProperty(fc.shuffledSubarray([...records], { minLength: 2 }), async (shuffled) => {
        const reversed = { ...group(), legs: group().legs.toReversed() };
        const { merge } = await world();
        const [report] = await merge([reversed], {}, new Map(shuffled));
        expect(report?.digest).toBe(digest);
      }),
      { numRuns: 20 },
    );
  });

  it("whatever fails, no moving tag is ahead of a fixed one, what is reported published is, and a later run ends the same", async () => {
    const failure = fc.record({ store: fc.nat(1), request: fc.nat(12), lost: fc.boolean() });
    await fc.assert(
      fc.asyncProperty(fc.array(failure, { maxLength: 4 }), async (failures) => {
        const undisturbed = await world();
        await undisturbed.one();
        const { stores, one } = await world();
        stores.forEach((store, at) => {
          let count = 0;
          store.before = (request) => {
            const number = count++;
            const hit = failures.find((candidate) => candidate.store === at && candidate.request === number);
            if (hit !== undefined)
              throw new DigestToolsError({ code: hit.lost ? "network" : "denied", message: request });
          };
        });
        const report = await one();
        const fixedEverywhere = stores.every(({ tags }) => tags.has("sha-6113728-cpu-x"));
        if (stores.some(({ tags }) => tags.has("latest-cpu-x"))) expect(fixedEverywhere).toBe(true);
        const published = stores.every(
          ({ tags }) => tags.get("latest-cpu-x") === report.digest && tags.get("sha-6113728-cpu-x") === report.digest,
        );
        if (report.verdict === "published") expect(published).toBe(true);
        else expect(report.problems.length).toBeGreaterThan(0);
        for (const store of stores) store.before = () => {};
        expect(["published", "unchanged"]).toContain((await one()).verdict);
        expect(stores.map((store) => store.state())).toEqual(undisturbed.stores.map((store) => store.state()));
      }),
    );
  });
});
