import { copyFile, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { startRegistry, testbed } from "@fanfold-rigs/testbed";
import { execa } from "execa";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

const found = testbed();
const bed = "unavailable" in found || found.docker === null ? undefined : { ...found, docker: found.docker };
if (bed === undefined) {
  const why = "unavailable" in found ? found.unavailable : "only registries, no engine";
  console.warn(`push and merge are not tested with a real builder: ${why}`);
}

const bin = fileURLToPath(new URL("../../bin/digest-tools.js", import.meta.url));
const SHA = "6113728f27ae82c7b1a177c8d03f9e96e0adf246";

describe.skipIf(bed === undefined)("a real builder and real registries", () => {
  let directory: string;
  let images: readonly string[];
  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), "digest-tools-"));
    const name = `push-${directory.slice(-6).toLowerCase()}`;
    images = theBed().registries.map(({ host }) => `${host}/${name}/backends`);
    for (const architecture of ["amd64", "arm64"] as const) await writeContext(architecture);
  });
  afterAll(() => rm(directory, { recursive: true }));

  function theBed() {
    if (bed === undefined) throw new Error("no test bed");
    return bed;
  }

  async function writeContext(architecture: "amd64" | "arm64"): Promise<void> {
    const context = join(directory, architecture);
    await mkdir(context);
    const { busyboxAmd64, busyboxArm64 } = theBed().tools;
    await copyFile(architecture === "amd64" ? busyboxAmd64 : busyboxArm64, join(context, "busybox"));
    await writeFile(join(context, "Dockerfile"), 'FROM scratch\nCOPY busybox /busybox\nENTRYPOINT ["/busybox"]\n');
  }

  const env = () => ({
    PATH: `${join(theBed().tools.docker, "..")}:${process.env["PATH"]}`,
    DOCKER_HOST: theBed().docker.host,
    DOCKER_CONFIG: theBed().docker.config,
    BUILDX_BUILDER: theBed().docker.builder,
    GITHUB_EVENT_NAME: "push",
    GITHUB_REF: "refs/heads/main",
    GITHUB_SHA: SHA,
    GITHUB_RUN_ID: "7",
    GITHUB_RUN_ATTEMPT: "1",
  });
  const run = (...args: readonly string[]) =>
    execa(process.execPath, [bin, ...args], { cwd: directory, env: env(), reject: false });
  const targets = () => images.flatMap((image) => ["--image", image]);

  async function push(architecture: string, provenance: string, records: string): Promise<string> {
    const leg = ["--platform", `linux/${architecture}`, "--tag-suffix", "-cpu-x", "--platform-tag", architecture];
    const args = [
      "push",
      ...targets(),
      ...leg,
      "--record-dir",
      records,
      "--",
      "--provenance",
      provenance,
      architecture,
    ];
    const { exitCode, stdout, stderr } = await run(...args);
    expect([exitCode, stderr]).toEqual([0, expect.stringContaining("recorded in ")]);
    return stdout;
  }

  it.each(["mode=max", "false"])("one digest in every registry, provenance %s", async (provenance) => {
    const records = `records-${provenance}`;
    const pushed = await push("amd64", provenance, records);
    expect(new Set(pushed.match(/sha256:\w+/g))).toHaveProperty("size", 1);
    await push("arm64", provenance, records);
    expect(await readdir(join(directory, records))).toEqual(["digests-cpu-x--amd64", "digests-cpu-x--arm64"]);

    const merge = ["merge", ...targets(), "--tag-suffix", "-cpu-x", "--tag-latest", "true", "--record-dir", records];
    const merged = await run(...merge, "--expect", "linux/amd64,linux/arm64");
    expect([merged.exitCode, merged.stderr]).toEqual([0, expect.stringContaining("1 published")]);
    const digest = /@(sha256:\w+)/.exec(merged.stdout)?.[1];

    const tags = ["main-cpu-x", "sha-6113728-cpu-x", "latest-cpu-x"];
    const verify = [
      "verify",
      ...targets(),
      ...tags.flatMap((tag) => ["--tag", tag]),
      "--expect",
      "linux/arm64,linux/amd64",
    ];
    expect(await run(...verify)).toMatchObject({ exitCode: 0, stderr: "" });
    for (const image of images) {
      const inspected = await execa("docker", ["buildx", "imagetools", "inspect", `${image}:latest-cpu-x`, "--raw"], {
        env: env(),
      });
      const index = JSON.parse(inspected.stdout);
      expect(index.manifests).toHaveLength(provenance === "false" ? 2 : 4);
      const { stdout } = await execa(theBed().tools.crane, ["digest", "--insecure", `${image}:main-cpu-x`], {
        env: env(),
      });
      expect(stdout).toBe(digest);
    }
    const again = await execa(process.execPath, [bin, ...merge, "--expect", "linux/amd64,linux/arm64"], {
      cwd: directory,
      env: { ...env(), GITHUB_RUN_ATTEMPT: "2" },
    });
    expect([again.exitCode, again.stderr]).toEqual([0, expect.stringContaining("1 unchanged")]);
  });

  it("a target of a bake file, whose own tags and output do not count", async () => {
    const scanned = "type=sbom,disabled=true";
    const target = { context: "amd64", tags: ["nowhere.invalid/x:y"], output: ["type=cacheonly"], attest: [scanned] };
    await writeFile(join(directory, "bake.json"), JSON.stringify({ target: { app: target } }));
    const leg = ["--platform", "linux/amd64", "--tag-suffix", "-baked", "--platform-tag", "amd64"];
    const args = ["push", ...targets(), ...leg, "--record-dir", "baked", "--bake", "bake.json", "--target", "app"];
    const pushed = await run(...args, "--label", "org.example.run=7", "--anchor", "always");
    expect([pushed.exitCode, pushed.stderr]).toEqual([0, expect.stringContaining("recorded in ")]);
    for (const image of images) {
      const crane = async (...words: readonly string[]) =>
        JSON.parse((await execa(theBed().tools.crane, [...words], { env: env() })).stdout);
      const { manifests } = await crane("manifest", "--insecure", `${image}:leg-baked--amd64`);
      expect(manifests).toHaveLength(2);
      const { config } = await crane("config", "--insecure", "--platform", "linux/amd64", `${image}:leg-baked--amd64`);
      expect(config.Labels).toEqual({ "org.example.run": "7" });
    }
    const lost = await run(...args.with(-1, "lost"));
    expect([lost.exitCode, lost.stderr]).toEqual([
      1,
      expect.stringMatching(/bake\.json: error: docker buildx bake cannot read the target "lost": .*lost/),
    ]);
  });

  it("provenance and SBOM reach whoever reads the image, with programs nobody here wrote", async () => {
    const { crane, oras, skopeo } = theBed().tools;
    for (const architecture of ["amd64", "arm64"]) {
      const leg = ["--platform", `linux/${architecture}`, "--tag-suffix", "-sbom", "--platform-tag", architecture];
      const attest = ["--provenance", "mode=max", "--sbom=true"];
      const pushed = await run(
        "push",
        ...targets(),
        ...leg,
        "--record-dir",
        "records-sbom",
        "--",
        ...attest,
        architecture,
      );
      expect([pushed.exitCode, pushed.stderr]).toEqual([0, expect.stringContaining("recorded in ")]);
    }
    const expected = ["--expect", "linux/amd64,linux/arm64"];
    const merged = await run(
      "merge",
      ...targets(),
      "--tag",
      "v1.0.0-sbom",
      "--record-dir",
      "records-sbom",
      ...expected,
    );
    expect([merged.exitCode, merged.stderr]).toEqual([0, expect.stringContaining("1 published")]);
    const digest = /@(sha256:\w+)/.exec(merged.stdout)?.[1] ?? "";

    const tool = async (program: string, ...args: readonly string[]) =>
      (
        await execa(program, [...args], {
          env: { ...env(), REGISTRY_AUTH_FILE: join(env().DOCKER_CONFIG, "config.json") },
        })
      ).stdout;
    for (const image of images.map((name) => `${name}:v1.0.0-sbom`)) {
      const docker = async (format: string) =>
        JSON.parse(await tool("docker", "buildx", "imagetools", "inspect", "--format", `{{json .${format}}}`, image));
      expect((await docker("Manifest")).digest).toBe(digest);
      const [sboms, provenances] = [await docker("SBOM"), await docker("Provenance")];
      for (const platform of ["linux/amd64", "linux/arm64"]) {
        expect(sboms[platform].SPDX).toHaveProperty("spdxVersion");
        expect(JSON.stringify(provenances[platform].SLSA)).toContain("/busybox");
      }
      expect(await tool(crane, "digest", "--insecure", image)).toBe(digest);
      expect(JSON.parse(await tool(crane, "manifest", "--insecure", image)).manifests).toHaveLength(4);
      await tool(crane, "validate", "--insecure", "--fast", "--remote", image);
      const fetched = await tool(
        oras,
        "manifest",
        "fetch",
        "--plain-http",
        "--platform",
        "linux/arm64",
        "--descriptor",
        image,
      );
      const arm64 = await tool(crane, "digest", "--insecure", "--platform", "linux/arm64", image);
      expect(JSON.parse(fetched).digest).toBe(arm64);
      const choice = ["--insecure-policy", "--override-arch", "arm64", "--override-os", "linux"];
      const seen = await tool(skopeo, ...choice, "inspect", "--tls-verify=false", `docker://${image}`);
      expect(JSON.parse(seen)).toMatchObject({ Architecture: "arm64", Os: "linux" });
    }
    const tree = await run("inspect", `${images[0]}:v1.0.0-sbom`);
    expect(tree.stdout.match(/https:\/\/spdx\.dev\/Document/g)).toHaveLength(2);
    expect(tree.stdout.match(/https:\/\/slsa\.dev\/provenance/g)).toHaveLength(2);

    // What a user does with it.
    const image = `${images[0]}:v1.0.0-sbom`;
    const native = process.arch === "arm64" ? "arm64" : "amd64";
    for (const architecture of ["amd64", "arm64"]) {
      await tool("docker", "pull", "--quiet", "--platform", `linux/${architecture}`, image);
      const format = ["--format", "{{.Architecture}}", "--platform", `linux/${architecture}`];
      expect(await tool("docker", "image", "inspect", ...format, image)).toBe(architecture);
      if (architecture !== native) continue;
      expect(await tool("docker", "run", "--rm", "--network", "none", image, "echo", "it runs")).toBe("it runs");
    }
    await tool("docker", "image", "rm", "--force", image);
  }, 180_000);

  it("docker's own tool makes the same image of the same records", async () => {
    const records = "records-engines";
    for (const architecture of ["amd64", "arm64"]) await push(architecture, "mode=max", records);
    const merge = ["merge", ...targets(), "--record-dir", records, "--expect", "linux/amd64,linux/arm64", "--json"];
    const ours = await run(...merge, "--tag", "sha-6113728-ours", "--tag", "ours");
    const theirs = await run(...merge, "--tag", "sha-6113728-theirs", "--tag", "theirs", "--engine", "buildx");
    expect([ours.exitCode, theirs.exitCode, theirs.stderr]).toEqual([0, 0, expect.stringContaining("1 published")]);
    const raw = async (tag: string) => {
      const { stdout } = await execa("docker", ["buildx", "imagetools", "inspect", "--raw", `${images[0]}:${tag}`], {
        env: env(),
      });
      const { mediaType, manifests, annotations } = JSON.parse(stdout);
      const children = manifests.map(({ digest, platform }: { digest: string; platform: object }) =>
        JSON.stringify([digest, platform]),
      );
      return { mediaType, annotations, children: children.toSorted() };
    };
    expect(await raw("theirs")).toEqual(await raw("ours"));
    expect(await raw("sha-6113728-theirs")).toEqual(await raw("sha-6113728-ours"));
    const again = await run(...merge, "--tag", "sha-6113728-theirs", "--tag", "theirs", "--engine", "buildx");
    expect(JSON.parse(again.stdout)).toMatchObject({ groups: [{ verdict: "unchanged" }] });
  });

  it("two exporters would give two digests: why push takes no --output of its own", async () => {
    const metadata = join(directory, "metadata.json");
    const outputs = images
      .slice(0, 2)
      .flatMap((image) => ["--output", `type=image,name=${image},push-by-digest=true,name-canonical=true,push=true`]);
    const args = [
      "buildx",
      "build",
      "--provenance",
      "mode=max",
      ...outputs,
      "--metadata-file",
      metadata,
      join(directory, "amd64"),
    ];
    await execa("docker", args, { env: env() });
    const named = JSON.parse(await readFile(metadata, "utf8"))["containerimage.digest"];
    const there = await Promise.all(
      images
        .slice(0, 2)
        .map((image) =>
          execa(theBed().tools.crane, ["manifest", "--insecure", `${image}@${named}`], { env: env(), reject: false }),
        ),
    );
    expect(there.filter(({ exitCode }) => exitCode === 0)).toHaveLength(1);
  });

  it("a single is tagged as it is, and not by an older run", async () => {
    const args = [
      "push",
      ...targets(),
      "--platform",
      "linux/amd64",
      "--tag-suffix",
      "-single",
      "--tag",
      "latest-single",
    ];
    const build = (id: string, ...more: readonly string[]) =>
      execa(
        process.execPath,
        [bin, ...args, "--record-dir", "single", "--", "--label", `run=${id}`, ...more, "amd64"],
        {
          cwd: directory,
          env: { ...env(), GITHUB_RUN_ID: id },
        },
      );
    const digest = async (image: string) => {
      const { stdout } = await execa(theBed().tools.crane, ["digest", "--insecure", `${image}:latest-single`], {
        env: env(),
      });
      return stdout;
    };
    for (const provenance of ["--provenance=true", "--provenance=false"]) {
      const newer = await build(provenance === "--provenance=true" ? "20" : "30", provenance);
      const older = await build("19", provenance);
      expect(newer.stdout.trimEnd().split("\n")).toHaveLength(2 * images.length);
      expect(older.stdout.trimEnd().split("\n")).toHaveLength(images.length);
      expect(older.stderr).toMatch(
        /warning: \S+:latest-single stays at sha256:\w+: it is from run [23]0, later than run 19/,
      );
      for (const image of images) expect(newer.stdout).toContain(`${image}:latest-single@${await digest(image)}`);
    }
  });

  it("a registry that is down for a moment costs a pause, and what a build ran is never run again", async () => {
    const storage = join(directory, "base-registry");
    await mkdir(storage);
    await using registry = await startRegistry({ auth: "none", storageDir: storage });
    const base = `${registry.host}/base:1`;
    const context = join(directory, "amd64");
    const elsewhere = `${images[0]}-base:1`;
    await execa("docker", ["buildx", "build", "--push", "--tag", elsewhere, context], { env: env() });
    // The engine has what it pushed, and would ask nobody for it.
    await execa(theBed().tools.crane, ["copy", "--insecure", elsewhere, base], { env: env() });
    await writeFile(join(directory, "OnBase"), `FROM ${base}\nLABEL nonce=${process.pid}\n`);
    await writeFile(join(directory, "Runs"), 'FROM scratch\nCOPY busybox /\nRUN ["/busybox", "sh", "-c", "exit 1"]\n');
    await registry.kill();
    const push = (file: string) => {
      const leg = ["--platform", "linux/amd64", "--tag-suffix", "-retry", "--record-dir", "retry", "--retries", "1"];
      return execa(process.execPath, [bin, "push", ...targets(), ...leg, "--", "--file", file, "amd64"], {
        cwd: directory,
        env: env(),
        reject: false,
      });
    };
    const running = push("OnBase");
    let restarted: Promise<unknown> | undefined;
    running.stderr.on("data", (chunk: Buffer) => {
      if (chunk.includes("trying again in 5 s (1 of 1)")) restarted ??= registry.restart();
    });
    const pushed = await running;
    await restarted;
    expect([pushed.exitCode, pushed.stderr]).toEqual([0, expect.stringContaining("recorded in ")]);
    expect(pushed.stderr).toContain("a registry or the network failed: trying again in 5 s (1 of 1)\n");
    const failed = await push("Runs");
    expect([failed.exitCode, failed.stderr]).toEqual([1, expect.not.stringContaining("trying again")]);
  });

  it("a build that fails leaves no record", async () => {
    await writeFile(join(directory, "Broken"), "FROM scratch\nCOPY absent /\n");
    const leg = [
      "--platform",
      "linux/amd64",
      "--tag-suffix",
      "-cpu-x",
      "--platform-tag",
      "amd64",
      "--record-dir",
      "none",
    ];
    const failed = await run("push", ...targets(), ...leg, "--", "--file", "Broken", "amd64");
    expect([failed.exitCode, failed.stderr]).toEqual([
      1,
      expect.stringContaining("error: docker buildx build ended with exit code 1"),
    ]);
    await expect(readdir(join(directory, "none"))).rejects.toThrow("ENOENT");
  });
});
