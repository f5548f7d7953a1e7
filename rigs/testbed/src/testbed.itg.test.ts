import { execFile } from "node:child_process";
import { existsSync, readdirSync } from "node:fs";
import { copyFile, mkdir, mkdtemp, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { controlGroups, kernelNames } from "./engine/engine.ts";
import { placesFor } from "./machine/places.ts";
import { isAlive } from "./machine/process-ref.ts";
import { runProgram } from "./machine/program.ts";
import { readTestbed, type TestbedEngine, testbed } from "./machine/testbed-file.ts";
import { readRunning } from "./services.ts";

const bed = testbed();
const reason = "unavailable" in bed ? bed.unavailable : bed.docker === null ? "no engine" : undefined;
if (reason !== undefined) console.warn(`up, down and status are not tested: ${reason}`);

interface Outcome {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

const script = fileURLToPath(new URL("testbed.ts", import.meta.url));

describe.skipIf(reason !== undefined)("npm run testbed", () => {
  let folder: string;
  let env: Record<string, string | undefined>;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "testbed-"));
    env = {
      PATH: process.env["PATH"],
      HOME: process.env["HOME"],
      FANFOLD_TESTBED_CACHE: join(folder, "cache"),
      // Whatever engine this machine has: here one is started.
      DOCKER_HOST: "tcp://192.0.2.1:2375",
    };
    await mkdir(join(folder, "cache"));
    // Unpacked already: what is tested here is not the download.
    if (!("unavailable" in bed)) await symlink(dirname(dirname(bed.tools.crane)), join(folder, "cache", "tools"));
  });
  afterAll(async () => {
    await testbedCommand("down");
    await rm(folder, { recursive: true });
  });

  const run = (command: string, args: readonly string[], more: Record<string, string> = {}): Promise<Outcome> =>
    new Promise((resolve) => {
      execFile(command, args, { env: { ...env, ...more } }, (error, stdout, stderr) => {
        resolve({ code: typeof error?.code === "number" ? error.code : 0, stdout, stderr });
      });
    });
  const testbedCommand = (...args: string[]) => run(process.execPath, [script, ...args]);
  const places = () => placesFor(env, "");
  const running = () => Object.entries(readRunning(places())?.services ?? {});

  test("starts everything once, restarts what died, and ends without a trace", async () => {
    expect(await testbedCommand("status")).toMatchObject({ code: 1, stderr: "the test bed is down\n" });

    const cold = await testbedCommand("up");
    expect(cold).toMatchObject({ code: 0, stdout: `export FANFOLD_TESTBED=${places().file}\n` });
    expect(cold.stderr).toContain("not using this machine's engine: DOCKER_HOST=tcp://192.0.2.1:2375 is not a socket");
    const { registries, docker } = readTestbed(places().file);
    expect(registries.map(({ auth }) => auth)).toEqual(["none", "none", "basic", "token"]);
    expect(docker).not.toBeNull();
    const first = running();
    expect(existsSync(`/sys/class/net/${kernelNames(places()).bridge.name}`)).toBe(true);

    const warm = await testbedCommand("up");
    expect(warm).toMatchObject({ code: 0, stderr: expect.stringContaining("all was up") });
    expect(running()).toEqual(first);
    console.log(`up, programs unpacked: ${cold.stderr.trim()}; again: ${warm.stderr.trim()}`);

    const [registry] = registries;
    await fetch(`http://${registry?.host}/v2/team/tool/blobs/uploads/`, { method: "POST" });
    for (const [name, service] of first) {
      if (["engine", "registry-1", "attendant"].includes(name)) process.kill(service.process.pid, "SIGKILL");
    }
    const ill = await testbedCommand("status");
    expect(ill.code).toBe(1);
    expect(ill.stdout).toMatch(/^registry-1 +down /m);
    expect(ill.stdout).toMatch(/^registry-2 +up /m);
    const again = await testbedCommand("up");
    expect(again.stderr).toMatch(/^started (?=.*engine)(?=.*registry-1)(?=.*attendant)(?!.*registry-2)/m);
    expect(readTestbed(places().file).registries).toEqual(registries);
    expect(existsSync(join(places().registries, "registry-1", "data", "docker"))).toBe(true);
    const well = await testbedCommand("status");
    expect(well.code).toBe(0);
    expect(well.stdout.match(/ up /g)).toHaveLength(first.length);

    const last = running();
    expect((await testbedCommand("down")).code).toBe(0);
    expect([...first, ...last].filter(([, { process }]) => isAlive(process))).toEqual([]);
    expect(readdirSync(places().cache).sort()).toEqual(["lock", "tools"]);
    const { bridge, controlGroup } = kernelNames(places());
    expect(existsSync(`/sys/class/net/${bridge.name}`)).toBe(false);
    expect(await controlGroups(controlGroup)).toEqual([]);
    expect(await testbedCommand("down")).toMatchObject({ code: 0, stderr: "nothing was up\n" });
  });

  test("uses the machine's engine, and leaves it and its images as they were", async () => {
    if ("unavailable" in bed || bed.docker === null) return expect.unreachable();
    const [registry] = bed.registries;
    const theirs = `${registry?.host}/testbed/theirs`;
    await writeFile(join(folder, "Dockerfile"), "FROM scratch\nCOPY Dockerfile /\n");
    const { docker } = bed.tools;
    const build = (to: TestbedEngine, name: string) =>
      run(docker, ["buildx", "build", "--output", `type=image,push=true,name=${name}`, folder], engineEnvironment(to));
    const images = async (to: TestbedEngine) =>
      (await run(docker, ["images", "--format", "{{.Repository}}"], engineEnvironment(to))).stdout;
    expect(await build(bed.docker, theirs)).toMatchObject({ code: 0 });

    const machine = { DOCKER_HOST: bed.docker.host };
    const socket = bed.docker.host.replace("unix://", "");
    const up = await run(process.execPath, [script, "up"], machine);
    expect(up).toMatchObject({ code: 0, stderr: expect.stringContaining(`using this machine's engine, ${socket}`) });
    const own = readTestbed(places().file);
    expect(own.docker?.host).toBe(bed.docker.host);
    expect(running().map(([name]) => name)).not.toContain("engine");
    if (own.docker === null) return expect.unreachable();
    const ours = own.registries.map(({ host }) => `${host}/testbed/ours`);
    for (const name of ours.slice(0, 2)) expect(await build(own.docker, name)).toMatchObject({ code: 0 });
    expect(await images(own.docker)).toContain(ours[0]);
    const status = await run(process.execPath, [script, "status"], machine);
    expect(status).toMatchObject({
      code: 0,
      stdout: expect.stringMatching(/^engine +up +- +unix:.+ this machine's$/m),
    });

    expect(await testbedCommand("down")).toMatchObject({ code: 0 });
    const left = await images(bed.docker);
    expect(left).toContain(theirs);
    for (const name of ours) expect(left).not.toContain(name);
    await run(docker, ["rmi", theirs], engineEnvironment(bed.docker));
  });

  test.each([[["sideways"]], [[]], [["up", "now"]]])("says how it is called: %j", async (args) => {
    expect(await testbedCommand(...args)).toMatchObject({
      code: 2,
      stdout: "",
      stderr: expect.stringContaining("usage:"),
    });
  });

  describe("where it cannot run, says why and ends with 3", () => {
    // In namespaces of their own: nothing of this machine changes.
    const inNamespace = async (namespace: "--mount" | "--net", prepare: string) => {
      const cache = join(folder, "empty");
      await mkdir(cache, { recursive: true });
      const command = `${prepare}; FANFOLD_TESTBED_CACHE=${cache} exec ${process.execPath} ${script} up`;
      const outcome = await run("unshare", [namespace, "sh", "-ec", command]);
      expect(existsSync(join(cache, "tools"))).toBe(false);
      return { ...outcome, last: outcome.stderr.trim().split("\n").at(-1) };
    };

    test("no Debian", async () => {
      await writeFile(join(folder, "os-release"), 'ID=other\nPRETTY_NAME="Other Linux 1"\nVERSION_CODENAME=one\n');
      const outcome = await inNamespace("--mount", `mount --bind ${join(folder, "os-release")} /etc/os-release`);
      expect(outcome).toMatchObject({ code: 3, stdout: "" });
      expect(outcome.last).toBe("testbed unavailable: no Debian: this is Other Linux 1, its packages are needed");
    });

    test("no network", async () => {
      const outcome = await inNamespace("--net", "true");
      expect(outcome).toMatchObject({ code: 3, stdout: "" });
      expect(outcome.last).toMatch(/^testbed unavailable: no network: apt-get: /);
    });

    test("low disk", async () => {
      const outcome = await inNamespace("--mount", `mount -t tmpfs -o size=100m tmpfs ${join(folder, "empty")}`);
      expect(outcome).toMatchObject({ code: 3, stdout: "" });
      expect(outcome.last).toMatch(/^testbed unavailable: low disk: \d+ MB free at .*, 2500 MB are needed$/);
    });
  });
});

