import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { chmod, copyFile, mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseRecord } from "@fanfold/digest-tools/internal";
import type { JsonObject } from "@fanfold-internal/kit/read/json";
import { testbed } from "@fanfold-rigs/testbed";
import { execa } from "execa";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { runFanfold } from "../testing/run-fanfold.ts";
import { nativePlatform } from "./command.ts";

const found = testbed();
const unavailable =
  "unavailable" in found ? found.unavailable : found.docker === null ? "only registries, no engine" : undefined;

const CANARY = "canary-8d1c90";

let directory: string;
let images: readonly string[];
beforeEach(async ({ skip }) => {
  if (unavailable !== undefined) skip(unavailable);
  directory = await mkdtemp(join(tmpdir(), "fanfold-build-itg-"));
  images = bed()
    .registries.slice(0, 2)
    .map(({ host }) => `${host}/build-${directory.slice(-6).toLowerCase()}/app`);
  const { busyboxAmd64, busyboxArm64 } = bed().tools;
  await writeFiles({ "app/file": "from the context\n", "lib/file": "from the named context\n" });
  await copyFile(process.arch === "arm64" ? busyboxArm64 : busyboxAmd64, join(directory, "app/busybox"));
});
afterEach(() => rm(directory, { recursive: true, force: true }));

function bed() {
  if ("unavailable" in found || found.docker === null) throw new Error("no test bed");
  return { ...found, docker: found.docker };
}

const env = (more: Readonly<Record<string, string>> = {}) => ({
  PATH: `${dirname(bed().tools.docker)}:${process.env["PATH"]}`,
  HOME: directory,
  DOCKER_HOST: bed().docker.host,
  DOCKER_CONFIG: bed().docker.config,
  BUILDX_BUILDER: bed().docker.builder,
  ...more,
});

async function writeFiles(files: Readonly<Record<string, string>>): Promise<void> {
  for (const [name, text] of Object.entries(files)) {
    await mkdir(dirname(join(directory, name)), { recursive: true });
    await writeFile(join(directory, name), text);
  }
}

const bin = fileURLToPath(new URL("../../bin/fanfold.js", import.meta.url));
const ARTIFACT = "digests-x--single";

/** Commits a repository of one entry, and plans that everything is built. Returns the commit. */
async function plan(keys: JsonObject, build: JsonObject = {}, config: JsonObject = {}): Promise<string> {
  const entry = { backend: "x", "tag-suffix": "-x", context: "app", ...keys };
  await writeFiles({
    ".github/backend-matrix.yml": JSON.stringify({ include: [entry] }),
    ".github/fanfold.yml": JSON.stringify({ images, build, ...config }),
    ".gitignore": "/plan.json\n/records\n",
  });
  const git = async (...args: readonly string[]) =>
    (await execa("git", ["-c", "user.name=x", "-c", "user.email=x@example.com", ...args], { cwd: directory })).stdout;
  await git("init", "--quiet", "--initial-branch=main");
  await git("add", "--all");
  await git("commit", "--quiet", "--allow-empty", "--message=x");
  const { code, stdout, stderr } = await runFanfold(["plan", "--force-all", "--json"], { cwd: directory, env: env() });
  expect([code, stderr]).toEqual([0, expect.not.stringContaining("error")]);
  await writeFile(join(directory, "plan.json"), stdout);
  return git("rev-parse", "HEAD");
}

async function build(
  publish: "leg" | "nothing",
  more: Readonly<Record<string, string>> = {},
  artifact: string = ARTIFACT,
) {
  const args = ["--plan", "plan.json", "--artifact", artifact, "--publish", publish, "--record-dir", "records"];
  return runFanfold(["build", ...args], { cwd: directory, env: env(more) });
}

/** What a registry has of the image: its configuration, and everything about it as text. */
async function published(image: string): Promise<{ config: JsonObject; digest: string; all: string }> {
  const record = parseRecord(await readFile(join(directory, "records", ARTIFACT, "record.json"), "utf8"), "record");
  const digest = record.images.find(({ repository }) => repository === image)?.descriptor.digest ?? "";
  const crane = async (...args: readonly string[]) =>
    (await execa(bed().tools.crane, [...args], { env: env() })).stdout;
  const reference = `${image}@${digest}`;
  const index = await crane("manifest", "--insecure", reference);
  const inspected = await crane("config", "--insecure", "--platform", nativePlatform(), reference);
  const format = ["--format", "{{json .Provenance}}{{json .SBOM}}", reference];
  const attested = await execa("docker", ["buildx", "imagetools", "inspect", ...format], { env: env() });
  return { config: JSON.parse(inspected).config, digest, all: `${index}${inspected}${attested.stdout}` };
}

