import { execFile } from "node:child_process";
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { gitEnvironment, type ScratchPath, startTlsProxy } from "@fanfold-rigs/github-stand-in";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { GitHubWorld, numberedFiles, TOKEN } from "./testing/github-world.ts";

const bin = fileURLToPath(new URL("../bin/changed-backends.js", import.meta.url));

const MATRIX = `include:
  - { tag-suffix: -x, platform-tag: amd64, backend: x, dockerfile: ./Dockerfile, context: ./backend/x }
  - { tag-suffix: -x, platform-tag: arm64, backend: x, dockerfile: ./Dockerfile, context: ./backend/x }
  - { tag-suffix: -y, backend: y, dockerfile: ./Dockerfile, context: ./backend/y }
`;

interface Ran {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
  readonly output: string;
  readonly summary: string;
}

let directory: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "changed backends "));
});
afterEach(() => rmSync(directory, { recursive: true, force: true }));

/** Runs the built command in a process of its own. */
function run(args: readonly string[], env: Readonly<Record<string, string>> = {}, cwd = directory): Promise<Ran> {
  const files = { GITHUB_OUTPUT: join(directory, "output"), GITHUB_STEP_SUMMARY: join(directory, "summary") };
  const read = (file: string): string => (existsSync(file) ? readFileSync(file, "utf8") : "");
  return new Promise((resolve) => {
    const options = { cwd, env: { ...gitEnvironment(), ...files, ...env }, timeout: 60_000 };
    const child = execFile(process.execPath, [bin, ...args], options, (error, stdout, stderr) => {
      const code = error === null ? 0 : typeof error.code === "number" ? error.code : -1;
      const ran = { code, stdout, stderr, output: read(files.GITHUB_OUTPUT), summary: read(files.GITHUB_STEP_SUMMARY) };
      for (const text of Object.values(ran)) expect(String(text)).not.toContain(TOKEN);
      expect(stderr).not.toMatch(/^\s+at .*:\d+:\d+\)?$/m);
      resolve(ran);
    });
    child.stdin?.end();
  });
}

/** What a job gets, in GitHub's file protocol. */
function outputsOf({ output }: Ran): Readonly<Record<string, string>> {
  const pairs: [string, string][] = [];
  for (let rest = output; rest !== ""; ) {
    const found = /^([^\n]+?)<<(fanfold-\S+)\n([\s\S]*?)\n\2\n/.exec(rest);
    if (found === null) throw new Error(`not the file protocol: ${rest}`);
    pairs.push([found[1] ?? "", found[3] ?? ""]);
    rest = rest.slice(found[0].length);
  }
  return Object.fromEntries(pairs);
}

function lay(files: Readonly<Record<string, string>>): void {
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(directory, path)), { recursive: true });
    writeFileSync(join(directory, path), text);
  }
}

