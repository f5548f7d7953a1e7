import { spawnSync } from "node:child_process";
import { generateKeyPairSync } from "node:crypto";
import { testbed } from "@fanfold-rigs/testbed";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { HostedProject, type Trigger } from "./hosted-project.ts";
import { Interpreter, resultsOf } from "./interpret-workflow.ts";
import { Machine } from "./machine.ts";
import { baked, type MakeProject, services, signed, standing, suffixes, surrounded, tested } from "./projects.ts";
import { act, runWithAct } from "./run-with-act.ts";

// The generated workflows themselves, run as committed: a repository on a stand-in for GitHub, a real engine, two real
// registries with passwords, Fanfold's packages from an npm registry. Only the actions of others are stood in for.
//
// They are interpreted with GitHub's own parser and expressions; those that need no more are run by act too. act 0.2.89
// refuses `concurrency.queue` (which is taken out of what it reads), ends a run at the first called workflow that fails (no
// merge, no `ok`), gives a matrix of called workflows the result of whichever ended last, and knows neither concurrency groups
// nor a re-run of failed jobs.

const bed = testbed();
const noAct =
  spawnSync(act, ["--version"]).error === undefined
    ? undefined
    : "generated workflows are not run by act: it is not installed; put it on the PATH, or name it by FANFOLD_ACT";
const ways = ["interpreted", "by act"] as const;

const SERVICES = "accounts api billing catalog frontend gateway mailer metrics orders reports search worker".split(" ");

