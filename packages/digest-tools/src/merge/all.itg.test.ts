import { mkdir, mkdtemp, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { delimiter, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { artifactName } from "@fanfold-internal/matrix/names";
import { FaultProxy, type RunningRegistry, startRegistry, testbed } from "@fanfold-rigs/testbed";
import { execa } from "execa";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { formatRecord, type LegRecord } from "../record/record.ts";
import { writeRecord } from "../record/record-file.ts";
import { Stores } from "../stores/stores.ts";
import { planText, pushRealLegs, type RealLeg, realLeg, recordOfLeg } from "../testing/real-leg.ts";
import { RegistryDisk } from "../testing/registry-disk.ts";

const bed = testbed();
if ("unavailable" in bed) console.warn(`merge-all is not tested against real registries: ${bed.unavailable}`);

const bin = fileURLToPath(new URL("../../bin/digest-tools.js", import.meta.url));
const REVISION = "6113728f27ae82c7b1a177c8d03f9e96e0adf246";
const ARCHITECTURES = ["amd64", "arm64"];

let directory: string;
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), "fanfold-merge-all-"));
});
afterAll(() => rm(directory, { recursive: true, force: true }));

function mergeAll(name: string, args: readonly string[], env: Readonly<Record<string, string>> = {}) {
  const folder = join(directory, name);
  return execa(process.execPath, [bin, "merge-all", "--plan", "plan.json", "--record-dir", "records", ...args], {
    cwd: folder,
    reject: false,
    env: { HOME: directory, ...env },
  });
}

