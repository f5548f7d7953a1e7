import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { chmod, copyFile, mkdir, readdir, readFile, rm, symlink } from "node:fs/promises";
import { createServer } from "node:http";
import { dirname, join } from "node:path";
import { text } from "node:stream/consumers";
import { fileURLToPath } from "node:url";
import { parseRecord } from "@fanfold/digest-tools/internal";
import type { JsonObject } from "@fanfold-internal/kit/read/json";
import { execa } from "execa";
import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { EngineProject, engineBed, noEngine } from "../testing/engine-project.ts";
import { nativePlatform } from "./command.ts";
import { oddName, oddText } from "./testing/odd-texts.ts";

const CANARY = "canary-8d1c90";

let project: EngineProject;
let directory: string;
let images: readonly string[];
beforeEach(async ({ skip }) => {
  if (noEngine !== undefined) skip(noEngine);
  project = await EngineProject.create();
  directory = project.directory;
  images = project.registries.map((below) => `${below}/app`);
  const { busyboxAmd64, busyboxArm64 } = engineBed().tools;
  await project.write({ "app/file": "from the context\n", "lib/file": "from the named context\n" });
  await copyFile(process.arch === "arm64" ? busyboxArm64 : busyboxAmd64, join(directory, "app/busybox"));
});
afterEach(() => project?.remove());

const bin = fileURLToPath(new URL("../../bin/fanfold.js", import.meta.url));
const ARTIFACT = "digests-x--single";

/** Commits a repository of one entry, and plans that everything is built. Returns the commit. */
async function plan(keys: JsonObject, build: JsonObject = {}, config: JsonObject = {}): Promise<string> {
  const entry = { backend: "x", "tag-suffix": "-x", context: "app", ...keys };
  await project.write({
    ".github/backend-matrix.yml": JSON.stringify({ include: [entry] }),
    ".github/fanfold.yml": JSON.stringify({ images, build, ...config }),
    ".gitignore": "/plan.json\n/records\n",
  });
  return project.plan();
}

async function build(
  publish: "leg" | "nothing",
  more: Readonly<Record<string, string>> = {},
  artifact: string = ARTIFACT,
) {
  const args = ["--plan", "plan.json", "--artifact", artifact, "--publish", publish, "--record-dir", "records"];
  return project.fanfold(["build", ...args], more);
}

/** What a registry has of the image: its configuration, and everything about it as text. */
async function published(image: string): Promise<{ config: JsonObject; digest: string; all: string }> {
  const record = parseRecord(await readFile(join(directory, "records", ARTIFACT, "record.json"), "utf8"), "record");
  const digest = record.images.find(({ repository }) => repository === image)?.descriptor.digest ?? "";
  const reference = `${image}@${digest}`;
  const index = await project.crane("manifest", reference);
  const inspected = await project.crane("config", "--platform", nativePlatform(), reference);
  const format = ["--format", "{{json .Provenance}}{{json .SBOM}}", reference];
  const attested = await project.docker("buildx", "imagetools", "inspect", ...format);
  return { config: JSON.parse(inspected).config, digest, all: `${index}${inspected}${attested}` };
}

/** Texts where an entry, and `build` of the config, may have them. */
interface Texts {
  readonly args: readonly string[];
  readonly labels: Readonly<Record<string, string>>;
  /** Of keys of the entry's own. */
  readonly keys: readonly string[];
  /** Names of labels, and which of those keys fills them in. */
  readonly templates: Readonly<Record<string, number>>;
}

interface Agent extends AsyncDisposable {
  readonly socket: string;
  /** Of its one key, as `ssh-add -l` shows it. */
  readonly fingerprint: string;
}

interface RecordedService extends AsyncDisposable {
  readonly url: string;
  readonly requests: readonly { readonly path: string; readonly authorization: string; readonly body: string }[];
}