describe("a leg", () => {
  it("is the stage that was meant, with everything that its target says", async () => {
    await writeFiles({
      "docker/Dockerfile": `FROM scratch AS prod
COPY busybox file /
COPY --from=lib file /lib-file
ARG TEXT
RUN ["/busybox", "grep", "-q", "10.1.2.3.*lan.example", "/etc/hosts"]
RUN --mount=type=secret,id=npm,required=true ["/busybox", "sh", "-c", "/busybox wc -c </run/secrets/npm >/length"]
LABEL stage=prod text=$TEXT
FROM prod AS test
LABEL stage=test
`,
    });
    const odd = '${a} %{b} "q" $(id) $$ \\ \n e\u0301';
    const commit = await plan(
      {
        dockerfile: "docker/Dockerfile",
        target: "prod",
        args: { TEXT: odd },
        contexts: { lib: "lib" },
        labels: { own: odd, "${key}": "1" },
        secret: ["id=npm,env=NPM_TOKEN"],
        "no-cache-filter": ["prod"],
        "extra-hosts": { "lan.example": "10.1.2.3" },
      },
      { labels: { commit: "{{commit}}", none: "{absent}" } },
    );
    const { code, stdout, stderr } = await build("leg", { NPM_TOKEN: CANARY });
    expect([code, stderr]).toEqual([0, expect.stringContaining("recorded in ")]);
    const states = await Promise.all(images.map(published));
    expect(new Set(states.map(({ digest }) => digest)).size).toBe(1);
    for (const [index, { config, digest, all }] of states.entries()) {
      expect(stdout).toContain(`${images[index]}@${digest}`);
      expect(config["Labels"]).toEqual({
        stage: "prod",
        text: odd,
        own: odd,
        "${key}": "1",
        commit,
        "org.opencontainers.image.created": expect.stringMatching(/^20/),
        "org.opencontainers.image.revision": commit,
      });
      // Provenance with the names of secrets, and an SBOM.
      expect(all).toContain('"npm"');
      expect(all).toContain('"SPDX"');
      expect(all).not.toContain(CANARY);
    }
    const kept = await readFile(join(directory, "records", ARTIFACT, "record.json"), "utf8");
    const planned = await readFile(join(directory, "plan.json"), "utf8");
    expect(`${stdout}${stderr}${kept}${planned}`).not.toContain(CANARY);
    expect(await readdir(join(directory, "records"))).toEqual([ARTIFACT]);
  });

  it.each([ARTIFACT, "digests-x--only"])("that is the whole image says what that is: %s", async (artifact) => {
    await writeFiles({ "app/Dockerfile": "FROM scratch\nCOPY busybox /\n" });
    const leg = artifact === ARTIFACT ? {} : { "platform-tag": "only" };
    const metadata = { tags: ["type=semver,pattern={{version}},value={version}"], flavor: ["suffix=-x"] };
    const platforms = nativePlatform();
    await plan({ ...leg, platforms, version: "1.2.3", dockerfile: "app/Dockerfile" }, {}, { metadata });
    const { code, stderr } = await build("leg", { GITHUB_RUN_ID: "20" }, artifact);
    expect([code, stderr]).toEqual([0, expect.stringContaining("recorded in ")]);
    const file = join(directory, "records", artifact, "record.json");
    const { images: recorded } = parseRecord(await readFile(file, "utf8"), file);
    for (const { repository, descriptor } of recorded) {
      const args = ["manifest", "--insecure", "--platform", platforms, `${repository}@${descriptor.digest}`];
      const { stdout } = await execa(bed().tools.crane, args, { env: env() });
      expect(JSON.parse(stdout).annotations).toMatchObject({
        "io.github.fanfold.run-id": "20",
        "io.github.fanfold.version": "1.2.3",
        "org.opencontainers.image.version": "1.2.3-x",
      });
    }
  });

  it("is kept by an anchor of its own where images share a repository, and has a cache of its own", async () => {
    await writeFiles({
      "app/Dockerfile": 'FROM scratch\nCOPY busybox /\nRUN ["/busybox", "sh", "-c", "/busybox date >/made"]\n',
    });
    const [host = ""] = images.map((image) => image.split("/", 1)[0]);
    const config = {
      "group-by": ["version"],
      metadata: { tags: ["type=raw,value={version}"] },
      workflow: { registries: [{ host, username: "U", password: "P", anchor: true }] },
    };
    const cache = { type: "registry", ref: `${images[0]}-cache` };
    await plan({ version: "3.13" }, { cache }, config);
    const artifact = "digests-3.13-x--single";
    const first = await build("leg", {}, artifact);
    expect([first.code, first.stderr]).toEqual([0, expect.stringContaining("recorded in ")]);
    const crane = async (...args: readonly string[]) =>
      (await execa(bed().tools.crane, [...args], { env: env() })).stdout;
    const digest = /@(sha256:\w+)/.exec(first.stdout)?.[1];
    expect(await crane("digest", "--insecure", `${images[0]}:leg-3.13-x--single`)).toBe(digest);
    await expect(crane("digest", "--insecure", `${images[1]}:leg-3.13-x--single`)).rejects.toThrow("UNKNOWN");
    expect(await crane("ls", "--insecure", `${images[0]}-cache`)).toBe("cache-3.13-x--single");
    const again = await build("leg", {}, artifact);
    expect(again.stderr).toContain("importing cache manifest from");
    expect(again.stderr).toMatch(/\[2\/2\] RUN.*\n(?:.*\n)*?.*CACHED/);
  });

  it("may do what its entry names, and nothing else", async () => {
    await writeFiles({ "app/Dockerfile": 'FROM scratch\nCOPY busybox /\nRUN ["/busybox", "true"]\n' });
    await plan({ network: "host", "shm-size": "64m", ulimits: ["nofile=1024:1024"] });
    expect((await build("leg")).code).toBe(0);
    // A link is inside by its name alone; bake looks where it leads to.
    await symlink("/etc", join(directory, "outside"));
    await plan({ contexts: { lib: "outside" } });
    const { code, stderr } = await build("leg", { BUILDX_BAKE_ENTITLEMENTS_FS: "0" });
    expect([code, stderr]).toEqual([1, expect.stringContaining("additional privileges requested")]);
  });

  it("is not built without a secret that it names", async () => {
    await plan({ secret: ["id=npm,env=NPM_TOKEN", "id=other"] });
    expect(await build("leg")).toMatchObject({
      code: 1,
      stdout: "",
      stderr: expect.stringContaining(
        `${ARTIFACT} needs the secret npm from the variable NPM_TOKEN and the secret other from the variable other`,
      ),
    });
  });

  it("is not built from another run's plan, nor from one that has no such entry or no way to build it", async () => {
    await plan({ context: "../x" });
    const refused = await build("leg");
    expect([refused.code, refused.stderr]).toEqual([
      1,
      expect.stringMatching(/plan\.json: error: digests-x--single cannot be built: context "\.\.\/x" is not inside/),
    ]);
    const commit = await plan({ "tag-suffix": "-y" });
    expect((await build("leg")).stderr).toContain(
      'plan.json: error: the plan builds no artifact "digests-x--single" (did you mean "digests-y--single"?)',
    );
    expect((await build("leg", { GITHUB_SHA: "0".repeat(40) })).stderr).toContain(
      `the plan is for the commit ${commit}, but GITHUB_SHA is 000`,
    );
    expect(await readdir(directory)).not.toContain("records");
  });
});

