import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  expiredToken,
  type Fault,
  FaultProxy,
  type FaultRule,
  manifestUnknown,
  type RunningRegistry,
  serverError,
  startRegistry,
  testbed,
  tooManyRequests,
} from "@fanfold-rigs/testbed";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { digestOf } from "../oci/digest.ts";
import type { FoundRecords } from "../record/records.ts";
import type { RegistryOptions } from "../registry/client.ts";
import { Stores } from "../stores/stores.ts";
import { parseTag } from "../tags/tags.ts";
import { pushRealLegs, type RealLeg, realLeg, recordOfLeg } from "../testing/real-leg.ts";
import { RegistryDisk } from "../testing/registry-disk.ts";
import { FastClock } from "../testing/registry-stand-in.ts";
import type { MergeGroup } from "./groups.ts";
import { type GroupReport, mergeGroups } from "./run.ts";

const bed = testbed();
if ("unavailable" in bed) console.warn(`publishing is not tested behind failing registries: ${bed.unavailable}`);

const PATH = "team/backends";
const PLATFORMS = ["amd64", "arm64"].map((architecture) => ({ os: "linux", architecture }));

/** One registry and the proxy in front of it, which is all that the code under test knows of. */
interface Place {
  readonly registry: RunningRegistry;
  readonly proxy: FaultProxy;
  readonly disk: RegistryDisk;
  /** By the proxy's address. */
  readonly repository: string;
}

/** An image to publish: its legs are in both registries, its tags in neither, but `latest`, which stands for an older image. */
interface Scene {
  readonly group: MergeGroup;
  readonly records: FoundRecords;
}