describe.skipIf(reason !== undefined)("the engine", () => {
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "testbed-engine-"));
  });
  afterAll(() => rm(folder, { recursive: true }));

  test("pushes by digest to all registries at once, and what others see there runs", async () => {
    if ("unavailable" in bed || bed.docker === null) return expect.unreachable();
    const { tools, docker: engine, registries } = bed;
    await copyFile(process.arch === "x64" ? tools.busyboxAmd64 : tools.busyboxArm64, join(folder, "busybox"));
    const dockerfile = "FROM scratch\nCOPY busybox /bin/sh\nRUN echo built > /word\n";
    await writeFile(join(folder, "Dockerfile"), dockerfile);
    const env = { ...process.env, ...engineEnvironment(engine) };
    const docker = (...args: string[]) => runProgram(tools.docker, args, { env });

    const repositories = registries.map(({ host }) => `${host}/testbed/engine`);
    const output = `type=image,"name=${repositories.join(",")}",push-by-digest=true,name-canonical=true,push=true`;
    const metadata = join(folder, "metadata.json");
    await docker("buildx", "build", "--provenance", "mode=max", "--metadata-file", metadata, "-o", output, folder);
    const digest = /"containerimage.digest": "([^"]+)"/.exec(await runProgram("cat", [metadata]))?.[1];
    expect(digest).toMatch(/^sha256:/);
    for (const repository of repositories) {
      const image = `${repository}@${digest}`;
      expect((await runProgram(tools.crane, ["digest", image], { env })).trim()).toBe(digest);
      await runProgram(tools.oras, ["manifest", "fetch", "--plain-http", image], { env });
      const authfile = join(engine.config, "config.json");
      const inspect = ["--insecure-policy", "inspect", "--raw", "--tls-verify=false", "--authfile", authfile];
      expect(await runProgram(tools.skopeo, [...inspect, `docker://${image}`])).toContain('"attestation-manifest"');
    }
    const image = `${repositories.at(-1)}@${digest}`;
    const word = await docker(
      "run",
      "--rm",
      "--network",
      "none",
      image,
      "/bin/sh",
      "-c",
      "read word </word; echo $word",
    );
    expect(word).toBe("built\n");
    expect(["/run/containerd", "/opt/containerd"].filter((path) => existsSync(path))).toEqual([]);
  });
});

function engineEnvironment({ host, config, builder }: TestbedEngine): Record<string, string> {
  return { DOCKER_HOST: host, DOCKER_CONFIG: config, BUILDX_BUILDER: builder };
}