describe("an event, with nothing but the matrix file checked out", () => {
  let world: GitHubWorld;
  let base: string;
  beforeAll(async () => {
    world = await GitHubWorld.start({ anonymous: "refused" });
    base = await world.repository.commit({
      files: {
        ".github/backend-matrix.yml": MATRIX,
        Dockerfile: "FROM scratch\nCOPY . /\n",
        "backend/x/a": "1\n",
        "backend/y/a": "1\n",
      },
    });
  });
  afterEach(() => world.standIn.failNoMore());
  afterAll(() => world[Symbol.asyncDispose]());

  function push(
    head: string,
    args: readonly string[] = [],
    env: Readonly<Record<string, string>> = {},
    cwd = directory,
  ): Promise<Ran> {
    lay({
      ".github/backend-matrix.yml": MATRIX,
      "event.json": JSON.stringify({ ref: "refs/heads/main", before: base, after: head }),
    });
    const actions = {
      GITHUB_ACTIONS: "true",
      GITHUB_WORKSPACE: directory,
      GITHUB_EVENT_NAME: "push",
      GITHUB_EVENT_PATH: join(directory, "event.json"),
      GITHUB_REPOSITORY: "octo/images",
      GITHUB_API_URL: world.standIn.apiUrl,
      GITHUB_SERVER_URL: world.standIn.url,
      GITHUB_TOKEN: TOKEN,
    };
    return run(args, { ...actions, ...env }, cwd);
  }

  test("outputs, summary and text", async () => {
    const head = await world.repository.commit({ files: { "backend/x/a": "2\n" } });
    const ran = await push(head);
    expect(ran).toMatchObject({ code: 0, stderr: "" });
    expect(ran.stdout).toBe(
      "1 changed file, exact, by compare\n\ninclude  2 of 3 entries\n  + -x  amd64 + arm64  backend/x/a (Dockerfile:2 COPY . reads the whole context; write a rule or name the sources)\n  left out: 1 image: -y\n",
    );
    const { matrix = "", "matrix-multi-1": legs, ...others } = outputsOf(ran);
    expect(others).toEqual({
      "run-all": "false",
      "has-backends": "true",
      "has-multi-1": "true",
      "matrix-single-1": '{"include":[]}',
      "has-single-1": "false",
      x: "true",
      y: "false",
    });
    expect(JSON.parse(matrix)).toMatchObject({ include: [{ "platform-tag": "amd64" }, { "platform-tag": "arm64" }] });
    expect(legs).toBe(matrix);
    expect(ran.summary).toContain("**include**: 2 of 3 entries");
    expect(ran.summary).toContain(
      "| `-x` | `amd64 + arm64` | `backend/x/a (Dockerfile:2 COPY . reads the whole context; write a rule or name the sources)` |",
    );
  });

  test("from a directory of the workspace, too", async () => {
    lay({ "deep/er/x": "" });
    const head = await world.repository.commit({ files: { "backend/x/a": "3\n" } });
    lay({ ".git/HEAD": "" });
    await push(head);
    const ran = await run(
      ["--event-name", "push", "--event-path", "../../event.json", "--json"],
      {
        GITHUB_REPOSITORY: "octo/images",
        GITHUB_API_URL: `${world.standIn.url}/api/v3`,
        GITHUB_TOKEN: TOKEN,
      },
      join(directory, "deep/er"),
    );
    expect(ran.code).toBe(0);
    expect(JSON.parse(ran.stdout)).toMatchObject({
      schema: "fanfold.selection/1",
      event: { name: "push", ref: "refs/heads/main", sha: head, base, head },
      // There is no commit in this clone: the matrix file, the list of files and the Dockerfile are asked for too.
      diff: { calls: 4 },
      matrices: { include: { total: 3 } },
    });
    expect(ran.stdout.split("\n")).toHaveLength(2);
  });

  test("nobody answers: everything, and a warning", async () => {
    const ran = await push("1".repeat(40), [], { GITHUB_API_URL: "http://127.0.0.1:1", GITHUB_SERVER_URL: "x" });
    expect(ran.code).toBe(0);
    expect(ran.stdout).toMatch(/^not compared \(network\)\n\ninclude {2}3 of 3 entries\n/);
    expect(ran.stderr).toMatch(
      /^::warning::compare: .*: everything is selected; check that GITHUB_API_URL can be reached from here\n$/,
    );
    expect(outputsOf(ran)).toMatchObject({ "run-all": "true", x: "true", y: "true" });
  });

  test("the API is asked through the proxy of the environment, with its password", async (context) => {
    const name = "api.github.invalid";
    const proxy = await startTlsProxy(name, Number(new URL(world.standIn.url).port), "user:canary@pass");
    if (proxy === undefined) return context.skip("no program openssl to make a certificate with");
    try {
      const head = await world.repository.commit({ files: { "backend/x/a": "through\n" } });
      const env = { GITHUB_API_URL: `https://${name}`, NODE_EXTRA_CA_CERTS: proxy.certificate };
      const through = (HTTPS_PROXY: string, others = {}) => push(head, [], { ...env, HTTPS_PROXY, ...others });
      for (const address of [`http://user:canary%40pass@${proxy.host}`, `user:canary%40pass@${proxy.host}`]) {
        expect(await through(address)).toMatchObject({
          code: 0,
          stderr: "",
          stdout: expect.stringMatching(/^1 changed/),
        });
      }
      expect(proxy.connects).toEqual(Array(2).fill(`user:canary@pass ${name}:443`));

      // Everything, since nobody answers: a proxy may be passed by, and then the name leads nowhere.
      const direct = await through(`http://user:canary%40pass@${proxy.host}`, { NO_PROXY: ".github.invalid" });
      expect(direct.stdout).toMatch(/^not compared \(network\)/);
      expect(proxy.connects).toHaveLength(2);
      const refused = await through(`http://user:canary@${proxy.host}`);
      expect(refused.stderr).toContain(`the proxy ${proxy.host} of HTTPS_PROXY answered 407`);
      expect(refused.stderr).not.toContain("canary");
    } finally {
      await proxy[Symbol.asyncDispose]();
    }
  });

  test("an empty token where one is needed: everything, and two warnings", async () => {
    const head = await world.repository.commit({ files: { "backend/x/a": "4\n" } });
    const ran = await push(head, [], { GITHUB_TOKEN: "" });
    expect(ran.code).toBe(0);
    expect(ran.stdout).toMatch(/^not compared \(forbidden\)\n/);
    expect(ran.stderr.split("\n").map((line) => line.slice(0, 30))).toEqual([
      "::warning::no GITHUB_TOKEN: th",
      "::warning::compare: Requires a",
      "",
    ]);
  });

  test.each<[string, Record<string, string>, string]>([
    ["not JSON", { "event.json": "{" }, "the event file must be a JSON object"],
    ["a list", { "event.json": "[]" }, "must be a JSON object"],
    [
      "of nothing",
      { "event.json": '{"before":"x","after":"y"}' },
      "before in the event file must be a full commit SHA",
    ],
    ["fine, but the matrix has no YAML", { ".github/backend-matrix.yml": "include: [" }, "not valid YAML"],
  ])("an event file that is %s: refused, and nothing is written", async (_, files, message) => {
    lay({
      ".github/backend-matrix.yml": MATRIX,
      "event.json": '{"ref":"refs/tags/v1","before":"","after":""}',
      ...files,
    });
    const ran = await run([], {
      GITHUB_ACTIONS: "true",
      GITHUB_EVENT_NAME: "push",
      GITHUB_EVENT_PATH: join(directory, "event.json"),
    });
    expect(ran).toMatchObject({ code: 1, stdout: "", output: "", summary: "" });
    expect(ran.stderr).toMatch(/^::error[ :]/);
    expect(ran.stderr).toContain(message);
  });

  describe("files with hostile names", () => {
    const names: readonly ScratchPath[] = [
      "backend/x/new\nline",
      "backend/x/\n::error::x",
      'backend/x/a"quote"',
      "backend/x/a\ttab",
      "::set-output name=x::y",
      "backend/x/::set-output name=x::y",
      "backend/x/##[add-path]evil",
      "backend/x/\u001b[31mred\u202e",
      "backend/x/`|<img src=x>|[a](b)`",
      Buffer.from("backend/x/\xff", "latin1"),
      "backend/y/ spaces ",
      "backend/y/-rf",
    ];
    const hostile = (content: string) => names.map((name) => [name, content] as const);

    /** Nothing in what people and runners read does anything. */
    function harmless(ran: Ran): void {
      expect(ran.code).toBe(0);
      for (const text of [ran.stdout, ran.stderr, ran.summary]) {
        expect(text).not.toMatch(/^\s*::(?!warning)/m);
        expect(text).not.toContain("##[");
        expect(text).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u202a-\u202e]/);
      }
      expect(ran.summary).not.toMatch(/<img|\]\(b\)/);
      const shards = ["matrix-multi-1", "has-multi-1", "matrix-single-1", "has-single-1"];
      expect(Object.keys(outputsOf(ran))).toEqual(["run-all", "has-backends", ...shards, "matrix", "x", "y"]);
      expect(outputsOf(ran)).toMatchObject({ "run-all": "false", x: "true", y: "true" });
    }

    test.each(["compare", "trees", "git"] as const)("by %s", async (source) => {
      const head = await world.repository.commit({ branch: source, parent: base, files: hostile(source) });
      const failing = { compare: [], trees: ["compare"], git: ["compare", "tree"] } as const;
      for (const route of failing[source]) {
        world.standIn.fail({ route, times: "always", with: { kind: "status", status: 422 } });
      }
      const clone = join(directory, "clone");
      if (source === "git") await world.repository.git("clone", "--quiet", world.repository.path, clone);
      const at = source === "git" ? clone : directory;
      const ran = await push(head, [], { GITHUB_WORKSPACE: at }, at);
      expect(ran.stdout).toMatch(new RegExp(`^${names.length} changed files, exact, by ${source}`));
      harmless(ran);
      const document: unknown = JSON.parse((await push(head, ["--json"], { GITHUB_WORKSPACE: at }, at)).stdout);
      const paths = names.map((name) => expect.objectContaining({ path: Buffer.from(name).toString() }));
      expect(document).toMatchObject({ diff: { files: expect.arrayContaining(paths) } });
    });

    test("by a pull request's files", async () => {
      const files = { ...numberedFiles(300, "backend/y") };
      const head = await world.repository.commit({
        branch: "pull",
        parent: base,
        files: [...hostile("pull"), ...Object.entries(files)],
      });
      world.standIn.setPullRequest({ number: 3, base: { ref: "main", sha: base }, head: { ref: "pull", sha: head } });
      lay({
        ".github/backend-matrix.yml": MATRIX,
        "event.json": JSON.stringify({
          pull_request: { number: 3, base: { ref: "main", sha: base }, head: { sha: head } },
        }),
      });
      const ran = await run([], {
        GITHUB_ACTIONS: "true",
        GITHUB_WORKSPACE: directory,
        GITHUB_EVENT_NAME: "pull_request",
        GITHUB_EVENT_PATH: join(directory, "event.json"),
        GITHUB_REPOSITORY: "octo/images",
        GITHUB_API_URL: world.standIn.apiUrl,
        GITHUB_TOKEN: TOKEN,
      });
      expect(ran.stdout).toContain("by pull-files");
      harmless(ran);
    });

    test("by a list of files", async () => {
      lay({ ".github/backend-matrix.yml": MATRIX });
      writeFileSync(
        join(directory, "list"),
        Buffer.concat(names.flatMap((name) => [Buffer.from(name), Buffer.from([0])])),
      );
      const ran = await run(["--files-from", "list"], { GITHUB_ACTIONS: "true" });
      expect(ran.stdout).toContain(`${names.length} changed files, exact, by files`);
      harmless(ran);
    });
  });
});

