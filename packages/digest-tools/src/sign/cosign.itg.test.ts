import { randomBytes } from "node:crypto";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { FaultProxy, type TestbedRegistry, testbed } from "@fanfold-rigs/testbed";
import { execa } from "execa";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { writeRecord } from "../record/record-file.ts";
import { Stores } from "../stores/stores.ts";
import { REVISION } from "../testing/group.ts";
import { type PlanImage, planOf } from "../testing/plan.ts";
import { pushRealLegs, realLeg, recordOfLeg } from "../testing/real-leg.ts";
import { signaturesOf } from "./signatures.ts";

const found = testbed();
const bed = "unavailable" in found ? undefined : found;
if ("unavailable" in found) console.warn(`signing is not tested with cosign and registries: ${found.unavailable}`);

const bin = fileURLToPath(new URL("../../bin/digest-tools.js", import.meta.url));
const PASSWORD = `canary-${randomBytes(8).toString("hex")}`;

describe.skipIf(bed === undefined)("cosign with a key, in real registries", () => {
  let directory: string;
  let registries: readonly TestbedRegistry[];
  let name: string;
  let privateKey: string;
  const keys = { ours: "", others: "" };

  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), "cosign-"));
    name = `signed-${directory.slice(-6).toLowerCase()}`;
    // One without a login, one with a password, one with tokens: cosign logs in by Docker's config.
    registries = theBed().registries.filter(({ auth }, at, all) => at === all.findIndex((one) => one.auth === auth));
    const auths = registries.flatMap(({ host, username, password }) =>
      username === undefined ? [] : [[host, { auth: Buffer.from(`${username}:${password}`).toString("base64") }]],
    );
    await writeFile(join(directory, "config.json"), JSON.stringify({ auths: Object.fromEntries(auths) }));
    for (const key of ["ours", "others"] as const) {
      const made = await cosign("generate-key-pair", "--output-key-prefix", key);
      expect([made.exitCode, made.stderr]).toEqual([0, expect.stringContaining("Public key written")]);
      keys[key] = await readFile(join(directory, `${key}.pub`), "utf8");
    }
    privateKey = await readFile(join(directory, "ours.key"), "utf8");
  });
  afterAll(() => rm(directory, { recursive: true, force: true }));

  function theBed() {
    if (bed === undefined) throw new Error("no test bed");
    return bed;
  }
  const programs = () => `${dirname(theBed().tools.cosign)}:${process.env["PATH"]}`;
  const base = () => ({ PATH: programs(), HOME: directory, DOCKER_CONFIG: directory });
  const cosign = (...args: readonly string[]) =>
    execa(theBed().tools.cosign, args, {
      cwd: directory,
      env: { ...base(), COSIGN_PASSWORD: PASSWORD },
      extendEnv: false,
      reject: false,
    });
  const digestTools = (args: readonly string[], env: Readonly<Record<string, string>> = {}) =>
    execa(process.execPath, [bin, ...args], {
      cwd: directory,
      env: { ...base(), MY_KEY: privateKey, COSIGN_PASSWORD: PASSWORD, ...env },
      extendEnv: false,
      reject: false,
    });

  /** The legs of an image in its repositories, their records, and its group of a plan. */
  async function image(suffix: string, repositories: readonly string[]): Promise<PlanImage> {
    const legs = ["amd64", "arm64"].map((architecture) => realLeg(`${name}${suffix}`, architecture));
    const stores = new Stores({ env: base() });
    for (const repository of repositories) await pushRealLegs(stores.open(repository), legs);
    await stores.close();
    for (const leg of legs) {
      const push = { tagSuffix: suffix, repositories, revision: REVISION };
      await writeRecord(join(directory, `records${suffix}`), recordOfLeg(leg, push));
    }
    return {
      image: suffix.slice(1),
      "tag-suffix": suffix,
      images: repositories,
      tags: ["1.2.3", "main"],
      "moving-tags": ["main"],
    };
  }

  async function merge(images: readonly PlanImage[], sign: object | null = byKey("ours"), ...more: readonly string[]) {
    await writeFile(join(directory, "plan.json"), JSON.stringify({ ...planOf(images), sign }));
    const records = images.flatMap((one) => ["--record-dir", `records${one["tag-suffix"]}`]);
    return digestTools(["merge-all", "--plan", "plan.json", ...records, ...more]);
  }
  const byKey = (key: "ours" | "others") => ({
    by: "cosign",
    key: "MY_KEY",
    public: `${key}.pub`,
    "public-key": keys[key],
    identity: null,
    issuer: null,
  });
  const repositoriesOf = (suffix: string) => registries.map(({ host }) => `${host}/${name}/backends${suffix}`);
  const verify = (reference: string, key: "ours" | "others" = "ours") =>
    cosign("verify", "--key", `${key}.pub`, "--insecure-ignore-tlog=true", reference);
  const crane = async (...args: readonly string[]) =>
    (await execa(theBed().tools.crane, args, { env: base(), extendEnv: false, reject: false })).stdout;
  /** What refers to a digest, where a registry without the referrers API has it. */
  const signaturesIn = async (repository: string, digest: string): Promise<number> => {
    const text = await crane("manifest", `${repository}:${digest.replace(":", "-")}`);
    return text === "" ? 0 : JSON.parse(text).manifests.length;
  };

  it("signs index and platforms before any tag, once, and cosign accepts every tag in every registry", async () => {
    const repositories = repositoriesOf("-x");
    expect(new Set(registries.map(({ auth }) => auth))).toEqual(new Set(["none", "basic", "token"]));
    const group = await image("-x", repositories);
    const merged = await merge([group], byKey("ours"), "--verbose");
    expect([merged.exitCode, merged.stderr]).toEqual([0, expect.stringContaining("1 image: 1 published")]);
    for (const repository of repositories) {
      for (const tag of ["1.2.3", "main"]) {
        const { exitCode, stdout } = await verify(`${repository}:${tag}`);
        expect([exitCode, stdout]).toEqual([0, expect.stringContaining(`"docker-manifest-digest":"sha256:`)]);
      }
      const { manifests } = JSON.parse(await crane("manifest", `${repository}:main`));
      const index = await crane("digest", `${repository}:main`);
      const counts = await Promise.all(
        [index, ...manifests.map((one: { digest: string }) => one.digest)].map((digest) =>
          signaturesIn(repository, digest),
        ),
      );
      // The index, two platforms, and their attestations, which are not signed.
      expect(counts).toEqual([1, 1, 1, 0, 0]);
    }
    const again = await merge([group], byKey("ours"), "--verbose");
    expect([again.exitCode, again.stderr]).toEqual([0, expect.stringContaining("1 image: 1 unchanged")]);
    expect(again.stderr).not.toMatch(/ran cosign sign/);
    expect(again.stderr).toMatch(/ran cosign verify/);
    const [repository = ""] = repositories;
    expect(await signaturesIn(repository, await crane("digest", `${repository}:main`))).toBe(1);
    // Neither key nor password is in what was logged and said.
    for (const secret of [PASSWORD, ...privateKey.split("\n").filter((line) => /^[A-Za-z0-9+/=]{40,}$/.test(line))]) {
      expect(merged.stderr + merged.stdout + again.stderr).not.toContain(secret);
    }
    expect(merged.stderr).toMatch(/ran cosign sign .*--key=env:\/\/MY_KEY/);
  }, 120_000);

  it("merge of one image signs as the plan says, and without its key sets no tag", async () => {
    const [repository = ""] = repositoriesOf("-one");
    const group = await image("-one", [repository]);
    await writeFile(join(directory, "one.json"), JSON.stringify({ ...planOf([group]), sign: byKey("ours") }));
    const one = ["merge", "--image", repository, "--tag", "main", "--expect", "linux/amd64,linux/arm64"];
    const args = [...one, "--record-dir", "records-one", "--plan", "one.json"];
    const keyless = await digestTools(args, { MY_KEY: "" });
    expect([keyless.exitCode, keyless.stderr]).toEqual([
      1,
      expect.stringContaining("private key in the variable MY_KEY"),
    ]);
    expect(await crane("digest", `${repository}:main`)).toBe("");
    const merged = await digestTools(args);
    expect([merged.exitCode, merged.stderr]).toEqual([0, expect.stringContaining("1 image: 1 published")]);
    expect((await verify(`${repository}:main`)).exitCode).toBe(0);
    expect((await digestTools([...one, "--record-dir", "records-one", "--plan", "records-one"])).exitCode).toBe(1);
  }, 60_000);

  it("verify --signed asks the same", async () => {
    const [repository = ""] = repositoriesOf("-v");
    const group = await image("-v", [repository]);
    expect((await merge([group], null)).exitCode).toBe(0);
    const ask = (...args: readonly string[]) =>
      digestTools(["verify", "--image", repository, "--tag", "main", "--signed", ...args]);
    const unsigned = await ask("--key", "ours.pub");
    expect([unsigned.exitCode, unsigned.stderr]).toEqual([
      1,
      expect.stringMatching(
        /to be signed by the public key ours\.pub, found: no signatures found\n {2}fix: publish it again/,
      ),
    ]);
    expect((await merge([group])).exitCode).toBe(0);
    expect([(await ask("--key", "ours.pub")).exitCode, (await ask("--key", "others.pub")).exitCode]).toEqual([0, 1]);
    const keyless = await digestTools(
      ["verify", "--image", repository, "--tag", "main", "--signed", "--identity", "https://github\\.com/o/r/.*"],
      NO_NETWORK,
    );
    expect([keyless.exitCode, keyless.stderr]).toEqual([1, expect.stringContaining("cosign could not find out: ")]);
    for (const wrong of [[], ["--key", "ours.pub", "--identity", "x"], ["--key", "none.pub"]]) {
      expect((await ask(...wrong)).exitCode).toBeGreaterThan(0);
    }
  }, 120_000);

  it("leaves every tag of an image alone that cannot be signed in one registry, and publishes the others", async () => {
    const [first, second] = registries;
    await using proxy = await FaultProxy.start({ target: second?.host ?? "" });
    const auths = JSON.parse(await readFile(join(directory, "config.json"), "utf8"));
    auths.auths[proxy.host] = auths.auths[second?.host ?? ""];
    await writeFile(join(directory, "config.json"), JSON.stringify(auths));
    const bad = [`${first?.host}/${name}/refused`, `${proxy.host}/${name}/refused`];
    const images = [await image("-bad", bad), await image("-good", [`${first?.host}/${name}/good`])];
    // Signatures are artifacts: their blobs are what cannot be uploaded.
    proxy.setRules([
      { method: "POST", path: /blobs\/uploads/, fault: { kind: "answer", status: 403, body: "no more" } },
    ]);
    const merged = await merge(images);
    expect([merged.exitCode, merged.stderr]).toEqual([1, expect.stringContaining("2 images: 1 published, 1 refused")]);
    expect(merged.stderr).toMatch(/signing-failed|cosign did not sign/);
    for (const repository of bad) expect(await crane("ls", repository)).not.toMatch(/^(?:1\.2\.3|main)$/m);
    expect((await verify(`${first?.host}/${name}/good:main`)).exitCode).toBe(0);
    // When the registry takes them, the same merge publishes: what was signed before is not signed again.
    proxy.setRules([]);
    expect((await merge(images)).exitCode).toBe(0);
    const index = await crane("digest", `${bad[0]}:main`);
    expect(await signaturesIn(bad[0] ?? "", index)).toBe(1);
    expect((await verify(`${bad[1]}:main`)).exitCode).toBe(0);
  }, 120_000);

  it("refuses where the public key is not that of the private one", async () => {
    const group = await image("-mismatch", [repositoriesOf("-mismatch")[0] ?? ""]);
    const merged = await merge([group], byKey("others"));
    expect([merged.exitCode, merged.stderr]).toEqual([
      1,
      expect.stringMatching(/was signed, but the public key others\.pub does not verify it: no matching attestations/),
    ]);
    expect(await crane("ls", repositoriesOf("-mismatch")[0] ?? "")).not.toMatch(/^(?:1\.2\.3|main)$/m);
  }, 120_000);

  it("tells ours from no signature, a foreign one, and what cannot be asked", async () => {
    const [repository = ""] = repositoriesOf("-foreign");
    const group = await image("-foreign", [repository]);
    expect((await merge([group], null)).exitCode).toBe(0);
    const digest = await crane("digest", `${repository}:main`);
    const reference = `${repository}@${digest}`;
    const ours = () => ({ kind: "key", public: { file: "ours.pub", text: keys.ours } }) as const;
    const ask = (one: string) => signaturesOf([one], ours(), { env: base() });
    expect((await ask(reference)).get(reference)).toEqual({ kind: "unsigned", reason: "no signatures found" });
    const foreign = ["sign", "--yes", "--key", "others.key", "--use-signing-config=false", "--tlog-upload=false"];
    expect((await cosign(...foreign, reference)).exitCode).toBe(0);
    expect((await ask(reference)).get(reference)).toMatchObject({
      kind: "unsigned",
      reason: expect.stringMatching(/^no matching/),
    });
    const dead = `127.0.0.1:1/${name}@${digest}`;
    expect((await ask(dead)).get(dead)).toMatchObject({ kind: "unknown", reason: expect.stringContaining("refused") });
    // Ours is put beside it, and counts.
    expect((await merge([group])).exitCode).toBe(0);
    expect((await ask(reference)).get(reference)).toEqual({ kind: "signed" });
    expect(await signaturesIn(repository, digest)).toBe(2);
    // Asked together, one that is not signed is found wherever it stands.
    const { manifests } = JSON.parse(await crane("manifest", reference));
    const [platform, , attestation] = manifests.map((one: { digest: string }) => `${repository}@${one.digest}`);
    for (const order of [
      [reference, platform, attestation],
      [attestation, platform, reference],
    ]) {
      const states = await signaturesOf(order, ours(), { env: base() });
      expect(order.map((one) => states.get(one)?.kind)).toEqual(
        order.map((one) => (one === attestation ? "unsigned" : "signed")),
      );
    }
    expect((await signaturesOf([reference, platform], ours(), { env: base() })).get(platform)).toEqual({
      kind: "signed",
    });
  }, 120_000);

  it("keyless goes as far as Sigstore, and no tag is set without it", async () => {
    const [repository = ""] = repositoriesOf("-keyless");
    const group = await image("-keyless", [repository]);
    const sign = {
      by: "cosign",
      key: null,
      public: null,
      "public-key": null,
      identity: "https://github\\.com/o/r/\\.github/workflows/backend_merge\\.yml@refs/heads/main",
      issuer: "https://token.actions.githubusercontent.com",
    };
    const without = await merge([group], sign);
    expect([without.exitCode, without.stderr]).toEqual([
      1,
      expect.stringContaining("give the merge job the permission id-token: write"),
    ]);
    await writeFile(join(directory, "plan.json"), JSON.stringify({ ...planOf([group]), sign }));
    const offline = await digestTools(["merge-all", "--plan", "plan.json", "--record-dir", "records-keyless"], {
      ...NO_NETWORK,
      ACTIONS_ID_TOKEN_REQUEST_URL: "https://token.invalid/?x=1",
      ACTIONS_ID_TOKEN_REQUEST_TOKEN: "canary-of-the-job",
    });
    expect([offline.exitCode, offline.stderr]).toEqual([
      1,
      expect.stringMatching(/cosign did not sign .*: .*(?:TUF|tuf)/),
    ]);
    expect(offline.stderr).not.toContain("canary-of-the-job");
    expect(await crane("ls", repository)).not.toMatch(/^(?:1\.2\.3|main)$/m);
  }, 120_000);
});

/** Whatever this machine reaches: nothing but registries on loopback. */
const NO_NETWORK = { HTTPS_PROXY: "http://127.0.0.1:1", HTTP_PROXY: "http://127.0.0.1:1", NO_PROXY: "127.0.0.1" };