describe("a test", () => {
  const smoke = `docker run --rm --network none --platform "$PLATFORM" "$IMAGE" cat /file >said && env >environment`;

  it.each(["leg", "nothing"] as const)("sees the image, and no secret: %s", async (publish) => {
    await writeFiles({ "app/Dockerfile": 'FROM scratch\nCOPY busybox file /\nENTRYPOINT ["/busybox"]\n' });
    const secret = ["id=npm,env=NPM_TOKEN"];
    await plan({ secret }, {}, { workflow: { test: smoke, secrets: ["OTHER"] } });
    const secrets = { NPM_TOKEN: CANARY, OTHER: CANARY, GITHUB_TOKEN: CANARY, ACTIONS_ID_TOKEN_REQUEST_TOKEN: CANARY };
    const { code, stderr } = await build(publish, secrets);
    expect([code, stderr]).toEqual([0, expect.not.stringContaining(CANARY)]);
    expect(await readFile(join(directory, "said"), "utf8")).toBe("from the context\n");
    const environment = await readFile(join(directory, "environment"), "utf8");
    expect(environment).not.toContain(CANARY);
    expect(environment).toContain(`PLATFORM=${nativePlatform()}\n`);
    const image = /^IMAGE=(.*)$/m.exec(environment)?.[1] ?? "";
    const { stdout } = await execa("docker", ["image", "ls", "--quiet", "fanfold-test"], { env: env() });
    expect(stdout).toBe("");
    if (publish === "nothing") return;
    expect(image).toBe(`${images[0]}@${(await published(images[0] ?? "")).digest}`);
  });

  it("that fails keeps the record from being made, and with it every tag", async () => {
    await writeFiles({ "app/Dockerfile": "FROM scratch\nCOPY file /\n" });
    await plan({}, {}, { workflow: { test: "echo it does not work >&2; exit 3" } });
    for (const publish of ["leg", "nothing"] as const) {
      const { code, stderr } = await build(publish);
      expect([code, stderr]).toEqual([1, expect.stringContaining("it does not work\n")]);
      expect(stderr).toContain(`the test of ${ARTIFACT} ended with exit code 3 for ${nativePlatform()}`);
    }
    expect(await readdir(directory)).not.toContain("records");
  });
});

