import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { recordingHost } from "@fanfold-internal/kit/process/recording-host";
import { gitEnvironment } from "@fanfold-rigs/github-stand-in";
import { describe, expect, test } from "vitest";
import { main } from "../cli.ts";
import { ExampleClone } from "../testing/example-clone.ts";
import type { Replay } from "./replay-document.ts";

const FILES = {
  ".github/backend-matrix.yml": `include:
  - { backend: a, tag-suffix: -a, dockerfile: docker/Dockerfile.a, context: . }
  - { backend: b, tag-suffix: -b, dockerfile: services/b/Dockerfile, context: . }
  - { backend: base, tag-suffix: -base, dockerfile: docker/Dockerfile.base, context: . }
`,
  ".github/fanfold.yml": "images: [ghcr.io/octo/images]\n",
  "docker/Dockerfile.a": "FROM scratch\nCOPY services/a shared /\n",
  "docker/Dockerfile.base": "FROM scratch\nCOPY base /\n",
  "services/b/Dockerfile": "ARG TAG=main\nFROM ghcr.io/octo/images:${TAG}-base\nCOPY services/b /\n",
  "services/a/x": "1\n",
  "base/x": "1\n",
  "shared/x": "1\n",
};
const PREFIXES = "infer: false\ninputs: [{ paths: ['services/{backend}/**'] }]\n";

async function replayIn(clone: ExampleClone, ...more: readonly string[]): Promise<Replay> {
  const { code, stdout, stderr } = await clone.fanfold(["replay", "--json", ...more]);
  expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
  return JSON.parse(stdout);
}

function missed({ pushes, images }: Replay): readonly string[] {
  return pushes
    .map(
      ({ subject, against }) => `${subject}: ${against?.missedByAgainst.map((image) => images[image]?.name).join(" ")}`,
    )
    .toReversed();
}

describe("against a filter by folders", () => {
  test.each(["now", "then"])("what it would have missed, by the files of %s", async (rules) => {
    await using clone = await ExampleClone.create(FILES);
    const { repository } = clone;
    const commit = (message: string, path: string) => repository.commit({ message, files: { [path]: `${message}\n` } });
    await commit("its own", "services/a/x");
    await commit("shared", "shared/x");
    await commit("base", "base/x");
    await repository.commit({
      message: "elsewhere",
      files: { "docker/Dockerfile.a": `${FILES["docker/Dockerfile.a"]}#\n` },
    });
    await commit("docs", "docs/<b>x & y</b>\n.md");
    await repository.checkout("main");
    writeFileSync(join(repository.path, "prefixes.yml"), PREFIXES);
    const replay = await replayIn(clone, `--rules=${rules}`, "--against=prefixes.yml");
    // The first commit builds everything, whatever a config says.
    expect(missed(replay)).toEqual([
      "Change: ",
      "its own: ",
      "shared: -a",
      "base: -b -base",
      "elsewhere: -a",
      "docs: ",
    ]);
    expect(replay.against).toMatchObject({
      config: "prefixes.yml",
      missedByOurs: { pushes: 0, images: 0 },
      missedByAgainst: { pushes: 3, images: 4 },
    });
    expect(replay.against?.missedBecause.map(({ cause }) => replay.causes[cause]?.text)).toContain(
      "docker/Dockerfile.a:2 COPY shared",
    );
    expect(replay.unmentioned).toEqual([{ path: "docs/<b>x & y</b>\n.md", changes: 1 }]);
    expect(replay.images.map(({ name, wave, builds }) => [name, wave, builds])).toEqual([
      ["-a", null, 4],
      ["-b", 2, 2],
      ["-base", 1, 2],
    ]);
    const { stdout } = await clone.fanfold(["replay", `--rules=${rules}`, "--against=prefixes.yml"]);
    expect(stdout).toContain(
      "it misses 4 builds of images, in 3 pushes\n  and builds nothing, that the first one does not",
    );
    expect(stdout).toContain("1  docs/<b>x & y</b>\\n.md");
    for (const line of stdout.split("\n")) expect([...line].length).toBeLessThanOrEqual(80);
  });

  test("a second config that is none", async () => {
    await using clone = await ExampleClone.create(FILES);
    writeFileSync(join(clone.repository.path, "wrong.yml"), "inputs: 7\n");
    for (const file of ["wrong.yml", "nowhere.yml"]) {
      const { code, stdout, stderr } = await clone.fanfold(["replay", "--against", file]);
      expect({ code, stdout }).toEqual({ code: 1, stdout: "" });
      expect(stderr).toContain(file);
    }
  });
});