describe("a local repository", () => {
  let world: GitHubWorld;
  let clone: string;
  beforeAll(async () => {
    world = await GitHubWorld.start();
    await world.repository.commit({
      files: { ".github/backend-matrix.yml": MATRIX, "backend/x/a": "1\n", Dockerfile: "F" },
    });
    await world.repository.commit({ files: { "backend/y/a": "1\n" } });
    await world.repository.commit({ files: { "backend/x/a": "2\n" } });
  });
  beforeEach(() => {
    clone = join(directory, "a clone");
  });
  afterAll(() => world[Symbol.asyncDispose]());

  const cloned = (...options: readonly string[]): Promise<string> =>
    world.repository.git("clone", "--quiet", ...options, world.standIn.gitUrl, clone);

  test("the last commit, with neither network nor token", async () => {
    await cloned();
    await world.repository.git("-C", clone, "remote", "set-url", "origin", "http://127.0.0.1:1/x");
    const ran = await run([], {}, clone);
    expect(ran).toMatchObject({ code: 0, stderr: "" });
    expect(ran.stdout).toMatch(/^1 changed file, exact, by git\n\ninclude {2}2 of 3 entries\n/);
  });

  test("from a directory below the root, two commits back", async () => {
    await cloned();
    const ran = await run(["--base", "HEAD~2"], {}, join(clone, "backend/x"));
    expect(ran.stdout).toMatch(/^2 changed files, exact, by git\n\ninclude {2}3 of 3 entries\n/);
  });

  test("uncommitted changes of the matrix count as changes", async () => {
    await cloned();
    writeFileSync(join(clone, ".github/backend-matrix.yml"), MATRIX.replace("backend: y", "backend: z"));
    const ran = await run(["--base", "HEAD"], {}, clone);
    expect(ran.stdout).toMatch(/^1 changed file, exact/);
    expect(ran.stdout).toContain("+ -y");
    expect(ran.stderr).toBe("notice: .github/backend-matrix.yml: uncommitted changes count as changed\n");
    const committed = await run(["--base", "HEAD~1", "--head", "HEAD"], {}, clone);
    expect(committed).toMatchObject({ code: 0, stderr: "" });
    expect(outputsOf(committed)).toHaveProperty("y");
  });

  test("a matrix file that is named from outside, or through a link to the clone, is the clone's", async () => {
    await cloned();
    writeFileSync(join(clone, ".github/backend-matrix.yml"), MATRIX.replace("backend: y", "backend: z"));
    const somebody = ["-c", "user.name=somebody", "-c", "user.email=somebody@example.org"];
    await world.repository.git("-C", clone, ...somebody, "commit", "--all", "--message=z");
    symlinkSync(clone, join(directory, "link"));
    for (const cwd of [directory, clone]) {
      const file = join(directory, "link/.github/backend-matrix.yml");
      const ran = await run(["--matrix", file, "--base", "HEAD~1", "--json"], {}, cwd);
      expect(ran).toMatchObject({ code: 0, stderr: "" });
      expect(ran.stdout).toContain('"rule":"matrix"');
    }
  });

  test("a matrix file of no repository: whether it has changed is not known, and everything is selected", async () => {
    await cloned();
    lay({ "elsewhere/m.yml": MATRIX });
    const ran = await run(["--matrix", join(directory, "elsewhere/m.yml"), "--base", "HEAD"], {}, clone);
    expect(ran.stdout).toContain("include  3 of 3 entries");
    expect(ran.stderr).toContain("it is not in the repository at");
  });

  test("a matrix file behind a link, whose changes git does not name, is refused", async () => {
    await cloned();
    const file = join(clone, ".github/backend-matrix.yml");
    renameSync(file, join(clone, "m.yml"));
    symlinkSync("../m.yml", file);
    expect(await run([], {}, clone)).toMatchObject({
      code: 1,
      stderr: expect.stringContaining("it is a symbolic link; name the file that it leads to"),
    });
  });

  test("a shallow clone: its parent is fetched; a revision that it lacks is refused", async () => {
    await cloned("--depth=1");
    expect((await run([], {}, clone)).stdout).toMatch(/^1 changed file, exact, by git\n/);
    rmSync(join(directory, "output"));
    rmSync(join(directory, "summary"));
    const ran = await run(["--base", "HEAD~2"], {}, clone);
    expect(ran).toMatchObject({ code: 1, stdout: "", output: "", summary: "" });
    expect(ran.stderr).toMatch(
      /^error: the repository has no revision "HEAD~2"; the clone is shallow\n {2}fix: fetch more/,
    );
  });

  test("a shallow clone whose remote is gone: everything", async () => {
    await cloned("--depth=1");
    await world.repository.git("-C", clone, "remote", "set-url", "origin", "http://127.0.0.1:1/x");
    const ran = await run([], {}, clone);
    expect(ran.code).toBe(0);
    expect(ran.stdout).toMatch(/^not compared \(shallow\)\n\ninclude {2}3 of 3 entries\n/);
    expect(ran.stderr).toContain("warning: git: a commit is neither in the clone nor on its remote");
  });

  test("no repository", async () => {
    const ran = await run([]);
    expect(ran).toMatchObject({ code: 1, stdout: "", output: "", summary: "" });
    expect(ran.stderr).toMatch(/^error: nothing to compare/);
  });
});
