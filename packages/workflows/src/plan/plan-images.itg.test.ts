import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { gitEnvironment } from "@fanfold-rigs/github-stand-in";
import { Ajv2020 } from "ajv/dist/2020.js";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { runFanfold } from "../testing/run-fanfold.ts";
import type { Plan } from "./plan.ts";
import { planSchema } from "./plan-schema.ts";

const APPS = "bazarr deluge jackett lidarr nzbget overseerr plex prowlarr radarr sabnzbd sonarr tautulli".split(" ");
const EACH_A_REPOSITORY = `images: ["ghcr.io/example/{image}", "quay.io/example/{image}"]
metadata:
  tags: ["type=raw,value={version}", "type=raw,value=rolling"]
  labels: ["org.example.arch={platform-tag}"]
workflow:
  branches: [main]
  registries:
    - { host: ghcr.io, username: GITHUB_ACTOR, password: GITHUB_TOKEN }
    - { host: quay.io, username: QUAY_USERNAME, password: QUAY_PASSWORD }
`;
const VERSIONS = `images: [ghcr.io/example/python]
group-by: [version]
metadata: { tags: ["type=raw,value={version}", "type=sha,prefix={version}-"] }
`;

const entry = (keys: Readonly<Record<string, string>>): string =>
  `  - { ${Object.entries(keys)
    .map(([key, value]) => `${key}: ${JSON.stringify(value)}`)
    .join(", ")} }\n`;
const legs = (keys: Readonly<Record<string, string>>): string =>
  ["amd64", "arm64"].map((arch) => entry({ ...keys, platforms: `linux/${arch}`, "platform-tag": arch })).join("");

const validate = new Ajv2020({ strict: true, allowUnionTypes: true }).compile<Plan>(planSchema);
const DATE = "2024-05-06T07:08:09Z";
const AUTHOR = {
  GIT_AUTHOR_NAME: "a",
  GIT_AUTHOR_EMAIL: "a@example.com",
  GIT_AUTHOR_DATE: DATE,
  GIT_COMMITTER_NAME: "a",
  GIT_COMMITTER_EMAIL: "a@example.com",
  GIT_COMMITTER_DATE: DATE,
};

/** Holds the repository, and what a runner has beside it. */
let home: string;
let root: string;

beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), "fanfold-images-"));
  root = join(home, "repository");
  mkdirSync(root);
});

afterEach(() => {
  rmSync(home, { recursive: true });
});

const git = (...args: readonly string[]): string =>
  execFileSync("git", args, {
    cwd: root,
    encoding: "utf8",
    env: { ...process.env, ...gitEnvironment(), ...AUTHOR },
  }).trim();

/** Commits the files and answers what is built. */
function commit(files: Readonly<Record<string, string>>): string {
  git("init", "-q", "-b", "main");
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), text);
  }
  git("add", "-A");
  git("commit", "-q", "-m", "x");
  return git("rev-parse", "HEAD");
}

interface Event {
  readonly ref: string;
  readonly sha: string;
  readonly name?: string;
  readonly payload?: object;
  readonly cwd?: string;
}

/** `fanfold plan` as the plan job runs it: everything, because nothing here is about what changed. */
async function plan({ ref, sha, name = "push", payload = {}, cwd = root }: Event) {
  const [event, outputs] = [join(home, "event.json"), join(home, "outputs")];
  const repository = { full_name: "example/apps", name: "apps", html_url: "https://github.com/example/apps" };
  writeFileSync(event, JSON.stringify({ repository, ...payload }));
  const env = {
    ...gitEnvironment(),
    GITHUB_EVENT_NAME: name,
    GITHUB_EVENT_PATH: event,
    GITHUB_REF: ref,
    GITHUB_SHA: sha,
    GITHUB_REPOSITORY: "example/apps",
    GITHUB_OUTPUT: outputs,
  };
  const { code, stdout, stderr } = await runFanfold(["plan", "--force-all", "--json"], { cwd, env });
  expect(`${code} ${stderr}`).toMatch(/^0 /);
  const made: unknown = JSON.parse(stdout);
  if (!validate(made)) throw new Error(JSON.stringify(validate.errors));
  return { plan: made, stderr, outputs: readFileSync(outputs, "utf8") };
}

const digest = ({ image, images, tags, "moving-tags": moving, version, legs: all }: Plan["groups"][number]) => ({
  image,
  images,
  tags,
  moving,
  version,
  legs: all.map((leg) => leg["artifact-name"]),
});