describe("pushes", () => {
  test("as the reflog of what was pushed from here has them, or each commit", async () => {
    await using clone = await ExampleClone.create(FILES);
    const directory = mkdtempSync(join(tmpdir(), "fanfold-pushed-"));
    try {
      const git = (cwd: string, ...args: readonly string[]): string =>
        execFileSync("git", ["-c", "user.name=x", "-c", "user.email=x@example.invalid", ...args], {
          cwd,
          env: gitEnvironment(),
          encoding: "utf8",
          stdio: ["ignore", "pipe", "ignore"],
        });
      const bare = join(directory, "origin.git");
      git(directory, "init", "--quiet", "--bare", "--initial-branch=main", bare);
      const { path } = clone.repository;
      git(path, "remote", "add", "origin", `file://${bare}`);
      git(path, "push", "--quiet", "origin", "main");
      const change = (text: string): void => {
        writeFileSync(join(path, "services/a/x"), `${text}\n`);
        git(path, "commit", "--quiet", "--all", "--message", text);
      };
      for (const each of ["one", "two"]) change(each);
      git(path, "push", "--quiet", "origin", "main");
      change("three");
      git(path, "push", "--quiet", "origin", "main");
      git(path, "commit", "--quiet", "--amend", "--all", "--message", "three, better");
      git(path, "push", "--quiet", "--force", "origin", "main");
      const said = ({ pushes }: Replay) =>
        pushes.map(({ subject, commits, rewritten }) => [subject, commits, rewritten]);
      const replay = await replayIn(clone);
      expect(said(replay)).toEqual([
        ["three, better", 1, true],
        ["three", 1, false],
        ["two", 2, false],
        ["Change", 1, false],
      ]);
      expect(replay.grouping).toEqual({ kind: "reflog", ref: "refs/remotes/origin/main", pushes: 3 });
      expect(said(await replayIn(clone, "--first-parent"))).toHaveLength(4);
      // The bare repository notes its pushes, too, once it is told to.
      mkdirSync(join(directory, "work"));
      git(bare, "config", "core.logAllRefUpdates", "true");
      change("four");
      git(path, "push", "--quiet", "origin", "main");
      change("five");
      git(path, "push", "--quiet", "origin", "main");
      const cloned = join(directory, "cloned");
      git(directory, "clone", "--quiet", `file://${bare}`, cloned);
      const host = recordingHost({ cwd: cloned, env: gitEnvironment() });
      expect(await main(["replay", "--json", "--last", "1"], host)).toBe(0);
      expect(JSON.parse(host.written.stdout).grouping).toEqual({
        kind: "reflog",
        ref: "refs/heads/main of the origin",
        pushes: 1,
      });
    } finally {
      rmSync(directory, { recursive: true });
    }
  });

  test("as a list has them, also such that the clone does not have", async () => {
    await using clone = await ExampleClone.create(FILES, { "services/a/x": "2\n" });
    const { repository } = clone;
    const head = await repository.sha("main");
    const gone = "1".repeat(40);
    writeFileSync(join(repository.path, "pushes"), `${gone} ${head} 2026-01-31T12:00:00Z\n`);
    const { code, stdout, stderr } = await clone.fanfold(["replay", "--json", "--pushes", "pushes", "--rules", "then"]);
    expect(code).toBe(0);
    expect(stderr).toContain("the clone does not have commit 111111111111");
    const replay: Replay = JSON.parse(stdout);
    expect(replay.pushes).toMatchObject([
      { sha: head, parent: gone, time: "2026-01-31T12:00:00Z", reason: "git-failed", precision: "unknown", entries: 3 },
    ]);
    expect(replay.ends).toEqual({ kind: "missing", sha: gone });
  });
});

describe("by the files of each push", () => {
  test("a repository that has nothing to plan by today, and had", async () => {
    await using clone = await ExampleClone.create(FILES, { "services/a/x": "2\n" });
    const { repository } = clone;
    await repository.commit({ message: "no more", files: { ".github/backend-matrix.yml": null } });
    await repository.checkout("main");
    const { code, stdout, stderr } = await clone.fanfold(["replay", "--rules", "then", "--json"]);
    expect({ code, stderr }).toEqual({
      code: 0,
      stderr: expect.stringContaining("nothing can be planned by the files of today"),
    });
    const replay: Replay = JSON.parse(stdout);
    expect(replay.pushes.map(({ refused, entries }) => [refused, entries])).toEqual([
      [".github/backend-matrix.yml: the matrix file is not there", 0],
      [null, 1],
      [null, 3],
    ]);
    expect(replay.images.every(({ today }) => !today)).toBe(true);
    expect((await clone.fanfold(["replay"])).code).toBe(1);
    const text = await clone.fanfold(["replay", "--rules", "then"]);
    expect(text.stdout).toContain("cannot be planned by their own files\n  1 (");
  });

  test("files outside of the repository are of no commit", async () => {
    await using clone = await ExampleClone.create(FILES);
    const { code, stderr } = await clone.fanfold(["replay", "--rules", "then", "--config", "../elsewhere.yml"]);
    expect([code, stderr]).toEqual([1, expect.stringContaining("it is not in the repository")]);
  });
});

test("a bar on a terminal, a folded block in Actions", async () => {
  await using clone = await ExampleClone.create(FILES, { "services/a/x": "2\n" });
  const { stderr } = await clone.fanfold(["replay", "--json"], { env: { GITHUB_ACTIONS: "true" } });
  expect(stderr).toBe("::group::replay of 2 pushes\n1/2\n2/2\n::endgroup::\n");
  const shown = recordingHost({ cwd: clone.repository.path, env: gitEnvironment(), terminal: true });
  await main(["replay", "--json"], shown);
  expect(shown.written.stderr).toContain("[####################] 2/2 pushes");
});