/** A service that is down, and keeps what it was asked. */
async function recordedService(): Promise<RecordedService> {
  const requests: RecordedService["requests"][number][] = [];
  const server = createServer(async (request, response) => {
    const { url = "", headers } = request;
    requests.push({ path: url, authorization: headers.authorization ?? "", body: url + (await text(request)) });
    response.writeHead(403).end();
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  return {
    url: `http://127.0.0.1:${typeof address === "object" ? address?.port : ""}/`,
    requests,
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections();
      server.close();
      await once(server, "close");
    },
  };
}

/** An SSH agent with a key of its own; `root` beside the Dockerfile holds an ssh-add that runs in an empty image. Else why not. */
async function startAgent({ directory: home }: EngineProject): Promise<Agent | string> {
  const words = async (program: string, ...args: readonly string[]): Promise<string> =>
    (await execa(program, [...args], { cwd: home })).stdout;
  const linked = await words("sh", "-c", 'ldd "$(command -v ssh-add)" && command -v ssh-agent ssh-keygen').catch(
    () => "",
  );
  if (linked === "") return "no SSH agent is used: ssh-agent, ssh-keygen and ssh-add are not all there";
  const libraries = [...linked.matchAll(/(?:=> )?(\/\S+) \(0x/g)].map(([, file = ""]) => file);
  for (const file of libraries) {
    await mkdir(dirname(join(home, "app/root", file)), { recursive: true });
    await copyFile(file, join(home, "app/root", file));
  }
  await copyFile((await words("sh", "-c", "command -v ssh-add")).trim(), join(home, "app/root/ssh-add"));
  const [key, socket] = [join(home, "key"), join(home, "agent")];
  await words("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", key);
  const child = spawn("ssh-agent", ["-D", "-a", socket], { stdio: "ignore" });
  await expect.poll(() => existsSync(socket), { timeout: 30_000 }).toBe(true);
  await execa("ssh-add", ["-q", key], { env: { SSH_AUTH_SOCK: socket } });
  const [, fingerprint = ""] = (await words("ssh-keygen", "-l", "-f", `${key}.pub`)).split(" ");
  await rm(key);
  return {
    socket,
    fingerprint,
    [Symbol.asyncDispose]: async () => {
      const ended = new Promise((resolve) => child.once("exit", resolve));
      child.kill();
      await ended;
    },
  };
}

describe("a leg", () => {
  it("is the stage that was meant, with everything that its target says", async () => {
    await project.write({
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
    // Its stage is left out of the cache.
    const again = await build("leg", { NPM_TOKEN: CANARY });
    expect([again.code, again.stderr]).toEqual([0, expect.stringMatching(/\[prod \d+\/\d+\] RUN/)]);
    expect(again.stderr).not.toMatch(/\[prod \d+\/\d+\].*\n#\d+ CACHED/);
  });

  it("shows every text as it was written, wherever that stands", async () => {
    const random: fc.Arbitrary<Texts> = fc.record({
      args: fc.array(oddText, { minLength: 20, maxLength: 20 }),
      labels: fc.dictionary(oddName, oddText, { minKeys: 20, maxKeys: 30 }),
      keys: fc.array(oddText, { minLength: 20, maxLength: 20 }),
      templates: fc.dictionary(oddName, fc.nat(19), { minKeys: 10, maxKeys: 15 }),
    });
    const inspect = `docker image inspect --format '{{json .Config.Labels}}' "$IMAGE" >inspected`;
    const run = async ({ args, labels, keys, templates }: Texts) => {
      const numbered = args.map((text, index) => [`A${index}`, text] as const);
      await project.write({
        "app/Dockerfile": `FROM scratch\nCOPY file /\n${numbered
          .map(([name]) => `ARG ${name}\nLABEL of-${name}=$${name}\n`)
          .join("")}`,
      });
      const entry = Object.fromEntries(keys.map((text, index) => [`k${index}`, text]));
      const filled = Object.fromEntries(Object.entries(templates).map(([name, key]) => [name, `{k${key}}`]));
      await plan(
        { ...entry, dockerfile: "app/Dockerfile", args: Object.fromEntries(numbered), labels },
        { labels: filled, attest: ["type=provenance,disabled=true", "type=sbom,disabled=true"] },
        { workflow: { test: `docker pull --quiet "$IMAGE" >&2 || true; ${inspect}` } },
      );
      const expected = {
        ...Object.fromEntries(Object.entries(templates).map(([name, key]) => [name, keys[key]])),
        ...labels,
        ...Object.fromEntries(numbered.map(([name, text]) => [`of-${name}`, text])),
      };
      for (const publish of ["leg", "nothing"] as const) {
        const { code, stderr } = await build(publish);
        expect([code, stderr]).toEqual([0, expect.any(String)]);
        const seen: JsonObject = JSON.parse(await readFile(project.path("inspected"), "utf8"));
        const own = Object.entries(seen).filter(([name]) => !name.startsWith("org.opencontainers.image."));
        expect(Object.fromEntries(own)).toEqual(expected);
      }
    };
    await fc.assert(fc.asyncProperty(random, run), { numRuns: 3, endOnFailure: true });
  }, 120_000);

  it.each([ARTIFACT, "digests-x--only"])("that is the whole image says what that is: %s", async (artifact) => {
    await project.write({ "app/Dockerfile": "FROM scratch\nCOPY busybox /\n" });
    const leg = artifact === ARTIFACT ? {} : { "platform-tag": "only" };
    const metadata = { tags: ["type=semver,pattern={{version}},value={version}"], flavor: ["suffix=-x"] };
    const platforms = nativePlatform();
    await plan({ ...leg, platforms, version: "1.2.3", dockerfile: "app/Dockerfile" }, {}, { metadata });
    const { code, stderr } = await build("leg", { GITHUB_RUN_ID: "20" }, artifact);
    expect([code, stderr]).toEqual([0, expect.stringContaining("recorded in ")]);
    const file = join(directory, "records", artifact, "record.json");
    const { images: recorded } = parseRecord(await readFile(file, "utf8"), file);
    for (const { repository, descriptor } of recorded) {
      const text = await project.crane("manifest", "--platform", platforms, `${repository}@${descriptor.digest}`);
      expect(JSON.parse(text).annotations).toMatchObject({
        "io.github.fanfold.run-id": "20",
        "io.github.fanfold.version": "1.2.3",
        "org.opencontainers.image.version": "1.2.3-x",
      });
    }
  });

  it("is kept by an anchor of its own where images share a repository, and has a cache of its own", async () => {
    await project.write({
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
    const digest = /@(sha256:\w+)/.exec(first.stdout)?.[1];
    expect(await project.crane("digest", `${images[0]}:leg-3.13-x--single`)).toBe(digest);
    await expect(project.crane("digest", `${images[1]}:leg-3.13-x--single`)).rejects.toThrow("UNKNOWN");
    expect(await project.crane("ls", `${images[0]}-cache`)).toBe("cache-3.13-x--single");
    const again = await build("leg", {}, artifact);
    expect(again.stderr).toContain("importing cache manifest from");
    expect(again.stderr).toMatch(/\[2\/2\] RUN.*\n(?:.*\n)*?.*CACHED/);
  });

  it("asks GitHub's own cache with the token of the job, which nothing else is given", async () => {
    await using service = await recordedService();
    const token = [
      '{"alg":"none"}',
      JSON.stringify({ nbf: 1, exp: 4_000_000_000, ac: '[{"Scope":"refs/heads/main","Permission":3}]' }),
      CANARY,
    ]
      .map((part) => Buffer.from(part).toString("base64url"))
      .join(".");
    const github = {
      ACTIONS_RUNTIME_TOKEN: token,
      ACTIONS_RESULTS_URL: service.url,
      ACTIONS_CACHE_URL: service.url,
      ACTIONS_CACHE_SERVICE_V2: "true",
      ACTIONS_ID_TOKEN_REQUEST_TOKEN: CANARY,
    };
    await project.write({
      "app/Dockerfile": "FROM scratch\nCOPY file /\n",
      "bin/docker": `#!/bin/sh\necho "$2 \${ACTIONS_RUNTIME_TOKEN:+runtime} \${ACTIONS_ID_TOKEN_REQUEST_TOKEN:+id} $*" >>"${directory}/called"
exec "${engineBed().tools.docker}" "$@"\n`,
    });
    await chmod(project.path("bin/docker"), 0o755);
    await plan(
      { dockerfile: "app/Dockerfile" },
      { cache: { type: "gha" } },
      { workflow: { test: "env >environment" } },
    );
    const env = { ...github, PATH: `${project.path("bin")}:${project.env["PATH"]}` };
    for (const publish of ["leg", "nothing"] as const) {
      const seen = service.requests.length;
      // The cache is down, and costs nothing but its time.
      const done = await build(publish, env);
      expect([done.code, done.stderr]).toEqual([0, expect.stringContaining("importing cache manifest from gha:")]);
      const asked = service.requests.slice(seen);
      expect(asked.length).toBeGreaterThan(0);
      expect(new Set(asked.map(({ authorization }) => authorization))).toEqual(new Set([`Bearer ${token}`]));
      expect(asked.map(({ body }) => body).join("")).toContain("cache-x--single");
      // What keeps nothing keeps no cache.
      expect(done.stderr.includes("exporting to GitHub Actions Cache")).toBe(publish === "leg");
      expect(await readFile(project.path("environment"), "utf8")).not.toMatch(/^ACTIONS_(?:RUNTIME|ID_TOKEN)/m);
    }
    const called = (await readFile(project.path("called"), "utf8")).trimEnd().split("\n");
    const trusted = called.filter((line) => / runtime | id /.test(line));
    expect(called.length).toBeGreaterThan(trusted.length);
    for (const line of trusted) expect(line).toMatch(/^bake runtime {2}buildx bake (?!.*--print)/);
  }, 120_000);

  it("may do what its entry names, and nothing else", async () => {
    await project.write({ "app/Dockerfile": 'FROM scratch\nCOPY busybox /\nRUN ["/busybox", "true"]\n' });
    await plan({ network: "host", "shm-size": "64m", ulimits: ["nofile=1024:1024"] });
    expect((await build("leg")).code).toBe(0);
    // A link is inside by its name alone; bake looks where it leads to.
    await symlink("/etc", join(directory, "outside"));
    await plan({ contexts: { lib: "outside" } });
    const { code, stderr } = await build("leg", { BUILDX_BAKE_ENTITLEMENTS_FS: "0" });
    expect([code, stderr]).toEqual([1, expect.stringContaining("additional privileges requested")]);
  });

  it("may use the SSH agent that it names, on pushes alone", async ({ skip }) => {
    const agent = await startAgent(project);
    if (typeof agent === "string") skip(agent);
    else {
      await using running = agent;
      await project.write({
        "app/Dockerfile": `FROM scratch
COPY busybox root /
RUN --mount=type=ssh ["/busybox", "sh", "-c", "/ssh-add -l || /busybox echo no agent"]
`,
      });
      const test = "env >environment";
      const env = { SSH_AUTH_SOCK: running.socket };
      const config = { workflow: { test } };
      await plan({ ssh: ["default"], "no-cache": true, "pull-requests": "build" }, {}, config);
      const built = await build("leg", env);
      expect([built.code, built.stderr]).toEqual([0, expect.stringContaining(running.fingerprint)]);
      expect(await readFile(project.path("environment"), "utf8")).not.toContain("SSH_AUTH_SOCK");
      // Where anybody's build runs, there is none, whatever the machine has.
      const proposed = await build("nothing", env);
      expect([proposed.code, proposed.stderr]).toEqual([0, expect.stringMatching(/ no agent$/m)]);
      expect(proposed.stderr).not.toContain(running.fingerprint);
      const without = await build("leg");
      expect([without.code, without.stderr]).toEqual([
        1,
        expect.stringContaining(`${ARTIFACT} needs the SSH agent default from the variable SSH_AUTH_SOCK`),
      ]);
    }
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
    await project.write({ "app/Dockerfile": 'FROM scratch\nCOPY busybox file /\nENTRYPOINT ["/busybox"]\n' });
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
    expect(await project.docker("image", "ls", "--quiet", "fanfold-test")).toBe("");
    if (publish === "nothing") return;
    expect(image).toBe(`${images[0]}@${(await published(images[0] ?? "")).digest}`);
  });

  it("that fails keeps the record from being made, and with it every tag", async () => {
    await project.write({ "app/Dockerfile": "FROM scratch\nCOPY file /\n" });
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
    await project.write({ "app/Dockerfile": "FROM scratch\nCOPY file /\n" });
    await plan({});
    await project.write({ "bin/docker": "#!/bin/sh\necho $$ >$TMPDIR/../pid\nexec sleep 60\n" });
    await chmod(join(programs, "docker"), 0o755);
    const args = ["build", "--plan", "plan.json", "--artifact", ARTIFACT, "--publish", "nothing", "--record-dir", "r"];
    const child = spawn(process.execPath, [bin, ...args], {
      cwd: directory,
      env: { ...project.env, PATH: `${programs}:${project.env["PATH"]}`, TMPDIR: temporary },
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
    await project.write({ "app/Dockerfile": 'FROM scratch\nCOPY busybox /\nRUN ["/busybox", "true"]\n' });
    await plan({ secret: ["id=npm,env=NPM_TOKEN"], "cache-to": ["type=local,dest=cache"] });
    expect(await build("nothing")).toMatchObject({ code: 0, stdout: "" });
    expect((await readdir(directory)).filter((name) => !name.startsWith("."))).toEqual(["app", "lib", "plan.json"]);
  });

  it("a build that fails says so", async () => {
    await project.write({ "app/Dockerfile": "FROM scratch\nCOPY absent /\n" });
    await plan({});
    for (const publish of ["nothing", "leg"] as const) {
      const { code, stderr } = await build(publish);
      expect([code, stderr]).toEqual([1, expect.stringContaining("docker buildx bake ended with exit code 1")]);
    }
    expect(await readdir(directory)).not.toContain("records");
  });
});