describe.skipIf("unavailable" in bed)("two registries that fail", () => {
  let directory: string;
  let places: readonly [Place, Place];
  let challenge: string;
  let legs: readonly RealLeg[];
  let older: RealLeg;
  let direct: Stores;
  let number = 0;

  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), "fanfold-publish-"));
    const start = async (auth: "none" | "token"): Promise<Place> => {
      const storageDir = join(directory, auth);
      const registry = await startRegistry({ auth, storageDir });
      const proxy = await FaultProxy.start({ target: registry.host });
      const disk = new RegistryDisk(storageDir, PATH);
      return { registry, proxy, disk, repository: `${proxy.host}/${PATH}` };
    };
    places = [await start("none"), await start("token")];
    challenge = (await fetch(`http://${places[1].registry.host}/v2/`)).headers.get("www-authenticate") ?? "";
    legs = PLATFORMS.map(({ architecture }) => realLeg("shared", architecture));
    older = realLeg("older", "amd64");
    direct = new Stores({ ...loggedIn(), env: {} });
    for (const { registry } of places) {
      await pushRealLegs(direct.open(`${registry.host}/${PATH}`), [...legs, older]);
    }
  });
  afterAll(async () => {
    await direct?.close();
    for (const { proxy, registry } of places ?? []) {
      await proxy.close();
      await registry.stop();
    }
    await rm(directory, { recursive: true, force: true });
  });

  function loggedIn(): Pick<RegistryOptions, "credentials"> {
    const { username = "", password = "" } = places[1].registry;
    return { credentials: async () => ({ kind: "password", username, password, origin: "the test" }) };
  }

  /** Without requests but one: the legs are shared, the commit makes it another index. */
  async function scene(lost?: RealLeg): Promise<Scene> {
    const revision = (++number).toString(16).padStart(40, "0");
    const tagSuffix = `-n${number}`;
    const used = lost === undefined ? legs : [...legs.slice(0, 1), lost];
    const repositories = places.map(({ repository }) => repository);
    for (const { registry } of places) {
      const [, , index] = older.manifests;
      if (index !== undefined) await direct.open(`${registry.host}/${PATH}`).putManifest(`latest${tagSuffix}`, index);
    }
    const named = used.map((leg) => ({ leg, name: `digests${tagSuffix}--${leg.architecture}` }));
    return {
      group: {
        image: tagSuffix,
        tagSuffix,
        repositories,
        form: "index",
        annotations: {},
        legs: named.map(({ name }, at) => ({
          artifactName: name,
          planned: PLATFORMS[at] ?? { os: "", architecture: "" },
        })),
        expected: PLATFORMS,
        revision,
        tags: { kind: "tags", tags: [`v1.0.${number}`, "latest"].map((tag) => parseTag(tag + tagSuffix)) },
      },
      records: new Map(
        named.map(({ leg, name }) => [
          name,
          { kind: "record", file: name, record: recordOfLeg(leg, { tagSuffix, repositories, revision }) },
        ]),
      ),
    };
  }

  interface RunOptions {
    readonly concurrency?: number;
    readonly onRequest?: RegistryOptions["onRequest"];
  }

  /** One process's worth: nothing is known from the run before. */
  async function run(scenes: readonly Scene[], { concurrency = 16, onRequest }: RunOptions = {}) {
    const options = { env: {}, concurrency, clock: new FastClock(), ...loggedIn() };
    const stores = new Stores(onRequest === undefined ? options : { ...options, onRequest });
    try {
      return await mergeGroups(
        {
          groups: scenes.map(({ group }) => group),
          records: new Map(scenes.flatMap(({ records }) => [...records])),
        },
        { openStore: (name) => stores.open(name), concurrency },
      );
    } finally {
      await stores.close();
    }
  }

  async function heal(): Promise<void> {
    for (const { proxy, registry } of places) {
      proxy.setRules([]);
      await proxy.revive();
      await registry.restart();
    }
  }

  /** What was said of an image, held against what is on the registries' disks. */
  async function isTrue({ group }: Scene, report: GroupReport): Promise<void> {
    if (group.tags.kind !== "tags") throw new Error("a scene has tags");
    const { tags } = group.tags;
    const standing = await Promise.all(
      places.map(
        async ({ disk }) =>
          new Map(await Promise.all(tags.map(async ({ name }) => [name, await disk.tag(name)] as const))),
      ),
    );
    expect(report.verdict === "refused").toBe(report.problems.length > 0);
    for (const [at, { disk, repository }] of places.entries()) {
      for (const { name, kind } of tags) {
        const found = standing[at]?.get(name);
        const said = report.tags.find((outcome) => outcome.repository === repository && outcome.tag.name === name);
        if (report.verdict !== "refused" || said?.outcome === "set" || said?.outcome === "unchanged") {
          expect(found, `${name}, said to be published in registry ${at}`).toBe(report.digest);
        }
        if (found === undefined || found === older.descriptor.digest) continue;
        expect(await disk.lacking(found), `${name} in registry ${at}`).toEqual([]);
        if (kind === "fixed") continue;
        for (const other of standing) {
          for (const fixed of tags.filter((tag) => tag.kind === "fixed")) expect(other.get(fixed.name)).toBe(found);
        }
      }
    }
  }

  async function isPublished(one: Scene, report: GroupReport | undefined): Promise<void> {
    expect(report?.problems).toEqual([]);
    if (report === undefined) throw new Error("one report for each image");
    expect(["published", "unchanged"]).toContain(report.verdict);
    await isTrue(one, report);
  }

  const wrong = digestOf(Buffer.from("wrong"));
  /**
   * `passes`: one such failure is not noticed. The others may end in a refusal. At every request, or at every so many where
   * another fault takes the same way.
   */
  const faults: readonly (readonly [
    name: string,
    fault: () => Fault,
    verdict: "passes" | "may be refused",
    every: number,
  ])[] = [
    ["429", () => tooManyRequests(null), "passes", 4],
    ["429 and seconds", () => tooManyRequests({ seconds: 7 }), "passes", 1],
    ["429 and a date", () => tooManyRequests({ date: new Date(Date.now() + 60_000) }), "passes", 4],
    ["429 and a duration in the body", () => tooManyRequests({ body: "12.5ms" }), "passes", 2],
    ["500", () => serverError(500), "passes", 4],
    ["502", () => serverError(502), "passes", 1],
    ["503", () => serverError(503), "passes", 4],
    ["a reset in mid-request", () => ({ kind: "reset-request", afterBytes: 10 }), "passes", 1],
    ["a reset before the answer", () => ({ kind: "reset-response", afterBytes: 0 }), "passes", 1],
    ["a reset in mid-answer", () => ({ kind: "reset-response", afterBytes: 5 }), "passes", 3],
    ["an answer cut short", () => ({ kind: "truncate", afterBytes: 5, contentLength: "kept" }), "passes", 2],
    [
      "an answer shorter than the truth",
      () => ({ kind: "truncate", afterBytes: 5, contentLength: "fitted" }),
      "passes",
      1,
    ],
    ["a wrong digest header", () => ({ kind: "digest-header", value: wrong }), "may be refused", 1],
    ["no digest header", () => ({ kind: "digest-header", value: null }), "passes", 2],
    ["a slow first byte", () => ({ kind: "slow-first-byte", milliseconds: 30 }), "passes", 4],
    ["an expired token", () => expiredToken(challenge), "passes", 1],
    ["MANIFEST_UNKNOWN", () => manifestUnknown(), "may be refused", 1],
    ["a registry that dies", () => ({ kind: "die" }), "may be refused", 1],
  ];

  it.each(faults)(
    "%s, at the requests of a run, one after the other",
    async (name, fault, verdict, every) => {
      const { proxy } = places[1];
      const calm = await scene();
      proxy.requests.length = 0;
      await isPublished(calm, (await run([calm]))[0]);
      const count = proxy.requests.length;
      expect(count).toBeGreaterThan(8);
      let refusals = 0;
      for (let nth = 1; nth <= count; nth += every) {
        const one = await scene();
        proxy.setRules([{ which: { nth }, fault: fault() }]);
        const [report] = await run([one]);
        await heal();
        if (report === undefined) throw new Error("one report for each image");
        await isTrue(one, report);
        if (report.verdict === "refused") {
          expect(verdict, `${name} at request ${nth}: ${report.problems[0]?.message}`).toBe("may be refused");
          refusals++;
        }
        await isPublished(one, (await run([one]))[0]);
      }
      if (verdict === "may be refused") expect(refusals).toBeGreaterThan(0);
    },
    120_000,
  );

  it("a tag whose answer is always lost is set all the same", async () => {
    const one = await scene();
    const fault = { kind: "reset-response", afterBytes: 0 } as const;
    places[1].proxy.setRules([{ method: "PUT", path: /manifests\/v1/, fault }]);
    const [report] = await run([one]);
    await heal();
    await isPublished(one, report);
  });

  it.each([
    ["429", tooManyRequests({ seconds: 5 }), "rate-limited"],
    ["503", serverError(503), "server-error"],
    ["a cut", { kind: "reset-request", afterBytes: 10 }, "network"],
  ] as const)("%s that stays is a refusal, after a bounded number of tries", async (_, fault, code) => {
    const one = await scene();
    places[1].proxy.requests.length = 0;
    // Pushes and the looks whether they came through all the same.
    places[1].proxy.setRules([{ path: /manifests\/v1/, fault }]);
    const [report] = await run([one]);
    if (report === undefined) throw new Error("one report for each image");
    expect(report).toMatchObject({ verdict: "refused", problems: [{ code }] });
    expect(report.problems[0]?.fix).toMatch(/run again|run that again|then run again/);
    await isTrue(one, report);
    expect(await places[0].disk.tag(`latest${one.group.tagSuffix}`)).toBe(older.descriptor.digest);
    expect(places[1].proxy.requests.length).toBeLessThan(100);
    await heal();
    await isPublished(one, (await run([one]))[0]);
  });

  it("a registry that is killed between the tags", async () => {
    const one = await scene();
    const { registry, disk, proxy } = places[1];
    let killed: Promise<void> | undefined;
    const [report] = await run([one], {
      concurrency: 1,
      onRequest: ({ method, url }) => {
        if (method === "PUT" && url.startsWith(`http://${proxy.host}/`) && url.includes("/manifests/v1.")) {
          killed ??= registry.kill();
        }
      },
    });
    await killed;
    if (report === undefined) throw new Error("one report for each image");
    expect(report.verdict).toBe("refused");
    await isTrue(one, report);
    expect(await disk.tag(`latest${one.group.tagSuffix}`)).toBe(older.descriptor.digest);
    await heal();
    await isPublished(one, (await run([one]))[0]);
  });

  it("a leg that is cleaned away in mid-run, after it was looked for", async () => {
    const lost = realLeg("cleaned away", "arm64");
    for (const { registry } of places) await pushRealLegs(direct.open(`${registry.host}/${PATH}`), [lost]);
    const one = await scene(lost);
    const { registry, disk } = places[0];
    const image = lost.children[0]?.digest;
    let gone: Promise<unknown> | undefined;
    const [report] = await run([one], {
      concurrency: 1,
      onRequest: ({ method, url }) => {
        // The look at that image, before the first PUT: the registry itself is all that is left to notice.
        if (method === "HEAD" && url === `http://${places[0].proxy.host}/v2/${PATH}/manifests/${image}`) {
          gone ??= fetch(`http://${registry.host}/v2/${PATH}/manifests/${image}`, { method: "DELETE" });
        }
      },
    });
    expect((await gone) instanceof Response).toBe(true);
    if (report === undefined) throw new Error("one report for each image");
    expect(report.verdict).toBe("refused");
    expect(report.problems[0]?.message).toContain("MANIFEST_BLOB_UNKNOWN");
    await isTrue(one, report);
    expect(await disk.tag(`latest${one.group.tagSuffix}`)).toBe(older.descriptor.digest);
    await pushRealLegs(direct.open(`${registry.host}/${PATH}`), [lost]);
    await isPublished(one, (await run([one]))[0]);
  });

  const anyFault: fc.Arbitrary<Fault> = fc.oneof(
    fc.constantFrom(...faults.map(([, fault]) => fault)).map((make) => make()),
    fc.record({ kind: fc.constant("reset-request" as const), afterBytes: fc.nat(900) }),
    fc.record({ kind: fc.constant("reset-response" as const), afterBytes: fc.nat(900) }),
    fc.record({
      kind: fc.constant("truncate" as const),
      afterBytes: fc.nat(900),
      contentLength: fc.constantFrom("kept" as const, "fitted" as const),
    }),
  );
  const anyRule: fc.Arbitrary<FaultRule> = fc
    .record({
      method: fc.constantFrom(undefined, "PUT", "HEAD", "GET"),
      path: fc.constantFrom(undefined, /manifests\/sha256:/, /manifests\/v1/, /manifests\/latest/),
      which: fc.oneof(
        { weight: 4, arbitrary: fc.record({ nth: fc.integer({ min: 1, max: 16 }) }) },
        { weight: 2, arbitrary: fc.record({ first: fc.integer({ min: 1, max: 6 }) }) },
        { weight: 1, arbitrary: fc.record({ from: fc.integer({ min: 1, max: 16 }) }) },
      ),
      fault: anyFault,
    })
    .map(({ method, path, which, fault }) => ({
      ...(method === undefined ? {} : { method }),
      ...(path === undefined ? {} : { path }),
      which,
      fault,
    }));
  const schedule = fc.record({
    rules: fc.tuple(fc.array(anyRule, { maxLength: 4 }), fc.array(anyRule, { maxLength: 4 })),
    groups: fc.constantFrom(1, 1, 2),
    concurrency: fc.constantFrom(1, 3, 16),
    /** The second leg of the first image is not in one of the registries. */
    lostIn: fc.oneof({ weight: 9, arbitrary: fc.constant(undefined) }, { weight: 1, arbitrary: fc.nat(1) }),
  });

  it("whatever goes wrong and when, what is said is true, and a second run finishes", async () => {
    const verdicts = { refused: 0, published: 0 };
    await fc.assert(
      fc.asyncProperty(schedule, async ({ rules, groups, concurrency, lostIn }) => {
        const lost = lostIn === undefined ? undefined : realLeg(`lost ${number}`, "arm64");
        for (const [at, { registry }] of places.entries()) {
          if (lost !== undefined && at !== lostIn) {
            await pushRealLegs(direct.open(`${registry.host}/${PATH}`), [lost]);
          }
        }
        const scenes = [await scene(lost), ...(groups === 2 ? [await scene()] : [])];
        for (const [at, { proxy }] of places.entries()) proxy.setRules(rules[at] ?? []);
        const reports = await run(scenes, { concurrency });
        await heal();
        for (const [at, one] of scenes.entries()) {
          const report = reports[at];
          if (report === undefined) throw new Error("one report for each image");
          if (at === 0 && lost !== undefined) {
            expect(report.verdict).toBe("refused");
            expect(report.tags.every(({ outcome }) => outcome === "skipped")).toBe(true);
          }
          verdicts[report.verdict === "refused" ? "refused" : "published"]++;
          await isTrue(one, report);
        }
        if (lost !== undefined && lostIn !== undefined) {
          await pushRealLegs(direct.open(`${places[lostIn === 0 ? 0 : 1].registry.host}/${PATH}`), [lost]);
        }
        const again = await run(scenes);
        for (const [at, one] of scenes.entries()) await isPublished(one, again[at]);
      }),
      { numRuns: 200, endOnFailure: true },
    );
    // Both ends are met often enough for the law to mean something.
    expect(Math.min(verdicts.refused, verdicts.published)).toBeGreaterThan(30);
  }, 300_000);
});