describe.skipIf("unavailable" in bed)("merge-all, before two registries", () => {
  const registries: RunningRegistry[] = [];
  const proxies: FaultProxy[] = [];
  let stores: Stores;
  beforeAll(async () => {
    stores = new Stores({ env: {} });
    for (const name of ["one", "two"]) {
      const registry = await startRegistry({ auth: "none", storageDir: join(directory, name) });
      registries.push(registry);
      proxies.push(await FaultProxy.start({ target: registry.host }));
    }
  });
  afterAll(async () => {
    await stores?.close();
    for (const proxy of proxies) await proxy.close();
    for (const registry of registries) await registry.stop();
  });

  /** A repository of that name in both registries, with its plan in a folder of that name; nothing is recorded yet. */
  async function project(name: string, suffixes: readonly string[], ref?: string) {
    const images = proxies.map(({ host }) => `${host}/${name}`);
    const folder = join(directory, name);
    await mkdir(join(folder, "records"), { recursive: true });
    const plan = { images, suffixes, revision: REVISION, ...(ref === undefined ? {} : { ref }) };
    await writeFile(join(folder, "plan.json"), planText(plan));
    const disks = ["one", "two"].map((storage) => new RegistryDisk(join(directory, storage), name));
    const direct = registries.map(({ host }) => stores.open(`${host}/${name}`));
    const push = async (legs: readonly RealLeg[]) => {
      await Promise.all(direct.map((store) => pushRealLegs(store, legs)));
    };
    const record = (leg: RealLeg, tagSuffix: string, change: Partial<LegRecord> = {}) => {
      const whole = recordOfLeg(leg, { tagSuffix, repositories: images, revision: REVISION });
      return writeRecord(join(folder, "records"), { ...whole, ...change });
    };
    return { images, folder, disks, direct, push, record };
  }

  function puts(): readonly string[] {
    return proxies.flatMap(({ requests }) => requests.filter(({ method }) => method === "PUT").map(({ path }) => path));
  }

  function forget(): void {
    for (const proxy of proxies) {
      proxy.requests.length = 0;
      proxy.setRules([]);
    }
  }

  it("one leg of 300 images is missing: that image is refused by name, and later it alone is published", async () => {
    const suffixes = Array.from({ length: 300 }, (_, at) => `-image-${at}`);
    const { disks, direct, push, record } = await project("team/three-hundred", suffixes);
    const images = new Map(suffixes.map((suffix) => [suffix, ARCHITECTURES.map((one) => realLeg(suffix, one))]));
    await push([...images.values()].flat());
    const late = "-image-123";
    for (const [suffix, legs] of images) {
      for (const leg of legs) if (suffix !== late || leg.architecture === "amd64") await record(leg, suffix);
    }
    const old = images.get("-image-0")?.[0]?.manifests[2];
    if (old === undefined) throw new Error("a leg is an index");
    for (const store of direct) await store.putManifest(`main${late}`, old);
    forget();

    const first = await mergeAll("team/three-hundred", []);
    expect(first.exitCode).toBe(1);
    expect(first.stderr).toContain(`error: ${late}: digests${late}--arm64 (linux/arm64) left no record`);
    expect(first.stderr).toMatch(/300 images: 299 published, 1 refused$/);
    expect(first.stdout.split("\n")).toHaveLength(299 * 2 * 2);
    expect(puts()).toHaveLength(299 * 2 * 3);
    for (const disk of disks) {
      const tags = await disk.tags();
      expect(Object.keys(tags)).toHaveLength(299 * 2 + 1);
      expect(tags[`main${late}`]).toBe(old.descriptor.digest);
      expect(await disk.lacking(tags["main-image-7"] ?? "")).toEqual([]);
    }
    // A look at each leg's image, a look and a PUT for the index, a PUT and a HEAD for each tag, a look at the moving one;
    // of the attestations, which all images share, one look in all.
    expect(proxies.map(({ requests }) => requests.length)).toEqual([299 * 9 + 2, 299 * 9 + 2]);

    forget();
    for (const leg of images.get(late) ?? []) {
      if (leg.architecture === "arm64") await record(leg, late, { run: { id: "17000000001", attempt: 2 } });
    }
    const second = await mergeAll("team/three-hundred", []);
    expect([second.exitCode, second.stderr]).toEqual([
      0,
      expect.stringMatching(/300 images: 1 published, 299 unchanged$/),
    ]);
    expect(puts()).toHaveLength(2 * 3);
    for (const path of puts()) expect(path).toMatch(/manifests\/(?:sha256:\w+|(?:main|sha-6113728)-image-123)$/);
    for (const disk of disks) expect(await disk.lacking((await disk.tag(`main${late}`)) ?? "")).toEqual([]);
  }, 180_000);

  it("what is wrong with an image is told by name, with what to do, and nothing is changed; the others are published", async () => {
    const name = "team/faulty";
    const faulty = [
      "-twice",
      "-commit",
      "-rejected",
      "-text",
      "-older-schema",
      "-absent",
      "-platform",
      "-linked",
      "-linked-file",
      "-climbing",
      "-two-records",
      "-huge",
    ];
    const suffixes = ["-good", ...faulty];
    const { push, record, folder, disks } = await project(name, suffixes, "refs/tags/v1.2.3");
    const images = new Map(suffixes.map((suffix) => [suffix, ARCHITECTURES.map((one) => realLeg(name + suffix, one))]));
    await push([...images].flatMap(([suffix, legs]) => (suffix === "-absent" ? legs.slice(0, 1) : legs)));
    for (const [suffix, legs] of images) for (const leg of legs) await record(leg, suffix);
    const second = (suffix: string) => images.get(suffix)?.[1] ?? realLeg("none", "arm64");
    const artifact = (suffix: string) => join(folder, "records", artifactName("", suffix, "arm64"));
    const text = (suffix: string) =>
      formatRecord(recordOfLeg(second(suffix), { tagSuffix: suffix, repositories: ["quay.io/x"], revision: REVISION }));

    await record(second("-twice"), "-twice", { platforms: [{ os: "linux", architecture: "amd64" }] });
    await record(second("-commit"), "-commit", { source: { revision: "f".repeat(40), version: "v1.2.3" } });
    proxies[1]?.setRules([
      {
        method: "PUT",
        path: /manifests\/latest-rejected/,
        fault: {
          kind: "answer",
          status: 403,
          body: JSON.stringify({ errors: [{ code: "DENIED", message: "tag is protected" }] }),
        },
      },
    ]);
    await writeFile(join(artifact("-text"), "record.json"), "not JSON");
    await writeFile(
      join(artifact("-older-schema"), "record.json"),
      text("-older-schema").replace("fanfold.record/1", "fanfold.record/0"),
    );
    await writeFile(
      join(artifact("-platform"), "record.json"),
      text("-platform").replace("linux/arm64", "linux/arm46"),
    );
    await rm(artifact("-linked"), { recursive: true });
    await symlink(join(folder, "records", "digests-good--arm64"), artifact("-linked"));
    await rm(join(artifact("-linked-file"), "record.json"));
    await symlink(
      join(folder, "records", "digests-good--arm64", "record.json"),
      join(artifact("-linked-file"), "record.json"),
    );
    await writeFile(join(artifact("-climbing"), "record.json"), text("-climbing").replace("quay.io/x", "quay.io/../x"));
    await writeFile(join(artifact("-two-records"), "0".repeat(64)), "");
    await writeFile(join(artifact("-huge"), "record.json"), " ".repeat(5 * 1024 * 1024));
    forgetRequests();

    const { exitCode, stdout, stderr } = await mergeAll(name, ["--json"]);
    expect(exitCode).toBe(1);
    const found: Record<string, string> = {};
    for (const group of JSON.parse(stdout).groups) {
      const problems: readonly { code: string; message: string; fix: string | null }[] = group.problems;
      found[group["tag-suffix"]] = problems.length === 0 ? group.verdict : problems.map(({ code }) => code).join();
      for (const { message, fix } of problems) expect(`${message}: ${fix ?? ""}`).toMatch(/: .*\w/);
    }
    expect(found).toEqual({
      "-good": "published",
      "-twice": "duplicate-platform",
      "-commit": "wrong-revision",
      "-rejected": "tag-protected",
      "-text": "invalid-record",
      "-older-schema": "invalid-record",
      "-absent": "not-found,not-found",
      "-platform": "invalid-platform",
      "-linked": "invalid-record",
      "-linked-file": "invalid-record",
      "-climbing": "invalid-reference",
      "-two-records": "duplicate-record",
      "-huge": "invalid-record",
    });
    for (const line of [
      "-twice: digests-twice--amd64 and digests-twice--arm64 are both linux/amd64",
      `-commit: digests-commit--arm64 was built from ${"f".repeat(40)}; expected ${REVISION}`,
      "-rejected: PUT: the registry answered 403 (DENIED: tag is protected)",
      'digests-platform--arm64/record.json: error: -platform: platform: platform "linux/arm46" names an unknown architecture',
      'digests-climbing--arm64/record.json: error: -climbing: images[0].repository: image name "quay.io/../x": expected',
      "two records for one leg",
    ]) {
      expect(stderr).toContain(line);
    }
    for (const [at, disk] of disks.entries()) {
      const tags = await disk.tags();
      const expected = ["-good", "-rejected"].flatMap((suffix) => [`v1.2.3${suffix}`, `sha-6113728${suffix}`]);
      const latest = at === 0 ? ["latest-good", "latest-rejected"] : ["latest-good"];
      expect(Object.keys(tags)).toEqual([...expected, ...latest].toSorted());
    }
  }, 120_000);

  function forgetRequests(): void {
    for (const proxy of proxies) proxy.requests.length = 0;
  }

  it.skipIf("unavailable" in bed || bed.docker === null)(
    "docker too sets no tag before the index is everywhere, and then the tags that it is told",
    async () => {
      const name = "team/docker";
      const { images, push, record, disks } = await project(name, ["-a"]);
      const legs = ARCHITECTURES.map((one) => realLeg(name, one));
      await push(legs);
      for (const leg of legs) await record(leg, "-a");
      forget();
      proxies[1]?.setRules([
        { method: "PUT", path: /\/manifests\//, fault: { kind: "answer", status: 403, body: "{}" } },
      ]);
      const refused = await mergeAll(name, ["--engine", "buildx"], dockerEnv());
      expect([refused.exitCode, refused.stdout]).toEqual([1, ""]);
      expect(refused.stderr).toMatch(
        new RegExp(
          `error: -a: docker buildx imagetools create for ${images[1]}@sha256:\\w+ ended with exit code 1: .*403`,
        ),
      );
      for (const disk of disks) expect(await disk.tags()).toEqual({});

      forget();
      const published = await mergeAll(name, ["--engine", "buildx", "--json"], dockerEnv());
      expect([published.exitCode, published.stderr]).toEqual([0, expect.stringMatching(/1 image: 1 published$/)]);
      const [{ digest }] = JSON.parse(published.stdout).groups;
      for (const disk of disks) {
        expect(await disk.tags()).toEqual({ "main-a": digest, "sha-6113728-a": digest });
        expect(await disk.lacking(digest)).toEqual([]);
      }
      forget();
      const again = await mergeAll(name, ["--engine", "buildx"], dockerEnv());
      expect([again.exitCode, again.stderr]).toEqual([0, expect.stringMatching(/1 image: 1 unchanged$/)]);
      expect(puts()).toEqual([]);
    },
    120_000,
  );

  function dockerEnv(): Readonly<Record<string, string>> {
    if ("unavailable" in bed || bed.docker === null) throw new Error("no docker");
    const { host, config, builder } = bed.docker;
    const path = [dirname(bed.tools.docker), process.env["PATH"]].join(delimiter);
    return { PATH: path, DOCKER_HOST: host, DOCKER_CONFIG: config, BUILDX_BUILDER: builder };
  }

  it("the same records give the same digest on another machine", async () => {
    const name = "team/machines";
    const suffixes = ["-a", "-b"];
    const { push, record } = await project(name, suffixes);
    for (const suffix of suffixes) {
      const legs = ARCHITECTURES.map((one) => realLeg(name + suffix, one));
      await push(legs);
      for (const leg of legs) await record(leg, suffix);
    }
    const other = join(directory, "a machine elsewhere");
    await mkdir(other);
    // Other places, another order of writing, another language, another time.
    await execa("cp", ["-r", join(directory, name, "plan.json"), other]);
    for (const suffix of suffixes.toReversed()) {
      for (const architecture of ARCHITECTURES.toReversed()) {
        const artifact = join("records", artifactName("", suffix, architecture));
        await mkdir(join(other, "records"), { recursive: true });
        await execa("cp", ["-r", join(directory, name, artifact), join(other, artifact)]);
      }
    }
    const digests = (stdout: string) => JSON.parse(stdout).groups.map((group: { digest: string }) => group.digest);
    const elsewhere = { LC_ALL: "tr_TR.UTF-8", LANG: "tr_TR.UTF-8", TZ: "Pacific/Kiritimati", HOME: other };
    const planned = await mergeAll("a machine elsewhere", ["--json", "--dry-run"], elsewhere);
    const here = await mergeAll(name, ["--json"], { LC_ALL: "C", TZ: "UTC" });
    const there = await mergeAll("a machine elsewhere", ["--json", "--concurrency", "1"], elsewhere);
    expect([planned.exitCode, here.exitCode, there.exitCode]).toEqual([0, 0, 0]);
    expect(digests(here.stdout)).toEqual(digests(planned.stdout));
    expect(digests(there.stdout)).toEqual(digests(here.stdout));
    expect(new Set(digests(here.stdout)).size).toBe(2);
    expect(there.stderr).toMatch(/2 images: 2 unchanged$/);
  });
});

describe("merge-all", () => {
  it("names ten thousand missing images, each, on a pipe that is read slowly", async () => {
    const suffixes = Array.from({ length: 10_000 }, (_, at) => `-image-${at}`);
    await mkdir(join(directory, "many", "records"), { recursive: true });
    await writeFile(
      join(directory, "many", "plan.json"),
      planText({ images: ["oci:images"], suffixes, revision: REVISION }),
    );
    const args = [bin, "merge-all", "--plan", "plan.json", "--record-dir", "records"];
    const script = `"$@" 2> >(sleep 1; cat >errors) >output; code=$?; wait; exit $code`;
    const { exitCode } = await execa("bash", ["-c", script, "bash", process.execPath, ...args], {
      cwd: join(directory, "many"),
      reject: false,
    });
    expect(exitCode).toBe(1);
    const { stdout } = await execa("cat", ["errors"], { cwd: join(directory, "many") });
    const missing = [...stdout.matchAll(/error: (-image-\d+): digests-image-\d+--(\w+) /g)];
    expect(new Set(missing.map(([, suffix, architecture]) => `${suffix} ${architecture}`)).size).toBe(20_000);
    expect(stdout).toMatch(/10000 images: 10000 refused$/);
    expect((await execa("cat", ["output"], { cwd: join(directory, "many") })).stdout).toBe("");
  }, 120_000);

  it.each(["../outside", "..", "a/b", "a\\b", "C:x", "", "x\u0000y"])(
    "takes no plan with an artifact named %j",
    async (artifact) => {
      await mkdir(join(directory, "tricks", "records"), { recursive: true });
      const plan = planText({ images: ["oci:images"], suffixes: ["-x"], revision: REVISION });
      await writeFile(
        join(directory, "tricks", "plan.json"),
        plan.replace('"digests-x--arm64"', JSON.stringify(artifact)),
      );
      const { exitCode, stderr, stdout } = await mergeAll("tricks", []);
      expect([exitCode, stdout]).toEqual([1, ""]);
      expect(stderr).toContain("expected an artifact's name");
    },
  );
});
