import { copyFile, mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { basename, dirname, join } from "node:path";
import { testbed } from "@fanfold-rigs/testbed";
import { execa } from "execa";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { runFanfold } from "../testing/run-fanfold.ts";

const found = testbed();
const unavailable =
  "unavailable" in found ? found.unavailable : found.docker === null ? "only registries, no buildx" : undefined;

let directory: string;
beforeEach(async ({ skip }) => {
  if (unavailable !== undefined) skip(unavailable);
  directory = await mkdtemp(join(tmpdir(), "fanfold-import-"));
  await git("init", "--quiet", "--initial-branch=main");
});
afterEach(() => rm(directory, { recursive: true, force: true }));

function bed() {
  if ("unavailable" in found || found.docker === null) throw new Error("no test bed");
  return { ...found, docker: found.docker };
}

const git = (...args: readonly string[]) =>
  execa("git", ["-c", "user.name=x", "-c", "user.email=x@example.com", ...args], { cwd: directory });

async function commit(files: Readonly<Record<string, string>>): Promise<void> {
  for (const [name, text] of Object.entries(files)) {
    await mkdir(dirname(join(directory, name)), { recursive: true });
    await writeFile(join(directory, name), text);
  }
  await git("add", "--all");
  await git("commit", "--quiet", "--allow-empty", "--message=x");
}

const fanfold = (...args: readonly string[]) =>
  runFanfold(args, {
    cwd: directory,
    env: {
      PATH: `${dirname(bed().tools.docker)}:${process.env["PATH"]}`,
      HOME: directory,
      TMPDIR: tmpdir(),
      DOCKER_HOST: bed().docker.host,
      DOCKER_CONFIG: bed().docker.config,
      BUILDX_BUILDER: bed().docker.builder,
    },
  });

interface PlannedJson {
  readonly groups: readonly {
    readonly images: readonly string[];
    readonly tags: readonly string[];
    readonly legs: readonly { readonly platform: string; readonly "artifact-name": string }[];
  }[];
  readonly targets: Readonly<Record<string, { readonly labels?: Readonly<Record<string, string>> }>>;
  readonly bases: Readonly<Record<string, readonly { readonly context: string }[]>>;
}

/** Of each image, by where it goes: what is built for each platform, with the labels of its own, and what it stands on. */
async function planned(config: string): Promise<object> {
  const { code, stdout, stderr } = await fanfold("plan", "--config", config, "--force-all", "--json");
  expect([code, stderr]).toEqual([0, expect.not.stringContaining("error")]);
  const { groups, targets, bases }: PlannedJson = JSON.parse(stdout);
  const images = groups.map(({ images: places, tags, legs }) => [
    `${places.join(" ")} ${tags.join(" ")}`,
    Object.fromEntries(
      legs.map(({ platform, "artifact-name": artifact }) => {
        const { labels = {}, ...target } = targets[artifact] ?? {};
        const own = Object.entries(labels).filter(
          ([key]) => !/image\.(?:created|revision|title|url|source)$/.test(key),
        );
        const contexts = (bases[artifact] ?? []).map(({ context }) => context);
        return [platform, { ...target, labels: Object.fromEntries(own), contexts }];
      }),
    ),
  ]);
  return Object.fromEntries(images);
}

const BAKE = `variable "TAG" {
  default = "1.2"
}
group "default" {
  targets = ["app", "base", "lint"]
}
target "base" {
  context   = "base"
  platforms = ["linux/amd64", "linux/arm64"]
  tags      = ["ghcr.io/o/ground:\${TAG}", "quay.io/o/ground:\${TAG}"]
}
target "app" {
  name = "app-\${flavour}"
  matrix = {
    flavour = ["slim", "full"]
  }
  dockerfile = "app/Dockerfile"
  platforms  = ["linux/amd64", "linux/arm64"]
  contexts = {
    ground = "target:base"
    data   = "./data"
  }
  args = {
    FLAVOUR = "\${flavour}"
    LITERAL = "$\${x} {image} \\"q\\" # no comment"
    NUMBER  = 1
    NO      = "no"
  }
  labels = {
    "org.example.lines" = "one\\ntwo\\n"
  }
  secret          = ["id=key,env=APP_KEY", "type=file,id=file,src=keys/file.txt"]
  attest          = ["type=provenance,mode=max", "type=sbom,disabled=true"]
  no-cache-filter = ["x"]
  tags            = ["ghcr.io/o/app:\${TAG}-\${flavour}", "quay.io/o/app:\${TAG}-\${flavour}", "ghcr.io/o/app:\${flavour}", "quay.io/o/app:\${flavour}"]
}
target "lint" {
  output = ["type=cacheonly"]
}
`;

const FILES = {
  "docker-bake.hcl": BAKE,
  "base/Dockerfile": "FROM scratch\\nCOPY Dockerfile /\\n".replaceAll("\\n", "\n"),
  "app/Dockerfile": "FROM ground\nCOPY --from=data a.txt /\n",
  "data/a.txt": "a\n",
};

describe("a bake file that is imported", { timeout: 120_000 }, () => {
  it("builds what it builds itself, and says where each image came from", async () => {
    await commit({ ...FILES, ".github/fanfold.bake.yml": "matrix: docker-bake.hcl\nworkflow: { branches: [main] }\n" });
    const itself = await planned(".github/fanfold.bake.yml");
    const { code, stdout, stderr } = await fanfold("import", "bake", "docker-bake.hcl");
    expect([code, stdout]).toEqual([
      0,
      "wrote .github/backend-matrix.yml\nwrote .github/fanfold.yml\n3 images, 6 entries; next: fanfold check, fanfold generate\n",
    ]);
    expect(stderr).toContain("no images, and not built: lint");
    await commit({});
    expect(await planned(".github/fanfold.yml")).toEqual(itself);
    const matrix = await readFile(join(directory, ".github/backend-matrix.yml"), "utf8");
    expect(matrix.match(/# docker-bake\.hcl:\d+ target "[\w-]+" \([0-9a-f]{12}\)/g)).toHaveLength(3);
    const config = await readFile(join(directory, ".github/fanfold.yml"), "utf8");
    expect(config).toContain('images: ["ghcr.io/o/{image}", "quay.io/o/{image}"]');
    expect(config).toContain("group-by: [backend]");
    expect(config).toContain('secrets: ["APP_KEY"]');
    const checked = await fanfold("check", "--config", ".github/fanfold.yml");
    expect([checked.code, checked.stderr]).toEqual([0, expect.not.stringContaining("something else")]);
  });

  it("is seen to have drifted, by the names of its targets, as long as it is there", async () => {
    await commit(FILES);
    await fanfold("import", "bake", "docker-bake.hcl");
    await commit({ "docker-bake.hcl": BAKE.replace('"slim"', '"tiny"').replace("mode=max", "mode=min") });
    const drifted = await fanfold("check");
    expect(drifted.stderr).toContain(
      "docker-bake.hcl says something else than when it was imported: changed: app-full; new: app-tiny; gone: app-slim\n" +
        "  fix: carry it over; fanfold import bake docker-bake.hcl --dry-run shows what it would be now",
    );
    const anew = await fanfold("import", "bake", "docker-bake.hcl", "--dry-run");
    expect([anew.code, anew.stdout]).toEqual([0, expect.stringContaining("backend: app-tiny")]);
    await commit({ "docker-bake.hcl": "target {" });
    expect((await fanfold("check")).stderr).toMatch(
      /docker-bake\.hcl:1:\d+: notice: whether docker-bake\.hcl still says/,
    );
    await git("rm", "--quiet", "docker-bake.hcl");
    expect((await fanfold("check")).stderr).not.toContain("docker-bake.hcl");
  });

  it("lists what it loses, each with its line, and overwrites nothing", async () => {
    const bake = `target "default" {
  contexts = { tool = "target:tool" }
  tags = ["app:1", "ghcr.io/o/app:1"]
}
target "tool" {
}
`;
    await commit({ "docker-bake.hcl": bake, Dockerfile: "FROM tool\n" });
    const { code, stdout, stderr } = await fanfold("import", "bake", "docker-bake.hcl", "--registry", "quay.io/team");
    expect([code, stdout]).toEqual([0, expect.stringContaining("2 things not carried over")]);
    expect(stderr).toContain('docker-bake.hcl:1:1: warning: target "default": app names no registry');
    expect(stderr).toContain(
      'docker-bake.hcl:5:1: warning: target "default": tool, which it is built with, is no image, and so no entry',
    );
    const again = await fanfold("import", "bake", "docker-bake.hcl");
    expect([again.code, again.stderr]).toEqual([
      1,
      expect.stringMatching(/backend-matrix\.yml: error: is there already/),
    ]);
    const wrong = await Promise.all([
      fanfold("import", "hcl", "docker-bake.hcl"),
      fanfold("import", "compose", "docker-bake.hcl"),
    ]);
    expect(wrong.map((each) => each.code)).toEqual([2, 2]);
    expect((await fanfold("import", "bake", "none.hcl")).stderr).toMatch(/none\.hcl: error: .*found nothing\n/);
    await mkdir(join(directory, "folder"), { recursive: true });
    expect((await fanfold("import", "bake", "folder")).stderr).toMatch(/folder: error: .*found a directory\n/);
  });

  it("takes no file from outside the repository, and writes none there", async () => {
    const outside = `${directory}-outside.hcl`;
    await writeFile(outside, 'target "default" {}\n');
    const before = await stat(outside);
    const { code, stderr } = await fanfold("import", "bake", outside);
    expect([code, stderr]).toEqual([
      1,
      expect.stringMatching(/outside\.hcl: error: expected a file of the repository/),
    ]);
    expect((await stat(outside)).mtimeMs).toBe(before.mtimeMs);
    const planned = await fanfold("plan", "--matrix", outside, "--force-all");
    expect([planned.code, planned.stderr]).toEqual([1, expect.stringContaining("expected a file of the repository")]);
    expect((await readdir(tmpdir())).filter((name) => name.endsWith("-outside.hcl"))).toEqual([basename(outside)]);
    await rm(outside);
  });
});

const COMPOSE = `# Three services are built, one of them for the others.
services:
  db:
    image: postgres:17
  ground:
    build: ./ground
  api:
    image: ghcr.io/example/api:\${TAG}
    depends_on: [db]
    environment: { DATABASE: db }
    build:
      context: .
      dockerfile: api/Dockerfile
      additional_contexts:
        ground: service:ground
      args:
        LEVEL: "\${LEVEL:-info}"
  web:
    image: ghcr.io/example/web:\${TAG}
    ports: ["8080:80"]
    build:
      context: ./web
      additional_contexts:
        ground: service:ground
      target: site
`;

it("a Compose file with builds of three services is imported, generated and rehearsed", {
  timeout: 300_000,
}, async () => {
  // With tags, what others are built on is an image of its own.
  const compose = COMPOSE.replace("build: ./ground", "image: ghcr.io/example/ground:${TAG}\n    build: ./ground");
  await commit({
    "compose.yaml": compose,
    ".env": "TAG=7\n",
    "ground/Dockerfile": "FROM scratch\nCOPY busybox mark /\n",
    "ground/mark": "ground\n",
    "api/Dockerfile": "FROM ground\nARG LEVEL\nENV LEVEL=$LEVEL\nCOPY api/main.txt /\n",
    "api/main.txt": "api\n",
    "web/Dockerfile":
      'FROM ground AS site\nRUN ["/busybox", "cp", "/mark", "/site"]\nCOPY index.html /\nFROM site\nCOPY none /\n',
    "web/index.html": "web\n",
  });
  const { busyboxAmd64, busyboxArm64 } = bed().tools;
  await copyFile(process.arch === "arm64" ? busyboxArm64 : busyboxAmd64, join(directory, "ground/busybox"));
  const hinted = await fanfold("init", "--dry-run");
  expect(hinted.stderr).toMatch(/compose\.yaml: notice: .*\n {2}fix: fanfold import compose compose\.yaml writes/);
  const imported = await fanfold("import", "compose", "compose.yaml");
  expect([imported.code, imported.stdout]).toEqual([0, expect.stringContaining("3 images, 3 entries; next")]);
  await commit({});
  const generated = await fanfold("generate");
  expect([generated.code, generated.stderr]).toEqual([0, expect.not.stringContaining("error")]);
  await commit({});
  const checked = await fanfold("check");
  expect([checked.code, checked.stderr]).toEqual([0, expect.not.stringContaining("error")]);
  const rehearsed = await fanfold("rehearse", "--engine", "docker", "--only", "api,web,ground", "--json");
  expect([rehearsed.code, rehearsed.stderr]).toEqual([0, expect.stringContaining("engine docker")]);
  const { images } = JSON.parse(rehearsed.stdout);
  const published = images.map(
    ({ verdict, tags }: { verdict: string; tags: readonly { tag: string; repository: string }[] }) => [
      verdict,
      tags.map(({ repository, tag }) => `${repository}:${tag}`),
    ],
  );
  expect(published.toSorted()).toEqual(
    ["api", "ground", "web"].map((name) => ["published", [`ghcr.io/example/${name}:7`]]),
  );
});
