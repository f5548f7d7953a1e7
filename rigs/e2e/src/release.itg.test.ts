import { execFileSync, spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, dirname, join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { type GitHubStandIn, startGitHubStandIn } from "@fanfold-rigs/github-stand-in";
import { FaultProxy } from "@fanfold-rigs/testbed";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { ReleaseCheckout, runIn } from "./release-checkout.ts";
import { Verdaccio } from "./verdaccio.ts";

// A whole release of this repository as it lies here, by the scripts that the workflow `release` runs: to an npm registry on
// this machine, an origin on its disk, and a stand-in for GitHub's API. Each test begins where the one before it ended.

interface Release {
  readonly version: string;
  readonly source: string;
  readonly actions: string;
  readonly packages: readonly { readonly name: string; readonly file: string; readonly integrity: string }[];
}

const TOKEN = "only-on-this-machine";
const directory = mkdtempSync(join(tmpdir(), "fanfold-release-"));
const made = join(directory, "release");
const publisher = join(directory, "publisher");
const userConfig = join(directory, "npmrc");
let checkout: ReleaseCheckout;
let registry: Verdaccio;
let github: GitHubStandIn;
let release: Release;
let token: string;

const userConfigOf = (url: string, login: string) => `registry=${url}\n//${new URL(url).host}/:_authToken=${login}\n`;

const next = async () =>
  await runIn({ cwd: publisher, env: environment() }, process.execPath, "scripts/release/next.ts");
const publish = async (from = made, env: Readonly<Record<string, string>> = {}, ...flags: readonly string[]) =>
  await runIn(
    { cwd: publisher, env: { ...environment(), ...env } },
    process.execPath,
    ...["scripts/release/publish.ts", from, "--no-provenance", ...flags],
  );

function environment(): Readonly<Record<string, string>> {
  return {
    GITHUB_API_URL: github.apiUrl,
    GITHUB_REPOSITORY: "fanfold/fanfold",
    GITHUB_TOKEN: TOKEN,
    npm_config_userconfig: userConfig,
    npm_config_cache: join(directory, "npm-cache"),
    npm_config_update_notifier: "false",
  };
}

beforeAll(async () => {
  checkout = ReleaseCheckout.create(directory);
  registry = await Verdaccio.start(join(directory, "verdaccio"));
  github = await startGitHubStandIn({ repository: checkout.origin, owner: "fanfold", name: "fanfold", token: TOKEN });
  token = await registry.login();
  writeFileSync(userConfig, userConfigOf(registry.url, token));
});

afterAll(async () => {
  await github?.close();
  await registry?.stop();
  rmSync(directory, { recursive: true, force: true });
});

test("changesets become a version, and a pushed version is to be released", { timeout: 120_000 }, async () => {
  // There is always one, whatever the repository has.
  writeFileSync(
    join(checkout.path, ".changeset/of-the-dry-run.md"),
    '---\n"@fanfold/workflows": minor\n---\n\nOnly the dry run says this.\n',
  );
  checkout.push("feat: a change");
  checkout.jobClone(publisher);
  expect(await next()).toEqual({ status: 0, stdout: "next=version\n", stderr: "" });
  const early = await runIn({ cwd: checkout.path }, process.execPath, "scripts/release/make.ts", made);
  expect(early).toMatchObject({
    status: 1,
    stderr: expect.stringMatching(/^error: nothing to release: .* pending\n$/),
  });

  const version = await runIn({ cwd: checkout.path }, "npm", "run", "version");
  expect(version.status, version.stdout + version.stderr).toBe(0);
  checkout.push("chore: a version");
  execFileSync("git", ["pull", "--quiet"], { cwd: publisher });
  expect(await next()).toEqual({ status: 0, stdout: "next=release\n", stderr: "" });
  const notes = readFileSync(join(checkout.path, "packages/workflows/CHANGELOG.md"), "utf8");
  expect(notes).toContain("Only the dry run says this.");
});

test("the release is made from a commit, and nothing leaves the machine", { timeout: 240_000 }, async () => {
  const run = async () => await runIn({ cwd: checkout.path }, "npm", "run", "--silent", "release", "--", made);
  writeFileSync(join(checkout.path, "LICENSE"), "another\n");
  expect(await run()).toMatchObject({ status: 1, stderr: expect.stringContaining("M LICENSE") });
  checkout.git("checkout", "--quiet", "LICENSE");
  const { status, stdout, stderr } = await run();
  expect(status, stdout + stderr).toBe(0);
  release = JSON.parse(readFileSync(join(made, "release.json"), "utf8"));
  expect(release.source).toBe(checkout.git("rev-parse", "HEAD"));
  expect(checkout.inOrigin("branch", "--format=%(refname:short)")).toBe("main");
  for (const { name } of release.packages) expect(registry.holds(name, release.version)).toBe(false);
  expect(readFileSync(join(made, "notes.md"), "utf8")).toContain(
    "Only the dry run says this.\n\n  (`@fanfold/workflows`)",
  );
});

test("the packages are whole, of one version, and know no machine", () => {
  expect(release.packages.map(({ name }) => name)).toEqual([
    "@fanfold/changed-backends",
    "@fanfold/merge-matrix",
    "@fanfold/digest-tools",
    "@fanfold/disk-setup",
    "@fanfold/workflows",
    "fanfold",
  ]);
  const versions = new Map(release.packages.map(({ name }) => [name, release.version]));
  for (const { name, file } of release.packages) {
    const unpacked = join(directory, "unpacked", name);
    mkdirSync(unpacked, { recursive: true });
    execFileSync("tar", ["-xzf", join(made, "tarballs", file), "-C", unpacked, "--strip-components=1"]);
    const manifest = JSON.parse(readFileSync(join(unpacked, "package.json"), "utf8"));
    expect(manifest.version, name).toBe(release.version);
    for (const [other, range] of Object.entries(manifest.dependencies ?? {}))
      expect(range, other).toBe(versions.get(other));
    const files = readdirSync(unpacked, { recursive: true, withFileTypes: true }).filter((each) => each.isFile());
    const paths = files.map((each) => join(each.parentPath, each.name));
    for (const needed of ["CHANGELOG.md", "README.md", "LICENSE"]) expect(paths).toContain(join(unpacked, needed));
    expect(readFileSync(join(unpacked, "CHANGELOG.md"), "utf8")).toMatch(
      new RegExp(`^# ${name}\n\n## ${release.version}\n`),
    );
    // Where this was built, whoever built it.
    const machine = [directory, checkout.path, dirname(dirname(import.meta.dirname)), process.env["HOME"] ?? ""];
    for (const path of paths) {
      const text = readFileSync(path, "latin1");
      for (const place of machine.filter((each) => each.length > 6)) expect(text.includes(place), path).toBe(false);
    }
  }
});

test("a release without a login, or with a protected branch, publishes no package", { timeout: 120_000 }, async () => {
  const before = await publish(made, {}, "--dry-run");
  expect(before.stdout.match(/to do$/gm), before.stderr).toHaveLength(8);
  expect(checkout.inOrigin("branch", "--format=%(refname:short)")).toBe("main");
  expect(await publish(made, { GITHUB_TOKEN: "" })).toMatchObject({
    status: 1,
    stdout: "",
    stderr: expect.stringContaining("GITHUB_TOKEN is not set"),
  });

  const hook = join(checkout.origin, "hooks/update");
  writeFileSync(hook, '#!/bin/sh\ncase "$1" in refs/heads/actions) echo "protected branch" >&2; exit 1;; esac\n', {
    mode: 0o755,
  });
  const refused = await publish();
  expect(refused).toMatchObject({ status: 1, stderr: expect.stringContaining("protected branch") });
  expect(checkout.inOrigin("tag")).toBe("");
  rmSync(hook);

  const anonymous = join(directory, "npmrc-without-login");
  writeFileSync(anonymous, `registry=${registry.url}\n`);
  const nobody = await publish(made, { npm_config_userconfig: anonymous });
  expect(nobody).toMatchObject({ status: 1, stderr: expect.stringContaining("ENEEDAUTH") });
  for (const { name } of release.packages) expect(registry.holds(name, release.version)).toBe(false);
});

test("a registry that goes away is waited for; where it refuses, the rest is left", { timeout: 240_000 }, async () => {
  await registry.stop();
  await registry.run({ closed: "fanfold" });
  await using proxy = await FaultProxy.start({ target: new URL(registry.url).host });
  proxy.setRules([
    { method: "PUT", path: /merge-matrix/, which: { nth: 1 }, fault: { kind: "die" } },
    // Published, and nobody was told.
    { method: "PUT", path: /disk-setup/, which: { nth: 1 }, fault: { kind: "reset-response", afterBytes: 0 } },
  ]);
  const proxied = join(directory, "npmrc-proxied");
  writeFileSync(proxied, userConfigOf(`http://${proxy.host}/`, token));
  const running = publish(made, { npm_config_userconfig: proxied });
  for (let tries = 0; !proxy.requests.some(({ fault }) => fault === "die") && tries < 600; tries++) await sleep(50);
  await sleep(500);
  await proxy.revive();
  const half = await running;
  expect(half.stderr).toMatch(/^@fanfold\/merge-matrix@\S+ could not be published:\n[\s\S]*?\n {2}again in 2 s$/m);
  expect(half.stderr).toMatch(new RegExp(`^error: fanfold@${release.version} could not be published:`, "m"));
  expect(half.status).toBe(1);
  expect(half.stdout.match(/^published /gm)).toHaveLength(5);
  const puts = proxy.requests.filter(({ method }) => method === "PUT");
  expect(puts.filter(({ path }) => path.includes("disk-setup"))).toHaveLength(1);
  expect(release.packages.map(({ name }) => registry.holds(name, release.version))).toEqual([
    ...Array.from({ length: 5 }, () => true),
    false,
  ]);
  expect(await next()).toMatchObject({ stdout: "next=release\n" });
});

test("repeated, it does what is left and changes nothing that is there", { timeout: 240_000 }, async () => {
  await registry.stop();
  await registry.run({});
  const before = await documents();
  github.fail({ route: "releases", times: 1, with: { kind: "status", status: 502 } });
  const rest = await publish();
  expect(rest.status, rest.stderr).toBe(0);
  expect(rest.stderr).toMatch(/^POST \S+\/releases: 502\n {2}again in 2 s\n$/);
  expect(rest.stdout.match(/^published .*$/gm)).toEqual([`published fanfold@${release.version}`]);
  const after = await documents();
  expect(after.slice(0, 5)).toEqual(before.slice(0, 5));
  const tag = `v${release.version}`;
  const found = await fetch(`${github.apiUrl}/repos/fanfold/fanfold/releases/tags/${tag}`);
  expect(await found.json()).toMatchObject({ id: 1, name: tag, body: readFileSync(join(made, "notes.md"), "utf8") });
  expect(await next()).toEqual({ status: 0, stdout: "next=nothing\n", stderr: "" });

  const third = await publish();
  expect(third.stdout.match(/: there$/gm), third.stderr).toHaveLength(8);
  expect(await documents()).toEqual(after);
});

async function documents(): Promise<readonly string[]> {
  const texts = release.packages.map(async ({ name }) => await (await fetch(`${registry.url}${name}`)).text());
  return await Promise.all(texts);
}

test("a version that is published with other content is refused, before anything is done", {
  timeout: 120_000,
}, async () => {
  const other = join(directory, "other");
  cpSync(made, other, { recursive: true });
  const [first, changed, ...rest] = release.packages;
  if (first === undefined || changed === undefined) throw new Error("nothing was packed");
  writeFileSync(join(directory, "unpacked", changed.name, "README.md"), "# Something else\n");
  execFileSync("npm", ["pack", "--silent", "--pack-destination", join(other, "tarballs")], {
    cwd: join(directory, "unpacked", changed.name),
  });
  expect(await publish(other)).toMatchObject({ status: 1, stderr: expect.stringContaining("is not what was packed") });
  const bytes = readFileSync(join(other, "tarballs", changed.file));
  const integrity = `sha512-${createHash("sha512").update(bytes).digest("base64")}`;
  const packages = [first, { ...changed, integrity }, ...rest];
  writeFileSync(join(other, "release.json"), JSON.stringify({ ...release, packages }));
  const before = await documents();
  expect(await publish(other)).toMatchObject({
    status: 1,
    stdout: "",
    stderr: expect.stringContaining(`${changed.name}@${release.version} is published with other content`),
  });
  expect(await documents()).toEqual(before);
});

test("the commit that the packages name is on the branch of the actions, and holds the bundles", () => {
  const { actions, version, source } = release;
  expect(checkout.inOrigin("rev-parse", "actions", `v${version}`)).toBe(`${actions}\n${actions}`);
  expect(checkout.inOrigin("show", "--no-patch", "--format=%B", actions)).toContain(`Built from ${source}`);
  for (const name of ["plan", "build", "merge", "disk-setup"]) {
    const bundle = checkout.inOrigin("show", `${actions}:actions/${name}/dist/index.mjs`);
    expect(bundle).toBe(readFileSync(join(checkout.path, `actions/${name}/dist/index.mjs`), "utf8").trim());
  }
});

// The oldest Node that the packages support, with the npm that it came with; and the one that runs this.
const OLDEST = "22.19.0";
const ACTIONLINT = process.env["FANFOLD_ACTIONLINT"] || "actionlint";

describe.each([OLDEST, process.versions.node])("from the registry, on Node %s", (node) => {
  const found = node === OLDEST ? findProgram(`node-${OLDEST}`) : process.execPath;
  const place = join(directory, `user-${node}`);

  function user(): { readonly cwd: string; readonly env: Readonly<Record<string, string>> } {
    const first = found === undefined ? "" : dirname(found);
    return {
      cwd: place,
      env: {
        PATH: `${first}${delimiter}${process.env["PATH"]}`,
        HOME: place,
        npm_config_registry: registry.url,
        npm_config_cache: join(place, ".npm"),
        npm_config_update_notifier: "false",
      },
    };
  }

  test("an empty repository with one Dockerfile gets its workflows", { timeout: 120_000 }, async ({ skip }) => {
    if (found === undefined) return skip(`node-${OLDEST} is not installed; .ci/run fetches it`);
    mkdirSync(place);
    const git = (...args: readonly string[]) => execFileSync("git", args, { cwd: place, stdio: "pipe" });
    git("init", "--quiet", "--initial-branch=main");
    git("remote", "add", "origin", "https://github.com/octo/images.git");
    writeFileSync(join(place, "Dockerfile"), "FROM alpine\nCOPY run.sh /\n");
    writeFileSync(join(place, "run.sh"), "echo hello\n");
    writeFileSync(join(place, ".gitignore"), ".npm/\n");
    git("add", "--all");
    git("-c", "user.name=A", "-c", "user.email=a@example.com", "commit", "--quiet", "--message", "first");
    const version = await runIn(user(), "node", "--version");
    expect(version.stdout).toBe(`v${node}\n`);
    const fanfold = async (...args: readonly string[]) => {
      const run = await runIn(user(), "npx", "--yes", `fanfold@${release.version}`, ...args);
      expect(run.status, run.stdout + run.stderr).toBe(0);
      return run.stdout;
    };
    expect(await fanfold("init")).toContain("wrote .github/fanfold.yml");
    git("add", "--all");
    expect(await fanfold("check")).toContain("0 errors, 0 warnings");
    expect(await fanfold("plan", "--force-all")).toContain("2 of 2 entries, 1 image to publish");
    await fanfold("generate");
    const workflows = join(place, ".github/workflows");
    const texts = () => readdirSync(workflows).map((file) => readFileSync(join(workflows, file), "utf8"));
    for (const text of texts().filter((each) => each.includes("npx"))) {
      expect(text).toMatch(new RegExp(`@fanfold/(workflows|digest-tools)@${release.version.replaceAll(".", "\\.")} `));
    }

    const config = join(place, ".github/fanfold.yml");
    writeFileSync(config, readFileSync(config, "utf8").replace(/^workflow:$/m, "workflow:\n  runtime: action"));
    await fanfold("generate");
    const pins = texts().flatMap((text) => [...text.matchAll(/fanfold\/fanfold\/actions\/(\S+)@(.*)/g)]);
    expect(pins.map(([, name]) => name)).toEqual(expect.arrayContaining(["plan", "build", "merge"]));
    for (const [, , pin] of pins) expect(pin).toBe(`${release.actions} # v${release.version}`);
  });

  test("the workflows are such that actionlint finds nothing", ({ skip }) => {
    if (found === undefined) return skip(`node-${OLDEST} is not installed; .ci/run fetches it`);
    // A key of concurrency that GitHub has had since May 2026, and actionlint 1.7.12 does not know.
    const ignore = ["-no-color", "-ignore", 'unexpected key "queue" for "concurrency" section'];
    const run = spawnSync(ACTIONLINT, ignore, { cwd: place, encoding: "utf8" });
    if (run.error !== undefined) return skip("actionlint is not installed; .ci/run fetches it");
    expect({ status: run.status, output: run.stdout + run.stderr }).toEqual({ status: 0, output: "" });
  });

  test("installed by its second name, it is six packages and one module", { timeout: 120_000 }, async ({ skip }) => {
    if (found === undefined) return skip(`node-${OLDEST} is not installed; .ci/run fetches it`);
    const project = join(place, "project");
    mkdirSync(project);
    writeFileSync(join(project, "package.json"), '{ "name": "user", "private": true, "type": "module" }\n');
    const installed = await runIn(
      { ...user(), cwd: project },
      "npm",
      "install",
      "--no-audit",
      `fanfold@${release.version}`,
    );
    expect(installed.stdout, installed.stderr).toContain("added 6 packages");
    const script =
      'const [a, b] = [await import("fanfold"), await import("@fanfold/workflows")]; console.log(a.parseConfig === b.parseConfig)';
    const both = await runIn({ ...user(), cwd: project }, "node", "--input-type=module", "--eval", script);
    expect(both).toEqual({ status: 0, stdout: "true\n", stderr: "" });
    const bin = await runIn({ ...user(), cwd: project }, "node_modules/.bin/fanfold", "--version");
    expect(bin.stdout).toBe(`${release.version}\n`);
  });
});

function findProgram(name: string): string | undefined {
  const folders = (process.env["PATH"] ?? "").split(delimiter);
  const folder = folders.find((each) => existsSync(join(each, name, "node")));
  return folder === undefined ? undefined : join(folder, name, "node");
}