describe("twelve images in twelve repositories on two registries", () => {
  const FILES = {
    ".github/fanfold.yml": EACH_A_REPOSITORY,
    ".github/backend-matrix.yml": `include:\n${APPS.map((image) => legs({ image, version: "5.2.6", context: `apps/${image}` })).join("")}`,
    ...Object.fromEntries(APPS.map((image) => [`apps/${image}/Dockerfile`, "FROM alpine\n"])),
  };

  test("from a config of less than 20 lines", async () => {
    expect(EACH_A_REPOSITORY.split("\n").length).toBeLessThan(20);
    const sha = commit(FILES);
    const { plan: made, stderr, outputs } = await plan({ ref: "refs/heads/main", sha });
    expect(stderr).toBe("");
    expect(made.groups.map(digest)).toEqual(
      APPS.map((image) => ({
        image,
        images: [`ghcr.io/example/${image}`, `quay.io/example/${image}`],
        tags: ["5.2.6", "rolling"],
        moving: expect.arrayContaining(["rolling"]),
        version: "5.2.6",
        legs: [`digests-${image}-core--amd64`, `digests-${image}-core--arm64`],
      })),
    );
    const [first] = made.groups;
    expect(first?.labels).toEqual({
      "org.opencontainers.image.created": "2024-05-06T07:08:09.000Z",
      "org.opencontainers.image.revision": sha,
      "org.opencontainers.image.source": "https://github.com/example/apps",
      "org.opencontainers.image.title": "apps",
      "org.opencontainers.image.url": "https://github.com/example/apps",
    });
    expect(first?.legs.map(({ labels }) => labels)).toEqual([
      { "org.example.arch": "amd64" },
      { "org.example.arch": "arm64" },
    ]);
    expect(first?.annotations).toMatchObject({ "org.opencontainers.image.version": "5.2.6" });
    expect(outputs).toMatch(/^has-publish<<.*\ntrue$/m);
    // GitHub's outputs end at 1 MiB: what can be read from the plan stands nowhere else.
    expect(outputs).not.toMatch(/rolling|org\.opencontainers|ghcr\.io/);
  });

  test("a shallow clone knows when its commit was made, an event where there is none, and else nobody", async () => {
    const sha = commit(FILES);
    const shallow = join(home, "shallow");
    git("clone", "-q", "--depth=1", `file://${root}`, shallow);
    const created = async (event: Omit<Event, "ref" | "sha">) => {
      const { plan: made } = await plan({ ref: "refs/heads/main", sha, ...event });
      return made.groups[0]?.labels["org.opencontainers.image.created"];
    };
    expect(await created({ cwd: shallow })).toBe("2024-05-06T07:08:09.000Z");
    rmSync(join(shallow, ".git"), { recursive: true });
    const told = (id: string) => ({ head_commit: { id, timestamp: "2024-01-02T03:04:05+02:00" } });
    expect(await created({ cwd: shallow, payload: told(sha) })).toBe("2024-01-02T01:04:05.000Z");
    expect(await created({ cwd: shallow, payload: told("0".repeat(40)) })).toBeUndefined();
    expect(await created({ cwd: shallow })).toBeUndefined();
  });
});

test("versions of one repository, told apart by group-by", async () => {
  const entries = ["3.12", "3.13"].map((version) => legs({ image: "python", version }));
  const sha = commit({
    ".github/fanfold.yml": VERSIONS,
    ".github/backend-matrix.yml": `include:\n${entries.join("")}${entry({ image: "python", version: "3.13", "tag-suffix": "-slim" })}`,
  });
  const { plan: made } = await plan({ ref: "refs/heads/main", sha });
  const short = sha.slice(0, 7);
  expect(made.groups.map(({ image, tags, images }) => ({ image, tags, images }))).toEqual([
    { image: "3.12", tags: ["3.12", `3.12-${short}`], images: ["ghcr.io/example/python"] },
    { image: "3.13", tags: ["3.13", `3.13-${short}`], images: ["ghcr.io/example/python"] },
    { image: "3.13-slim", tags: ["3.13-slim", `3.13-${short}-slim`], images: ["ghcr.io/example/python"] },
  ]);
  expect(made.matrices["include"]?.shards).toEqual({ multi: [[0, 1, 2, 3]], single: [[4]], waves: [] });
});

test("a release that no rule takes is said once, and a pull request is spared it", async () => {
  const sha = commit({
    ".github/fanfold.yml": EACH_A_REPOSITORY,
    ".github/backend-matrix.yml": `include:\n${APPS.map((image) => legs({ image, version: "1" })).join("")}`,
    Dockerfile: "FROM alpine\n",
  });
  const { plan: made, stderr } = await plan({ ref: "refs/tags/2024.05.1", sha });
  expect(stderr).toMatch(/^warning: no rule makes a tag of the git tag 2024\.05\.1\n {2}fix: .*\n$/);
  expect(made.warnings).toHaveLength(1);
  expect((await plan({ name: "pull_request", ref: "refs/pull/7/merge", sha, payload: { number: 7 } })).stderr).toBe("");
});