describe("the generated workflows, run", { timeout: 300_000 }, () => {
  let machine: Machine;
  let project: HostedProject;
  let github: Interpreter;
  let lastRun = 100;
  const opened: AsyncDisposable[] = [];

  beforeAll(async () => {
    if ("unavailable" in bed || bed.docker === null) return;
    machine = await Machine.start(bed, bed.docker);
    opened.push(machine);
  });

  beforeEach(async ({ skip }) => {
    if ("unavailable" in bed) skip(`generated workflows are not run: ${bed.unavailable}`);
    else if (bed.docker === null) skip("generated workflows are not run: the test bed has no engine here");
    else await open(suffixes());
  });

  /** Images of its own in the same two registries. */
  async function open(make: MakeProject): Promise<void> {
    project = await HostedProject.create(machine, `project-${opened.length}`, make);
    opened.push(project);
    github = new Interpreter(machine, project);
  }

  afterAll(async () => {
    for (const each of opened.toReversed()) await each[Symbol.asyncDispose]();
  });

  const nextRun = (): number => {
    lastRun += 1;
    return lastRun;
  };

  /** Whether the run is green, and the jobs that runners ran; a skipped one that should have run makes `ok` red. */
  async function run(
    way: (typeof ways)[number],
    trigger: Trigger,
    id: number = nextRun(),
  ): Promise<{
    readonly green: boolean;
    readonly ran: readonly string[];
    readonly log: string;
    readonly results?: object;
  }> {
    if (way === "by act") {
      const { code, ran, log } = await runWithAct(machine, project, trigger, id);
      return { green: code === 0, ran: ran.toSorted(), log };
    }
    const interpreted = await github.run(trigger, id);
    const results = resultsOf(interpreted);
    const green = !Object.values(results).includes("failure");
    const ran = interpreted.ran.map((label) => label.replace(/^build-.*/, "build")).toSorted();
    return { green, ran, log: interpreted.log, results };
  }

  /** The digest of every tag; the same in both registries, or this fails. `image`: where each has repositories of its own. */
  async function published(image = ""): Promise<Readonly<Record<string, string>>> {
    const [one, two] = await Promise.all(project.images.map((template) => tagsOf(template.replace("{image}", image))));
    expect(two).toEqual(one);
    return one ?? {};
  }

  async function tagsOf(image: string): Promise<Readonly<Record<string, string>>> {
    const catalog = await machine.crane("catalog", image.slice(0, image.indexOf("/")));
    if (!catalog.split("\n").includes(image.slice(image.indexOf("/") + 1))) return {};
    const all = (await machine.crane("ls", image)).split("\n").filter(Boolean).toSorted();
    // Where a registry has no referrers API, its signatures stand under tags.
    const tags = all.filter((tag) => !/^sha256-[0-9a-f]{64}$/.test(tag));
    const digests = tags.map(async (tag) => [tag, await machine.crane("digest", `${image}:${tag}`)] as const);
    return Object.fromEntries(await Promise.all(digests));
  }

  /** What buildx sees behind a tag: platforms, and how many of them have an attestation. */
  async function indexed(tag: string): Promise<{ readonly platforms: readonly string[]; readonly attested: number }> {
    const seen = await Promise.all(
      project.images.map((image) => machine.imagetools("inspect", "--raw", `${image}:${tag}`)),
    );
    expect(seen[1]).toBe(seen[0]);
    const index: {
      readonly manifests: readonly {
        readonly platform: { readonly os: string; readonly architecture: string };
        readonly annotations?: Readonly<Record<string, string>>;
      }[];
    } = JSON.parse(seen[0] ?? "");
    const isAttestation = (annotations: Readonly<Record<string, string>> = {}): boolean =>
      annotations["vnd.docker.reference.type"] === "attestation-manifest";
    return {
      platforms: index.manifests
        .filter(({ annotations }) => !isAttestation(annotations))
        .map(({ platform }) => `${platform.os}/${platform.architecture}`)
        .toSorted(),
      attested: index.manifests.filter(({ annotations }) => isAttestation(annotations)).length,
    };
  }

  const short = (sha: string): string => sha.slice(0, 7);
  const bothLegs = { platforms: ["linux/amd64", "linux/arm64"], attested: 2 };
  const oneLeg = { platforms: ["linux/amd64"], attested: 1 };
  const everything = {
    plan: "success",
    "build-multi-1": "success",
    "build-single-1": "success",
    merge: "success",
    ok: "success",
  };
  const allJobs = [...Array.from({ length: 5 }, () => "build"), "merge", "ok", "plan"];
  const change = (...backends: readonly string[]): Readonly<Record<string, string>> =>
    Object.fromEntries(backends.map((backend) => [`backends/${backend}/file`, `${backend} ${nextRun()}\n`]));

  test.for(ways)(
    "1, %s: a push that touches one backend of two legs builds both, merges them, and nothing else",
    async (way, { skip }) => {
      if (way === "by act" && noAct !== undefined) skip(noAct);
      const trigger = await project.push(change("alpha"));
      const { green, ran, log } = await run(way, trigger);
      expect({ green, ran }, log).toEqual({ green: true, ran: ["build", "build", "merge", "ok", "plan"] });
      const tags = await published();
      expect(Object.keys(tags)).toEqual(["main-alpha", `sha-${short(trigger.sha)}-alpha`]);
      expect(new Set(Object.values(tags)).size).toBe(1);
      expect(await indexed("main-alpha")).toEqual(bothLegs);
    },
  );

  test.for(ways)(
    "2, %s: a push that touches nothing that matters builds nothing and is green",
    async (way, { skip }) => {
      if (way === "by act" && noAct !== undefined) skip(noAct);
      const { green, ran, log } = await run(way, await project.push({ "README.md": "# More\n" }));
      expect({ green, ran }, log).toEqual({ green: true, ran: ["ok", "plan"] });
      expect(await published()).toEqual({});
    },
  );

  test.for(ways)(
    "3, %s: a pull request from a fork builds, pushes nothing and sees no secret",
    async (way, { skip }) => {
      if (way === "by act" && noAct !== undefined) skip(noAct);
      const id = nextRun();
      const { green, ran, log } = await run(way, await project.pullRequestFromFork(7, change("alpha", "gamma")), id);
      expect({ green, ran }, log).toEqual({ green: true, ran: ["build", "build", "build", "ok", "plan"] });
      expect(await published()).toEqual({});
      const offered = machine.environments(id);
      expect(offered).toContain("GITHUB_EVENT_NAME=pull_request");
      // The same look does find them in a run that may publish.
      const publishing = nextRun();
      await run(way, await project.push(change("gamma")), publishing);
      const { COSIGN_PRIVATE_KEY: key, COSIGN_PASSWORD: password, ...named } = machine.secrets;
      for (const secret of new Set(Object.values(named))) {
        expect(valuesIn(machine.environments(publishing))).toContain(secret);
        expect(valuesIn(offered)).not.toContain(secret);
      }
      // This project does not sign: nobody gets what it does not name.
      for (const secret of [key, password]) {
        expect(secret).toBeDefined();
        expect(valuesIn(machine.environments(publishing))).not.toContain(secret);
        expect(valuesIn(offered)).not.toContain(secret);
      }
    },
  );

  test.for(ways)(
    "4, %s: a release builds everything, and moves `latest` where tag-latest lets it",
    async (way, { skip }) => {
      if (way === "by act" && noAct !== undefined) skip(noAct);
      const trigger = await project.pushTag("v1.2.3");
      const { green, ran, log } = await run(way, trigger);
      expect({ green, ran }, log).toEqual({ green: true, ran: allJobs });
      const tags = await published();
      const version = (backend: string): readonly string[] => [
        `sha-${short(trigger.sha)}-${backend}`,
        `v1.2.3-${backend}`,
      ];
      const expected = [...version("alpha"), ...version("beta"), ...version("gamma"), "latest-alpha", "latest-gamma"];
      expect(Object.keys(tags)).toEqual(expected.toSorted());
      expect(tags["latest-alpha"]).toBe(tags["v1.2.3-alpha"]);
      expect(tags["latest-gamma"]).toBe(tags["v1.2.3-gamma"]);
      for (const tag of ["v1.2.3-beta", "latest-alpha"]) expect(await indexed(tag)).toEqual(bothLegs);
      expect(await indexed("latest-gamma")).toEqual(oneLeg);
    },
  );

  test("5: a leg that fails costs its own image alone, which keeps its old tag, and `ok` is red", async () => {
    await github.run(await project.push(change("alpha", "beta", "gamma")), nextRun());
    const before = await published();
    machine.raise("broken-digests-beta--arm64");
    const trigger = await project.push(change("alpha", "beta", "gamma"));
    const run = await github.run(trigger, nextRun());
    machine.lower("broken-digests-beta--arm64");
    expect(resultsOf(run), run.log).toEqual({
      ...everything,
      "build-multi-1": "failure",
      merge: "failure",
      ok: "failure",
    });
    const after = await published();
    const added = Object.keys(after).filter((tag) => !(tag in before));
    expect(added).toEqual([`sha-${short(trigger.sha)}-alpha`, `sha-${short(trigger.sha)}-gamma`]);
    expect(after["main-beta"]).toBe(before["main-beta"]);
    for (const backend of ["alpha", "gamma"]) {
      expect(after[`main-${backend}`]).not.toBe(before[`main-${backend}`]);
      expect(after[`main-${backend}`]).toBe(after[`sha-${short(trigger.sha)}-${backend}`]);
    }
    expect(await indexed("main-alpha")).toEqual(bothLegs);
    expect(await indexed("main-beta")).toEqual(bothLegs);
  });

  test("5b: a single that fails is not tagged, and costs no other image", async () => {
    machine.raise("broken-digests-gamma--single");
    const trigger = await project.push(change("alpha", "gamma"));
    const run = await github.run(trigger, nextRun());
    machine.lower("broken-digests-gamma--single");
    expect(resultsOf(run), run.log).toEqual({
      ...everything,
      "build-single-1": "failure",
      merge: "failure",
      ok: "failure",
    });
    expect(Object.keys(await published())).toEqual(["main-alpha", `sha-${short(trigger.sha)}-alpha`]);
    const again = await github.rerunFailed(trigger, run);
    expect(resultsOf(again), again.log).toEqual(everything);
    expect(again.ran).toEqual(["build-single-1/digests-gamma--single", "merge", "ok"]);
    expect(await indexed("main-alpha")).toEqual(bothLegs);
    expect(Object.keys(await published())).toContain("main-gamma");
  });

  test("6: a re-run of the failed leg completes its image from the records of both attempts", async () => {
    machine.raise("broken-digests-beta--arm64");
    const trigger = await project.push(change("alpha", "beta", "gamma"));
    const first = await github.run(trigger, nextRun());
    machine.lower("broken-digests-beta--arm64");
    expect(resultsOf(first), first.log).toMatchObject({ "build-multi-1": "failure", ok: "failure" });
    const before = await published();
    expect(Object.keys(before)).not.toContain("main-beta");
    const second = await github.rerunFailed(trigger, first);
    expect(resultsOf(second), second.log).toEqual(everything);
    expect(second.ran).toEqual(["build-multi-1/digests-beta--arm64", "merge", "ok"]);
    const after = await published();
    const { "main-beta": main, [`sha-${short(trigger.sha)}-beta`]: commit, ...rest } = after;
    expect(rest).toEqual(before);
    expect(main).toBe(commit);
    expect(await indexed("main-beta")).toEqual(bothLegs);
  });

  test.for(ways)("7, %s: the weekly run builds everything", async (way, { skip }) => {
    if (way === "by act" && noAct !== undefined) skip(noAct);
    const trigger = await project.schedule("0 6 * * 0");
    const { green, ran, log } = await run(way, trigger);
    expect({ green, ran }, log).toEqual({ green: true, ran: allJobs });
    const tags = ["alpha", "beta", "gamma"].flatMap((backend) => [
      `main-${backend}`,
      `sha-${short(trigger.sha)}-${backend}`,
    ]);
    expect(Object.keys(await published())).toEqual(tags.toSorted());
    expect(await indexed("main-beta")).toEqual(bothLegs);
    expect(await indexed("main-gamma")).toEqual(oneLeg);
  });

  test("8a: of two pushes the first, which is slow, does not take tags back", async () => {
    const slow = await project.push(change("alpha", "gamma"));
    const slowRun = nextRun();
    machine.raise(`held-${slowRun}`);
    const older = github.run(slow, slowRun);
    const quick = await project.push(change("alpha", "gamma"));
    const newer = await github.run(quick, nextRun());
    const before = await published();
    machine.lower(`held-${slowRun}`);
    const late = await older;
    expect(resultsOf(newer), newer.log).toEqual(everything);
    expect(resultsOf(late), late.log).toEqual(everything);
    const after = await published();
    for (const backend of ["alpha", "gamma"]) {
      expect(after[`main-${backend}`]).toBe(before[`main-${backend}`]);
      expect(after[`main-${backend}`]).toBe(after[`sha-${short(quick.sha)}-${backend}`]);
      expect(after[`sha-${short(slow.sha)}-${backend}`]).toBeDefined();
    }
    expect(await indexed("main-alpha")).toEqual(bothLegs);
  });

  test("8b: the button on an old release does not move `latest` back", async () => {
    await project.repository.tag("v1.2.2", "main");
    const released = await project.push(change("alpha", "gamma"));
    const newer = await github.run(await project.pushTag("v1.3.0", released.sha), nextRun());
    const before = await published();
    const old = await github.run(await project.dispatch("v1.2.2"), nextRun());
    expect(resultsOf(newer), newer.log).toEqual(everything);
    expect(resultsOf(old), old.log).toEqual(everything);
    const after = await published();
    expect(after).toMatchObject(before);
    for (const backend of ["alpha", "gamma"]) {
      expect(after[`v1.2.2-${backend}`]).toBeDefined();
      expect(after[`latest-${backend}`]).toBe(after[`v1.3.0-${backend}`]);
    }
    expect(await indexed("latest-gamma")).toEqual(oneLeg);
  });

  test("9: a job for each image, a list of somebody's own, and what stands around a build", async () => {
    await open(surrounded);
    const trigger = await project.schedule("0 6 * * 0");
    const run = await github.run(trigger, nextRun());
    expect(resultsOf(run), run.log).toEqual({
      plan: "success",
      "build-multi-1": "success",
      "build-single-1": "success",
      "build-darwin-multi-1": "success",
      "build-darwin-single-1": "success",
      merge: "success",
      "merge-darwin": "success",
      "merge-rest": "success",
      ok: "success",
    });
    const tags = ["alpha", "beta", "gamma", "mac"].flatMap((backend) => [
      `main-${backend}`,
      `sha-${short(trigger.sha)}-${backend}`,
    ]);
    // The single of the hand-written workflow is its own, and it tags nothing.
    expect(Object.keys(await published())).toEqual(tags.toSorted());
    for (const tag of ["main-alpha", "main-mac"]) expect(await indexed(tag)).toEqual(bothLegs);
    // Five builds and four merges log in.
    expect(run.log.match(/^## Exchange the identity: 0$/gm)).toHaveLength(9);
    const offered = await github.run(await project.pullRequestFromFork(8, change("alpha")), nextRun());
    expect(resultsOf(offered), offered.log).toMatchObject({ "build-multi-1": "success", ok: "success" });
    expect(offered.log).toContain("## Make a file in each context: 0\n");
    expect(offered.log).not.toContain("## Exchange the identity");
  });

  test("10: in a repository that is not the config's nothing runs", async () => {
    await open(suffixes({ workflow: { repository: "octo/elsewhere" } }));
    for (const trigger of [
      await project.schedule("0 6 * * 0"),
      await project.pullRequestFromFork(9, change("alpha")),
    ]) {
      const run = await github.run(trigger, nextRun());
      expect(run.ran).toEqual([]);
      expect(new Set(Object.values(resultsOf(run)))).toEqual(new Set(["skipped"]));
    }
  });

  test.for(ways)(
    "13, %s: an image whose test fails is tagged nowhere, and the others are published",
    async (way, { skip }) => {
      if (way === "by act" && noAct !== undefined) skip(noAct);
      await open(tested);
      const first = await project.push(change("alpha", "beta", "gamma"));
      const good = await run(way, first);
      expect({ green: good.green, ran: good.ran }, good.log).toEqual({ green: true, ran: allJobs });
      const before = await published();
      expect(Object.keys(before)).toContain("leg-beta--amd64");

      const broken = { ...change("alpha", "gamma"), "backends/beta/file": `broken ${nextRun()}\n` };
      const offered = await run(way, await project.pullRequestFromFork(11, broken));
      expect(offered.green, offered.log).toBe(false);
      expect(offered.log).toMatch(/tested linux\/amd64: alpha/);
      expect(offered.log).toContain("the test of digests-beta--amd64 ended with exit code 7 for linux/amd64");
      expect(await published()).toEqual(before);

      const trigger = await project.push(broken);
      const pushed = await run(way, trigger);
      expect(pushed.green, pushed.log).toBe(false);
      expect(pushed.log).toContain("the test of digests-beta--arm64 ended with exit code 7 for linux/arm64");
      if (way === "by act") return;
      expect(pushed.results, pushed.log).toEqual({
        ...everything,
        "build-multi-1": "failure",
        merge: "failure",
        ok: "failure",
      });
      expect(pushed.log).toMatch(/^::error::-beta: .*digests-beta--amd64/m);
      const after = await published();
      const moved = Object.keys(after).filter((tag) => after[tag] !== before[tag]);
      const tags = (backend: string, ...legs: readonly string[]): readonly string[] => [
        ...legs.map((leg) => `leg-${backend}--${leg}`),
        `main-${backend}`,
        `sha-${short(trigger.sha)}-${backend}`,
      ];
      expect(moved.toSorted()).toEqual([...tags("alpha", "amd64", "arm64"), ...tags("gamma", "single")].toSorted());
    },
  );

  test.for(ways)("12, %s: with Fanfold's own actions, and npm is asked for nothing", async (way, { skip }) => {
    if (way === "by act" && noAct !== undefined) skip(noAct);
    const files = PINNED;
    await open(suffixes({ workflow: { runtime: "action", ...(way === "by act" ? {} : { merge: "matrix" }) }, files }));
    const before = machine.npmRequests;
    const trigger = await project.push(change("alpha", "gamma"));
    const { green, ran: labels, log } = await run(way, trigger);
    const ran = labels.map((label) => label.replace(/^merge\/.*/, "merge")).toSorted();
    const merges = way === "by act" ? ["merge"] : ["merge", "merge-rest"];
    expect({ green, ran }, log).toEqual({ green: true, ran: ["build", "build", "build", ...merges, "ok", "plan"] });
    const tags = ["alpha", "gamma"].flatMap((backend) => [`main-${backend}`, `sha-${short(trigger.sha)}-${backend}`]);
    expect(Object.keys(await published())).toEqual(tags.toSorted());
    expect(await indexed("main-alpha")).toEqual(bothLegs);
    expect(machine.npmRequests).toBe(before);
  });

  test.for(ways)("14, %s: waves by Fanfold's own actions, and npm is asked for nothing", async (way, { skip }) => {
    if (way === "by act" && noAct !== undefined) skip(noAct);
    await open(standing({ workflow: { runtime: "action" }, files: PINNED }));
    const before = machine.npmRequests;
    const trigger = await project.schedule("0 6 * * 0");
    const { green, ran, log } = await run(way, trigger);
    const builds = Array.from({ length: 6 }, () => "build");
    expect({ green, ran }, log).toEqual({ green: true, ran: [...builds, "merge", "ok", "plan"] });
    for (const image of ["base", "child", "app", "apart"]) {
      expect(Object.keys(await published(image))).toEqual(["main", `sha-${short(trigger.sha)}`]);
    }
    expect(machine.npmRequests).toBe(before);
  });

  test.for(ways)("11, %s: a repository for each of twelve images, in two registries", async (way, { skip }) => {
    if (way === "by act" && noAct !== undefined) skip(noAct);
    await open(services);
    const files = { "services/api/main.py": `print("api ${nextRun()}")\n`, "services/mailer/main.py": "print()\n" };
    const trigger = await project.push(files);
    const { green, ran, log } = await run(way, trigger);
    expect({ green, ran }, log).toEqual({ green: true, ran: ["build", "build", "build", "merge", "ok", "plan"] });
    for (const image of ["api", "mailer"]) {
      expect(Object.keys(await published(image))).toEqual(["main", `sha-${short(trigger.sha)}`]);
    }
    expect(await published("worker")).toEqual({});
    if (way === "by act") return;
    const release = await github.run(await project.pushTag("v1.2.3"), nextRun());
    expect(resultsOf(release), release.log).toEqual(everything);
    for (const image of SERVICES) {
      const tags = await published(image);
      expect(Object.keys(tags)).toEqual(expect.arrayContaining(["latest", "v1.2.3"]));
      expect(tags["latest"]).toBe(tags["v1.2.3"]);
    }
  });

  test("15: a base that changes rebuilds what stands on it, on this run's base, and all become visible together", async () => {
    await open(standing());
    const waves = { "build-wave1-1": "success", "build-wave2-1": "success", "build-wave3-1": "success" };
    const layers = async (image: string, platform: string, tag = "main"): Promise<readonly string[]> => {
      const name = `${project.images[1]?.replace("{image}", image)}:${tag}`;
      return JSON.parse(await machine.crane("config", "--platform", platform, name)).rootfs.diff_ids;
    };
    const first = await github.run(await project.schedule("0 6 * * 0"), nextRun());
    expect(resultsOf(first), first.log).toEqual({
      plan: "success",
      "build-multi-1": "skipped",
      "build-single-1": "success",
      ...waves,
      merge: "success",
      ok: "success",
    });
    const old = await layers("base", "linux/amd64");

    // What a fork offers is built on what it offers, without a login that could read what is published.
    const offered = await github.run(await project.pullRequestFromFork(10, { "base/file": "offered\n" }), nextRun());
    expect(resultsOf(offered), offered.log).toEqual({
      plan: "success",
      "build-multi-1": "success",
      "build-single-1": "success",
      ok: "success",
    });
    // Its steps may be shown under the name of the base's own leg: BuildKit does once what two builds ask for at a time.
    expect(offered.log).toContain("[base-1 internal] load build definition from Dockerfile");

    machine.raise("broken-digests-base-core--arm64");
    const trigger = await project.push({ "base/file": "base 2\n" });
    const broken = await github.run(trigger, nextRun());
    machine.lower("broken-digests-base-core--arm64");
    expect(resultsOf(broken), broken.log).toEqual({
      plan: "success",
      "build-multi-1": "skipped",
      "build-single-1": "skipped",
      "build-wave1-1": "failure",
      "build-wave2-1": "failure",
      "build-wave3-1": "success",
      merge: "failure",
      ok: "failure",
    });
    expect(broken.log).toContain(
      "it is built from base, of which this run has nothing for linux/arm64: digests-base-core--arm64 left no record",
    );
    expect(broken.log).toContain("app: it is built from this run's child, which is refused");
    expect(await layers("base", "linux/amd64")).toEqual(old);
    for (const image of ["base", "child", "app"]) {
      expect(Object.keys(await published(image))).not.toContain(`sha-${short(trigger.sha)}`);
    }

    const again = await github.rerunFailed(trigger, broken);
    expect(resultsOf(again), again.log).toMatchObject({ ...waves, merge: "success", ok: "success" });
    for (const [image, base, platforms] of [
      ["child", "base", ["linux/amd64", "linux/arm64"]],
      ["app", "child", ["linux/amd64"]],
    ] as const) {
      for (const platform of platforms) {
        const own = await layers(base, platform, `sha-${short(trigger.sha)}`);
        expect(own[0]).not.toBe(old[0]);
        expect((await layers(image, platform)).slice(0, own.length)).toEqual(own);
      }
    }
    expect(Object.keys(await published("apart"))).not.toContain(`sha-${short(trigger.sha)}`);
  });

  test("signed: every tag is, in both registries, and no build gets the key", async () => {
    await open(signed);
    const trigger = await project.push(change("alpha", "gamma"));
    const id = nextRun();
    const { green, ran, log } = await run("interpreted", trigger, id);
    expect({ green, ran }, log).toEqual({ green: true, ran: ["build", "build", "build", "merge", "ok", "plan"] });
    const tags = Object.keys(await published());
    expect(tags.toSorted()).toEqual(
      ["alpha", "gamma"].flatMap((name) => [`main-${name}`, `sha-${short(trigger.sha)}-${name}`]).toSorted(),
    );
    for (const image of project.images.flatMap((name) => tags.map((tag) => `${name}:${tag}`))) {
      expect(await machine.verifies(image), image).toBe(true);
    }
    const { COSIGN_PRIVATE_KEY = "", COSIGN_PASSWORD = "" } = machine.secrets;
    const [, part = ""] = COSIGN_PRIVATE_KEY.split("\n");
    for (const secret of [part, COSIGN_PASSWORD]) {
      expect(secret.length).toBeGreaterThan(10);
      expect(machine.environments(id)).not.toContain(secret);
      expect(log).not.toContain(secret);
    }
  });

  test("a bake file, signed and reused: built once, and claimed by a second run", async () => {
    await open(baked);
    const names = ["app", "py-3.13", "tool"];
    const first = await project.push({ "app/file": "app 2\n" });
    const built = await run("interpreted", first);
    expect({ green: built.green, ran: built.ran }, built.log).toEqual({
      green: true,
      ran: [...Array.from({ length: 5 }, () => "build"), "merge", "ok", "plan"],
    });
    const before = await Promise.all(names.map((name) => published(name)));
    expect(before.map((tags) => Object.keys(tags))).toEqual(names.map(() => ["main"]));
    const signedImages = project.images.flatMap((each) => names.map((name) => `${each.replace("{image}", name)}:main`));
    for (const image of signedImages) expect(await machine.verifies(image), image).toBe(true);

    const again = await run("interpreted", first);
    expect({ green: again.green, ran: again.ran }, again.log).toEqual({ green: true, ran: ["merge", "ok", "plan"] });
    expect(again.log).toMatch(/claimed +app /);
    expect(await Promise.all(names.map((name) => published(name)))).not.toEqual(before);
    for (const image of signedImages) expect(await machine.verifies(image), image).toBe(true);
  });

  test("signed, and the public key is not that of the secret: nothing is tagged, and the run is red", async () => {
    // A whole key pair of somebody else's: one changed letter of ours would be no point of the curve, or no change at all.
    const { publicKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
    const other = publicKey.export({ type: "spki", format: "pem" }).toString();
    await open((at, name) => {
      const made = signed(at, name);
      return { ...made, files: { ...made.files, ".github/cosign.pub": other } };
    });
    const { green, log } = await run("interpreted", await project.push(change("gamma")));
    expect(green, log).toBe(false);
    expect(log).toContain("the public key .github/cosign.pub does not verify it");
    expect(await published()).toEqual({});
  });
});

/** What the release of some day is pinned to. */
const OWN_ACTION = `fanfold/fanfold/actions/plan@${"1".repeat(40)} # v0.1.0`;

/** A generated file that pins to it, as an older Fanfold left it. */
const PINNED = { ".github/workflows/backend.yml": `# Generated by fanfold generate\nuses: ${OWN_ACTION}\n` };

/** The values of an environment's lines. */
function valuesIn(environment: string): readonly string[] {
  return environment.split("\n").map((line) => line.slice(line.indexOf("=") + 1));
}