describe("an interruption", () => {
  it.each(["SIGINT", "SIGTERM"] as const)("%s ends docker, and leaves nothing", async (name) => {
    const [programs, temporary] = [join(directory, "bin"), join(directory, "tmp")];
    await mkdir(temporary);
    await writeFiles({ "app/Dockerfile": "FROM scratch\nCOPY file /\n" });
    await plan({});
    await writeFiles({ "bin/docker": "#!/bin/sh\necho $$ >$TMPDIR/../pid\nexec sleep 60\n" });
    await chmod(join(programs, "docker"), 0o755);
    const args = ["build", "--plan", "plan.json", "--artifact", ARTIFACT, "--publish", "nothing", "--record-dir", "r"];
    const child = spawn(process.execPath, [bin, ...args], {
      cwd: directory,
      env: { ...env(), PATH: `${programs}:${env().PATH}`, TMPDIR: temporary },
      stdio: "ignore",
    });
    const ended = new Promise((resolve) => child.once("exit", (code, by) => resolve(by ?? code)));
    await expect.poll(() => existsSync(join(directory, "pid")), { timeout: 30_000 }).toBe(true);
    child.kill(name);
    expect(await ended).toBe(name);
    expect(await readdir(temporary)).toEqual([]);
    const pid = Number(await readFile(join(directory, "pid"), "utf8"));
    expect(() => process.kill(pid, 0)).toThrow("ESRCH");
  });
});

describe("nothing", () => {
  it("is kept of a build of a pull request, which has no secrets", async () => {
    await writeFiles({ "app/Dockerfile": 'FROM scratch\nCOPY busybox /\nRUN ["/busybox", "true"]\n' });
    await plan({ secret: ["id=npm,env=NPM_TOKEN"], "cache-to": ["type=local,dest=cache"] });
    expect(await build("nothing")).toMatchObject({ code: 0, stdout: "" });
    expect((await readdir(directory)).filter((name) => !name.startsWith("."))).toEqual(["app", "lib", "plan.json"]);
  });

  it("a build that fails says so", async () => {
    await writeFiles({ "app/Dockerfile": "FROM scratch\nCOPY absent /\n" });
    await plan({});
    for (const publish of ["nothing", "leg"] as const) {
      const { code, stderr } = await build(publish);
      expect([code, stderr]).toEqual([1, expect.stringContaining("docker buildx bake ended with exit code 1")]);
    }
    expect(await readdir(directory)).not.toContain("records");
  });
});
