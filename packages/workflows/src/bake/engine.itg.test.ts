import { copyFile, mkdir, mkdtemp, readdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { testbed } from "@fanfold-rigs/testbed";
import { execa } from "execa";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { nativePlatform } from "../build/command.ts";
import { runFanfold } from "../testing/run-fanfold.ts";

// One bake file in the forms that projects use: planned, built leg by leg and merged into one pair of repositories, and pushed
// by bake itself into another.

const found = testbed();
const unavailable =
  "unavailable" in found ? found.unavailable : found.docker === null ? "only registries, no engine" : undefined;

const NATIVE_TAG = nativePlatform().replace("linux/", "");
const ARCHITECTURES = ["amd64", "arm64"];

const BAKE = `variable "REGISTRY" {}
variable "MIRROR" {}
variable "VERSION" {
  default = "1.4.0"
  validation {
    condition     = VERSION != ""
    error_message = "VERSION is empty"
  }
}
variable "GITHUB_TOKEN" {
  default = "none"
}
variable "NPM_TOKEN" {
  default = "none"
}
variable "ACTIONS_RUNTIME_URL" {
  default = "none"
}

function "names" {
  params = [name, version]
  result = [for place in [REGISTRY, MIRROR] : "\${place}/\${name}:\${version}"]
}

group "default" {
  targets = ["services", "base", "notes", "binary"]
}
group "services" {
  targets = ["api", "web", "probe"]
}

target "docker-metadata-action" {}
target "_common" {
  inherits  = ["docker-metadata-action"]
  platforms = ["linux/amd64", "linux/arm64"]
  labels = {
    "org.opencontainers.image.vendor" = "Example"
    "org.example.literal"             = "$\${x} %%{y} \\"z\\""
  }
  annotations = ["index,manifest:org.opencontainers.image.authors=Example"]
  attest      = ["type=provenance,mode=max", "type=sbom,disabled=true"]
  args = {
    SEEN = "\${GITHUB_TOKEN} \${NPM_TOKEN} \${ACTIONS_RUNTIME_URL}"
  }
}

// Not asked for, and built with what it is used by: itself on an image of the file.
target "toolbox" {
  context   = "toolbox"
  contexts  = { ground = "target:base" }
  args      = { COLOUR = "grün" }
  platforms = ["linux/amd64", "linux/arm64"]
}
// Asked for through nothing but what it is linked to, and without tags.
target "assets" {
  context           = "assets"
  dockerfile-inline = <<EOT
FROM scratch
ARG KIND
COPY $\${KIND:-asset}.txt /
EOT
}

target "base" {
  inherits = ["_common"]
  context  = "base"
  tags     = concat(names("base", VERSION), names("base", "latest"))
}

target "api" {
  inherits = ["_common"]
  name     = "api-\${replace(release, ".", "-")}"
  matrix = {
    release = ["2.1", "3.0"]
  }
  dockerfile = "api/Dockerfile"
  contexts = {
    base    = "target:base"
    tools   = "target:toolbox"
    assets  = "target:assets"
  }
  args = {
    RELEASE = release
  }
  labels = {
    "org.opencontainers.image.version" = release
  }
  secret     = ["id=pass,env=API_PASS"]
  cache-from = ["type=registry,ref=\${REGISTRY}/cache:api"]
  cache-to   = ["type=registry,ref=\${REGISTRY}/cache:api,mode=max,ignore-error=true"]
  tags       = names("api", release)
}

target "web" {
  inherits   = ["_common"]
  context    = "./web/"
  dockerfile = "../web.Dockerfile"
  target     = "site"
  platforms  = ["linux/\${BAKE_LOCAL_PLATFORM == "linux/arm64" ? "arm64" : "amd64"}"]
  tags       = names("web", "stable")
}

target "probe" {
  contexts   = { tools = "target:toolbox" }
  dockerfile = "probe.Dockerfile"
  platforms  = ["linux/amd64", "linux/arm64"]
  labels     = { "org.example.literal" = "$\${x} %%{y} \\"z\\"" }
  tags       = names("probe", "1")
}

target "notes" {
  inherits  = ["docker-metadata-action"]
  context   = "assets"
  dockerfile-inline = "FROM scratch\\nCOPY asset.txt /notes\\n"
  platforms = ["linux/amd64", "linux/arm64"]
}

target "binary" {
  context = "base"
  output  = ["type=local,dest=./out"]
}
`;

const FILES: Readonly<Record<string, string>> = {
  "docker-bake.hcl": BAKE,
  ".gitignore": "/plan.json\n/records*\n/canary\n",
  "base/Dockerfile":
    "FROM scratch\nARG TARGETARCH\nARG SEEN\nENV SEEN=$SEEN\nCOPY $TARGETARCH/busybox /busybox\nCOPY mark /\n",
  "toolbox/Dockerfile": "FROM ground\nARG COLOUR\nENV COLOUR=$COLOUR\nCOPY tool /tool\n",
  "toolbox/tool": "tool\n",
  "assets/asset.txt": "asset\n",
  "api/Dockerfile": `FROM --platform=$BUILDPLATFORM base AS work
RUN --mount=type=secret,id=pass ["/busybox", "sh", "-c", "/busybox test -s /run/secrets/pass && /busybox cp /mark /made && /busybox touch -t 200001020304 /made"]
FROM base
ARG RELEASE
ENV RELEASE=$RELEASE
COPY --from=work /made /made
COPY --from=tools /tool /mark /
COPY --from=assets /asset.txt /
COPY api/main.txt /
CMD ["/busybox", "cat", "/main.txt"]
`,
  "api/main.txt": "api\n",
  "web.Dockerfile": "FROM scratch AS site\nCOPY index.html /\nFROM scratch\nCOPY nothing /\n",
  "web/index.html": "web\n",
  // Asks for the builder's own platform of what is built inside, and through it of a base.
  "probe.Dockerfile": `FROM --platform=$BUILDPLATFORM tools AS work
RUN ["/busybox", "sh", "-c", "/busybox grep -q . /mark && /busybox cp /tool /made && /busybox touch -t 200001020304 /made"]
FROM tools
COPY --from=work /made /made
`,
};

const CANARIES = [
  "GITHUB_TOKEN",
  "NPM_TOKEN",
  "TOKENS",
  "my_token",
  "ACTIONS_RUNTIME_TOKEN",
  "ACTIONS_RUNTIME_URL",
  "ACTIONS_ID_TOKEN_REQUEST_TOKEN",
  "ACTIONS_ID_TOKEN_REQUEST_URL",
  "ACTIONS_CACHE_URL",
  "ACTIONS_RESULTS_URL",
  "ACTIONS_STEP_DEBUG",
];
const CANARY = "canary-3f0c9b";

let directory: string;
let group: string;
const said: string[] = [];
beforeAll(async () => {
  if (unavailable !== undefined) return;
  directory = await mkdtemp(join(tmpdir(), "fanfold-bake-itg-"));
  group = `bake-${directory.slice(-6).toLowerCase()}`;
  await writeFiles({
    ...FILES,
    // What an earlier run of this test has left in the engine's cache has other times.
    "base/mark": `${group}\n`,
    ".github/fanfold.yml": JSON.stringify({
      matrix: "docker-bake.hcl",
      images: [`${host(0)}/${group}/ours/{image}`],
      bake: { variables: ["REGISTRY", "MIRROR", "GITHUB_SHA"] },
      workflow: { branches: ["main"], secrets: ["API_PASS"] },
    }),
  });
  const { busyboxAmd64, busyboxArm64 } = bed().tools;
  for (const [architecture, busybox] of [
    ["amd64", busyboxAmd64],
    ["arm64", busyboxArm64],
  ] as const) {
    await mkdir(join(directory, "base", architecture), { recursive: true });
    await copyFile(busybox, join(directory, "base", architecture, "busybox"));
  }
  const git = (...args: readonly string[]) =>
    execa("git", ["-c", "user.name=x", "-c", "user.email=x@example.com", ...args], { cwd: directory });
  await git("init", "--quiet", "--initial-branch=main");
  await git("add", "--all");
  await git("commit", "--quiet", "--message=x");
}, 120_000);
afterAll(() => rm(directory, { recursive: true, force: true }));
beforeEach(({ skip }) => {
  if (unavailable !== undefined) skip(unavailable);
});

function bed() {
  if ("unavailable" in found || found.docker === null) throw new Error("no test bed");
  return { ...found, docker: found.docker };
}

const host = (index: number): string => bed().registries[index]?.host ?? "";

/** Repositories of the same names, below two parts of the registries: what Fanfold publishes, and what bake pushes. */
type Side = "ours" | "theirs";

const env = (side: Side) => ({
  PATH: `${dirname(bed().tools.docker)}:${process.env["PATH"]}`,
  HOME: directory,
  DOCKER_HOST: bed().docker.host,
  DOCKER_CONFIG: bed().docker.config,
  BUILDX_BUILDER: bed().docker.builder,
  REGISTRY: `${host(0)}/${group}/${side}`,
  MIRROR: `${host(1)}/${group}/${side}`,
  API_PASS: "a password",
});

const withCanaries = (): Readonly<Record<string, string>> => ({
  ...env("ours"),
  ...Object.fromEntries(CANARIES.map((name) => [name, `${CANARY}-${name}`])),
});

async function writeFiles(files: Readonly<Record<string, string>>): Promise<void> {
  for (const [name, text] of Object.entries(files)) {
    await mkdir(dirname(join(directory, name)), { recursive: true });
    await writeFile(join(directory, name), text);
  }
}

async function fanfold(...args: readonly string[]) {
  const done = await runFanfold(args, { cwd: directory, env: withCanaries() });
  said.push(done.stdout, done.stderr);
  return done;
}

const crane = async (...args: readonly string[]): Promise<string> =>
  (await execa(bed().tools.crane, args, { env: env("ours") })).stdout;

/** Without the times at which it was made. */
async function configOf(image: string, architecture: string): Promise<object> {
  const config = JSON.parse(await crane("config", "--insecure", "--platform", `linux/${architecture}`, image));
  const untimed = (each: { created?: string }) => ({ ...each, created: undefined });
  return { ...untimed(config), history: config.history.map(untimed) };
}

interface PlannedLegs {
  readonly matrices: { readonly include: { readonly entries: readonly { readonly "artifact-name": string }[] } };
  readonly bases: Readonly<Record<string, readonly object[]>>;
  readonly groups: readonly { readonly image: string; readonly tags: readonly string[] }[];
}

async function readPlan(): Promise<PlannedLegs> {
  return JSON.parse(await readFile(join(directory, "plan.json"), "utf8"));
}

async function build(artifact: string): Promise<void> {
  const args = ["--plan", "plan.json", "--artifact", artifact, "--publish", "leg"];
  const done = await fanfold("build", ...args, "--record-dir", "records-own", "--records", "records");
  expect([artifact, done.code, done.stderr]).toEqual([artifact, 0, expect.stringContaining("recorded in ")]);
  await mkdir(join(directory, "records"), { recursive: true });
  await rename(join(directory, "records-own", artifact), join(directory, "records", `${artifact}-1`));
}

const IMAGES = [
  { name: "base", tags: ["1.4.0", "latest"], architectures: ARCHITECTURES },
  { name: "api", tags: ["2.1", "3.0"], architectures: ARCHITECTURES },
  { name: "web", tags: ["stable"], architectures: [NATIVE_TAG] },
  { name: "probe", tags: ["1"], architectures: ARCHITECTURES },
];

describe("a bake file as the matrix", { timeout: 300_000 }, () => {
  it("is planned: an image for each target, a leg for each platform, edges from contexts", async () => {
    const { code, stdout, stderr } = await fanfold("plan", "--force-all", "--json");
    expect([code, stderr]).toEqual([0, expect.stringContaining("no images, and not built: binary")]);
    await writeFile(join(directory, "plan.json"), stdout);
    const plan = await readPlan();
    expect(plan.groups.map(({ image, tags }) => [image, tags])).toEqual([
      ["base", ["1.4.0", "latest"]],
      ["notes", ["main", expect.stringMatching(/^sha-[0-9a-f]{7}$/)]],
      ["api-2-1", ["2.1"]],
      ["api-3-0", ["3.0"]],
      ["web", ["stable"]],
      ["probe", ["1"]],
    ]);
    expect(plan.bases["digests-api-2-1-core--amd64"]).toMatchObject([
      { image: "base", context: "base", selected: true },
      { image: "base", context: "ground", within: "toolbox" },
    ]);
  });

  it("is built by its legs and merged, and is what bake pushes: config, labels, layers, tags", async () => {
    const plan = await readPlan();
    const artifacts = plan.matrices.include.entries.map((entry) => entry["artifact-name"]);
    const based = artifacts.filter((artifact) => plan.bases[artifact] !== undefined);
    for (const artifact of artifacts.filter((each) => !based.includes(each))) await build(artifact);
    for (const artifact of based) await build(artifact);
    const script = join(import.meta.dirname, "../../../digest-tools/bin/digest-tools.js");
    const merge = await execa(
      process.execPath,
      [script, "merge-all", "--plan", "plan.json", "--record-dir", "records"],
      { cwd: directory, env: withCanaries(), extendEnv: false, reject: false },
    );
    said.push(merge.stdout, merge.stderr);
    expect([merge.exitCode, merge.stderr]).toEqual([0, expect.not.stringContaining("error")]);

    // One that has no tags has nowhere to be pushed by bake.
    const pushed = ["base", "api", "web", "probe"];
    await execa("docker", ["buildx", "bake", "--push", ...pushed], { cwd: directory, env: env("theirs") });
    for (const { name, tags, architectures } of IMAGES) {
      for (const place of [0, 1]) {
        const [ours, theirs] = ["ours", "theirs"].map((side) => `${host(place)}/${group}/${side}/${name}`);
        const listed = async (repository = "") =>
          (await crane("ls", "--insecure", repository))
            .split("\n")
            .filter((tag) => !tag.startsWith("leg"))
            .toSorted();
        expect([name, await listed(ours)]).toEqual([name, tags]);
        expect(await listed(theirs)).toEqual(tags);
        for (const tag of tags) {
          for (const architecture of architectures) {
            const made = await configOf(`${ours}:${tag}`, architecture);
            expect(made).toEqual(await configOf(`${theirs}:${tag}`, architecture));
            expect(made).toMatchObject({ config: { Labels: { "org.example.literal": '${x} %{y} "z"' } } });
          }
        }
      }
    }
    const notes = await configOf(`${host(0)}/${group}/ours/notes:main`, "arm64");
    expect(notes).toMatchObject({ config: { Labels: { "org.opencontainers.image.revision": expect.any(String) } } });
  });

  it("is built for a pull request with all that it stands on, and publishes nothing", async () => {
    const before = await crane("ls", "--insecure", `${host(0)}/${group}/ours/probe`);
    for (const architecture of ARCHITECTURES) {
      const artifact = `digests-probe-core--${architecture}`;
      const args = [
        "--plan",
        "plan.json",
        "--artifact",
        artifact,
        "--publish",
        "nothing",
        "--record-dir",
        "records-none",
      ];
      const { code, stderr } = await fanfold("build", ...args);
      expect([artifact, code, stderr]).toEqual([artifact, 0, expect.not.stringMatching(/load metadata for|resolve /)]);
    }
    expect(await crane("ls", "--insecure", `${host(0)}/${group}/ours/probe`)).toBe(before);
  });

  it("what speaks for the job stands in no output, plan, record or image", async () => {
    const kept = await filesBelow(directory);
    expect(kept.some((file) => file.endsWith("record.json"))).toBe(true);
    const texts = await Promise.all(kept.map((file) => readFile(file, "latin1")));
    const images: string[] = [];
    for (const name of ["base", "api", "web", "notes"]) {
      const repository = `${host(0)}/${group}/ours/${name}`;
      for (const tag of (await crane("ls", "--insecure", repository)).split("\n")) {
        images.push(...(await everything(`${repository}:${tag}`)));
      }
    }
    expect(images.some((text) => text.includes("none none none"))).toBe(true);
    expect([...said, ...texts, ...images].filter((text) => text.includes(CANARY))).toEqual([]);
  });
});

/** Manifests, configs, attestations and layers of an image. */
async function everything(image: string): Promise<readonly string[]> {
  const repository = image.replace(/:[^:/]+$/, "").replace(/@.*$/, "");
  const manifest = await crane("manifest", "--insecure", image);
  const { manifests = [], config, layers = [] } = JSON.parse(manifest);
  const children: string[] = [];
  for (const { digest } of manifests) children.push(...(await everything(`${repository}@${digest}`)));
  const blobs: readonly { digest: string; mediaType: string }[] = config === undefined ? [] : [config, ...layers];
  for (const { digest, mediaType } of blobs) {
    const { stdout } = await execa(bed().tools.crane, ["blob", "--insecure", `${repository}@${digest}`], {
      env: env("ours"),
      encoding: "buffer",
    });
    const packed = mediaType.endsWith("gzip");
    const { gunzipSync } = await import("node:zlib");
    children.push(Buffer.from(packed ? gunzipSync(stdout) : stdout).toString("latin1"));
  }
  return [manifest, ...children];
}

async function filesBelow(folder: string): Promise<readonly string[]> {
  const entries = await readdir(folder, { withFileTypes: true, recursive: true });
  return entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
}
