import { describe, expect, it } from "vitest";
import type { RunDocker } from "../docker/docker.ts";
import { type GroupReport, type MergeOptions, mergeGroups } from "../merge/run.ts";
import { OCI_INDEX } from "../oci/descriptor.ts";
import { digestOf } from "../oci/digest.ts";
import { parseIndex } from "../oci/image-content.ts";
import { parsePlatforms } from "../oci/platform.ts";
import { parseTag } from "../tags/tags.ts";
import { pushLegs, REVISION, testGroup } from "../testing/group.ts";
import { MemoryStore } from "../testing/memory-store.ts";

const ONE = "quay.io/example/backends";
const TWO = "docker.io/example/backends";
const TAGS = ["v1.2.3-x", "sha-6113728-x", "latest-x"];

interface FakeDocker {
  /** What a registry refuses: a name with its tag or digest. */
  readonly refuses?: (name: string) => boolean;
  /** What docker makes of the legs in this repository. */
  readonly changes?: (repository: string, index: { manifests: unknown[] }) => unknown;
}

/** `docker buildx imagetools create` before these stores; what it is told stands in their logs. */
function fakeDocker(stores: readonly MemoryStore[], { refuses = () => false, changes }: FakeDocker): RunDocker {
  return async (args) => {
    const valuesOf = (flag: string) => args.flatMap((arg, at) => (args[at - 1] === flag ? [arg] : []));
    const sources = args.filter((arg) => /^[^:]+@sha256:/.test(arg) && args[args.indexOf(arg) - 1] !== "--tag");
    const repository = sources[0]?.split("@")[0] ?? "";
    const store = stores.find(({ name }) => name === repository);
    if (store === undefined) throw new Error(`no store ${repository}`);
    store.log.push(args.join(" "));
    const manifests = sources.flatMap((source) => {
      const leg = [...store.manifests.values()].find(({ descriptor }) => source.endsWith(descriptor.digest));
      return leg === undefined ? [] : parseIndex(leg, store).children;
    });
    const annotations = Object.fromEntries(valuesOf("--annotation").map((one) => one.replace("index:", "").split("=")));
    const index = { schemaVersion: 2, mediaType: OCI_INDEX, manifests, annotations };
    const text = JSON.stringify(changes?.(repository, index) ?? index, null, 2);
    if (args.includes("--dry-run")) return { exitCode: 0, stderr: "", stdout: text };
    const bytes = Buffer.from(text);
    const descriptor = { mediaType: OCI_INDEX, digest: digestOf(bytes), size: bytes.length };
    const names = valuesOf("--tag");
    for (const name of names.filter((one) => !refuses(one))) {
      store.manifests.set(descriptor.digest, { bytes, descriptor });
      if (!name.includes("@")) store.tags.set(name.split(":").at(-1) ?? "", descriptor.digest);
    }
    return names.some(refuses)
      ? { exitCode: 1, stderr: "#1 pushing\nerror: denied: no\n" }
      : { exitCode: 0, stderr: "" };
  };
}

async function world(fake: FakeDocker = {}) {
  const stores = [ONE, TWO].map((name) => new MemoryStore(name));
  const { records, legs } = testGroup("-x", [ONE, TWO]);
  for (const store of stores) await pushLegs(store, legs);
  const group = {
    image: "-x",
    tagSuffix: "-x",
    repositories: [ONE, TWO],
    form: "index",
    annotations: {},
    legs: [...records.keys()].map((artifactName) => ({ artifactName })),
    expected: parsePlatforms("linux/amd64,linux/arm64"),
    revision: REVISION,
    tags: { kind: "tags", tags: TAGS.map(parseTag) },
  } as const;
  const openStore = (name: string) => {
    const store = stores.find((candidate) => candidate.name === name);
    if (store === undefined) throw new Error(`no store ${name}`);
    return store;
  };
  const merge = async (options: Partial<MergeOptions> = {}): Promise<GroupReport> => {
    const docker = fakeDocker(stores, fake);
    const input = { groups: [group], records };
    const [report] = await mergeGroups(input, { openStore, engine: "buildx", docker, ...options });
    if (report === undefined) throw new Error("one report");
    return report;
  };
  const forget = () => {
    for (const { log } of stores) log.length = 0;
  };
  return { stores, merge, forget };
}

const short = (log: readonly string[], digest = "") => log.map((line) => line.replaceAll(digest, "sha256:…"));

describe("publishing with docker", () => {
  it("sets one digest under every tag in every repository, and nothing the second time", async () => {
    const { stores, merge, forget } = await world();
    const report = await merge();
    expect([report.verdict, report.problems]).toEqual(["published", []]);
    const state = TAGS.map((tag) => `${tag} ${report.digest}`).toSorted();
    expect(stores.map((store) => store.state())).toEqual([state, state]);
    forget();
    expect(await merge()).toMatchObject({ verdict: "unchanged", digest: report.digest });
    const commands = stores.flatMap(({ log }) => log.filter((line) => line.startsWith("buildx")));
    expect(commands.every((line) => line.includes(" --dry-run "))).toBe(true);
  });

  it("sets no tag before every repository has the index", async () => {
    const { stores, merge } = await world({ refuses: (name) => name.startsWith(`${TWO}@`) });
    const report = await merge();
    expect(report).toMatchObject({
      verdict: "refused",
      problems: [
        {
          code: "rejected",
          message: expect.stringMatching(
            /^docker buildx imagetools create for docker\.io\/example\/backends@sha256:\w+ ended with exit code 1: error: denied: no$/,
          ),
        },
      ],
    });
    expect(stores.flatMap((store) => store.state())).toEqual([]);
    expect(new Set(report.tags.map(({ outcome }) => outcome))).toEqual(new Set(["skipped"]));
  });

  it("says which tags stand when docker has failed at one, and moves none", async () => {
    const { stores, merge } = await world({ refuses: (name) => name === `${TWO}:v1.2.3-x` });
    const report = await merge();
    expect(report.problems.map(({ message }) => message)).toEqual([
      `docker buildx imagetools create for ${TWO}:v1.2.3-x, ${TWO}:sha-6113728-x ended with exit code 1: error: denied: no`,
    ]);
    expect(report.digest).toBe(stores[0]?.tags.get("v1.2.3-x"));
    expect(report.tags.map(({ repository, tag, outcome }) => `${repository}:${tag.name} ${outcome}`)).toEqual([
      `${ONE}:v1.2.3-x set`,
      `${TWO}:v1.2.3-x failed`,
      `${ONE}:sha-6113728-x set`,
      `${TWO}:sha-6113728-x set`,
      `${ONE}:latest-x skipped`,
      `${TWO}:latest-x skipped`,
    ]);
  });

  it.each<readonly [string, NonNullable<FakeDocker["changes"]>, string, RegExp]>([
    [
      "one index in each repository",
      (repository, index) => ({ ...index, annotations: { repository } }),
      "diverging-digests",
      /^docker makes sha256:\w+ of the legs in \S+, but sha256:\w+ in \S+$/,
    ],
    [
      "an index of other images",
      (_repository, { manifests, ...index }) => ({ ...index, manifests: manifests.slice(1) }),
      "verification-failed",
      /^the index that docker makes of the legs in \S+ does not hold exactly their images and attestations$/,
    ],
  ])("refuses %s, before any tag", async (_what, changes, code, message) => {
    const { stores, merge } = await world({ changes });
    const report = await merge();
    expect(report.verdict).toBe("refused");
    for (const problem of report.problems) {
      expect([problem.code, problem.message]).toEqual([code, expect.stringMatching(message)]);
    }
    expect(stores.flatMap((store) => store.state())).toEqual([]);
  });

  it("prints in a dry run what it would do, but for the digest, which only docker knows", async () => {
    const { stores, merge } = await world();
    const planned = await merge({ dryRun: true, allowRollback: true });
    expect([planned.verdict, planned.digest]).toEqual(["planned", undefined]);
    expect(stores.flatMap(({ log }) => log).every((request) => request.startsWith("GET "))).toBe(true);
    for (const { log } of stores) log.length = 0;
    const { digest } = await merge({ allowRollback: true });
    for (const { name, log } of stores) {
      const steps = (planned.steps ?? []).flatMap((step) => {
        if (step.kind === "request") return step.repository === name ? [`${step.method} ${step.reference}`] : [];
        if (step.kind !== "command") return [];
        return step.arguments.some((argument) => argument.startsWith(name)) ? [step.arguments.join(" ")] : [];
      });
      expect(steps).toEqual(short(log, digest));
    }
  });
});
