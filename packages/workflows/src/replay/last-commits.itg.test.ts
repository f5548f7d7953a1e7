import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { recordingHost } from "@fanfold-internal/kit/process/recording-host";
import { gitEnvironment, ScratchRepository } from "@fanfold-rigs/github-stand-in";
import { describe, expect, test } from "vitest";
import { main } from "../cli.ts";
import { ExampleClone } from "../testing/example-clone.ts";
import type { Replay } from "./replay-document.ts";

const MATRIX = `include:
  - { backend: a, tag-suffix: -a, dockerfile: a/Dockerfile, context: a, platforms: linux/amd64, platform-tag: amd64 }
  - { backend: a, tag-suffix: -a, dockerfile: a/Dockerfile, context: a, platforms: linux/arm64, platform-tag: arm64 }
  - { backend: b, tag-suffix: -b, dockerfile: b/Dockerfile, context: b }
`;
const FILES = {
  ".github/backend-matrix.yml": MATRIX,
  ".github/fanfold.yml": "images: [ghcr.io/octo/images]\n",
  "a/Dockerfile": "FROM x\nCOPY x.txt /\n",
  "a/x.txt": "1\n",
  "b/Dockerfile": "FROM x\nCOPY . /\n",
};

async function historyIn(clone: ExampleClone, last = 50): Promise<Replay> {
  const { code, stdout, stderr } = await clone.fanfold(["plan", "--last", String(last), "--json"]);
  expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
  return JSON.parse(stdout);
}

/** `subject: images`, the oldest first. */
function lines({ pushes, images: all }: Replay): readonly string[] {
  return pushes
    .map(({ subject, images, reason }) => {
      const names = images.map((image) => all[image]?.name).join(" ");
      return `${subject}: ${names}${reason === null ? "" : ` (${reason})`}`;
    })
    .toReversed();
}

describe("what each commit would build", () => {
  test("merges count whole, renames by both paths, and nothing before there was a matrix is lost", async () => {
    await using clone = await ExampleClone.create({ "a/Dockerfile": FILES["a/Dockerfile"], "a/x.txt": "1\n" });
    const { repository } = clone;
    await repository.commit({ message: "a", files: { "a/x.txt": "2\n" } });
    await repository.commit({ message: "not read", files: { "a/y.txt": "2\n" } });
    const base = await repository.commit({ message: "b", files: { "b/Dockerfile": FILES["b/Dockerfile"] } });
    await repository.commit({ message: "empty" });
    await repository.commit({ branch: "side", parent: base, message: "side 1", files: { "a/x.txt": "3\n" } });
    await repository.commit({ branch: "side", message: "side 2", files: { "b/z": "3\n" } });
    await repository.merge({ into: "main", from: "side", message: "merge" });
    await repository.commit({ message: "out of b", renames: { "b/z": "z" } });
    await repository.commit({ message: "matrix", files: { ".github/backend-matrix.yml": MATRIX } });
    await repository.commit({ message: "config", files: { ".github/fanfold.yml": FILES[".github/fanfold.yml"] } });
    await repository.commit({ message: "a \u001b[31mred\u001b[0m\n\nbody", files: { "a/x.txt": "4\n" } });
    await repository.checkout("main");

    const history = await historyIn(clone);
    expect(lines(history)).toEqual([
      "Change: -a -b (zero-base)",
      "a: -a",
      "not read: ",
      "b: -b",
      "empty: ",
      "merge: -a -b",
      "out of b: -b",
      "matrix: -a -b",
      "config: -a -b (config-changed)",
      "a \u001b[31mred\u001b[0m: -a",
    ]);
    expect(history.pushes.map(({ precision }) => precision)).toEqual([...Array(9).fill("exact"), "unknown"]);
    expect(history.pushes[0]).toMatchObject({ files: 1, entries: 2, parent: history.pushes[1]?.sha });
    expect(history).toMatchObject({
      schema: "fanfold.replay/1",
      rules: "now",
      grouping: { kind: "commits" },
      matrix: { entries: 3, images: 2 },
      totals: { pushes: 10, ours: { entries: 18, images: 12 }, nothing: 2, everything: 4 },
      ends: { kind: "root", sha: history.pushes.at(-1)?.sha },
    });
    expect(await historyIn(clone, 2)).toMatchObject({ totals: { pushes: 2 }, ends: null });

    const { stdout } = await clone.fanfold(["plan", "--last", "3"]);
    const [first, second, third] = history.pushes.map(({ sha }) => sha.slice(0, 7));
    expect(stdout).toBe(`${first}  2 entries  1 image   a \\u001b[31mred\\u001b[0m
${second}  3 entries  2 images  everything (config-changed)  config
${third}  3 entries  2 images  matrix

3 commits: 0 select nothing, 2 everything (1 for config-changed)
entries: 8 selected, where everything each time would be 9
images:  5 selected, where everything each time would be 6
`);
  });

  test("matrix, config and build workflow count by what they say, and for images that are there today", async () => {
    await using clone = await ExampleClone.create(FILES);
    const { repository } = clone;
    const matrix = async (message: string, text: string | null) =>
      repository.commit({ message, files: { ".github/backend-matrix.yml": text } });
    await matrix("a comment", `# who\n${MATRIX}`);
    await matrix("more of b", MATRIX.replace("context: b", "context: b, more: 1"));
    await matrix("c", `${MATRIX.replace("context: b", "context: b, more: 1")}  - { backend: c, tag-suffix: -c }\n`);
    await matrix("a loses a leg", MATRIX.replace(/.*arm64.*\n/, ""));
    await matrix("broken", "include: [");
    await matrix("gone", null);
    await matrix("back", MATRIX);
    const config = async (message: string, more: string) =>
      repository.commit({ message, files: { ".github/fanfold.yml": `${FILES[".github/fanfold.yml"]}${more}` } });
    await config("rules", "ignore: [x]\n");
    await config("arguments", "ignore: [x]\nbuild: { args: { A: b } }\n");
    await config("of another time", "unknown: key\n");
    await config("today", "");
    const workflow = async (message: string, text: string) =>
      repository.commit({ message, files: { ".github/workflows/backend_build.yml": text } });
    await workflow("workflow", "jobs: { x: { uses: a/b@1 } }\n");
    await workflow("pin", "jobs: { x: { uses: a/b@2 } }\n");
    await workflow("job", "jobs: { y: { uses: a/b@2 } }\n");
    await repository.commit({ message: "other workflow", files: { ".github/workflows/backend.yml": "on: push\n" } });
    await repository.checkout("main");

    expect(lines(await historyIn(clone, 15))).toEqual([
      "a comment: ",
      "more of b: -b",
      "c: ",
      "a loses a leg: -a -b",
      "broken: -a -b (matrix-unreadable)",
      "gone: -a -b (matrix-unreadable)",
      "back: -a -b",
      "rules: ",
      "arguments: -a -b (config-changed)",
      "of another time: -a -b (config-changed)",
      "today: -a -b (config-changed)",
      "workflow: -a -b",
      "pin: ",
      "job: -a -b",
      "other workflow: ",
    ]);
  });

  test("the files that lie there now decide, committed or not", async () => {
    await using clone = await ExampleClone.create({ "a/Dockerfile": FILES["a/Dockerfile"], "a/x.txt": "1\n" });
    await clone.repository.commit({ message: "docs", files: { "README.md": "x\n", "a/x.txt": "2\n" } });
    await clone.repository.checkout("main");
    expect((await clone.fanfold(["init"])).code).toBe(0);
    expect((await historyIn(clone, 1)).pushes).toMatchObject([{ subject: "docs", entries: 2, reason: null }]);
  });

  test("unmatched: run-all", async () => {
    await using clone = await ExampleClone.create({
      ...FILES,
      ".github/fanfold.yml": "images: [ghcr.io/octo/images]\nunmatched: run-all\n",
    });
    await clone.repository.commit({ message: "odd", files: { odd: "x\n" } });
    await clone.repository.checkout("main");
    expect(lines(await historyIn(clone, 1))).toEqual(["odd: -a -b (unmatched)"]);
  });

  test("what stands on an image is built with it", async () => {
    await using clone = await ExampleClone.create({
      ...FILES,
      ".github/backend-matrix.yml": `${MATRIX}  - { backend: c, tag-suffix: -c, dockerfile: c/Dockerfile, context: c }\n`,
      "c/Dockerfile": "ARG TAG=main\nFROM ghcr.io/octo/images:${TAG}-a\n",
    });
    await clone.repository.commit({ message: "base", files: { "a/x.txt": "2\n" } });
    await clone.repository.commit({ message: "child", files: { "c/Dockerfile": "FROM ghcr.io/octo/images:main-a\n" } });
    await clone.repository.checkout("main");
    expect(lines(await historyIn(clone, 2))).toEqual(["base: -a -c", "child: -c"]);
  });

  test("it is what the plan of each commit says, where the files were what they are", async () => {
    await using clone = await ExampleClone.create(FILES);
    const { repository } = clone;
    for (let number = 0; number < 12; number += 1) {
      const files = ["a/x.txt", "b/x", "a/Dockerfile.dockerignore", "docs/x", "a/odd"].filter(
        (_, index) => (number * 7) % (index + 2) === 1,
      );
      await repository.commit({
        message: `${number}`,
        files: Object.fromEntries(files.map((f) => [f, `${number}\n`])),
      });
    }
    await repository.checkout("main");
    const history = await historyIn(clone, 12);
    for (const { sha, entries, images } of history.pushes) {
      const { stdout } = await clone.fanfold(["plan", "--json", "--base", `${sha}^`, "--head", sha]);
      const plan = JSON.parse(stdout);
      expect(images.map((image) => history.images[image]?.name)).toEqual(
        plan.groups.map(({ image }: { image: string }) => image),
      );
      expect(entries).toBe(plan.matrices.include.entries.length);
    }
  });
});

describe("where history ends", () => {
  test("a shallow clone says where, and what of it can be compared", async () => {
    await using clone = await ExampleClone.create(FILES, { "a/x.txt": "2\n" });
    await clone.repository.commit({ files: { "b/x": "3\n" } });
    const directory = mkdtempSync(join(tmpdir(), "fanfold-shallow-"));
    try {
      const url = `file://${clone.repository.path}`;
      execFileSync("git", ["clone", "--quiet", "--depth=2", url, directory], { env: gitEnvironment() });
      const host = recordingHost({ cwd: directory, env: gitEnvironment() });
      expect(await main(["plan", "--last", "9"], host)).toBe(0);
      expect(host.written.stdout).toMatch(/^[0-9a-f]{7} {2}1 entry .*\n\n1 commit: 0 select nothing/);
      expect(host.written.stderr).toMatch(
        /^warning: the clone is shallow and ends at [0-9a-f]{7}: of 9 asked for, 1 push can be compared/,
      );
      // As many as there are: nothing to say.
      const enough = recordingHost({ cwd: directory, env: gitEnvironment() });
      expect(await main(["plan", "--last", "1"], enough)).toBe(0);
      expect(enough.written.stderr).toBe("");
    } finally {
      rmSync(directory, { recursive: true });
    }
  });

  test("no commit yet, and no repository", async () => {
    await using repository = await ScratchRepository.create();
    const host = recordingHost({ cwd: repository.path, env: gitEnvironment() });
    expect(await main(["plan", "--last", "3"], host)).toBe(1);
    expect(host.written).toEqual({ stdout: "", stderr: expect.stringContaining("the repository has no commit yet") });
  });
});

describe("what is refused", () => {
  test.each(["0", "-1", "1.5", "x", "", "1e3", "9999999999"])("--last %j", async (text) => {
    await using clone = await ExampleClone.create(FILES);
    const { code, stderr } = await clone.fanfold(["plan", `--last=${text}`]);
    expect([code, stderr]).toEqual([2, expect.stringContaining("--last must be a whole number from 1 on")]);
  });

  test.each([
    [["--base", "HEAD~1"], "--base"],
    [["--base", "HEAD~1", "--head", "HEAD"], "--base, --head"],
    [["--files-from", "-"], "--files-from"],
    [["--event-name", "push", "--event-path", "x"], "--event-name, --event-path"],
    [["--force-all"], "--force-all"],
    [["--only", "a"], "--only"],
    [["--shards", "multi=1"], "--shards"],
  ])("beside %j", async (flags, named) => {
    await using clone = await ExampleClone.create(FILES);
    const { code, stderr } = await clone.fanfold(["plan", "--last", "3", ...flags]);
    expect([code, stderr]).toEqual([2, expect.stringContaining(`--last cannot be combined with ${named}: `)]);
  });
});

test("an event around it changes nothing, and no output is written", async () => {
  await using clone = await ExampleClone.create(FILES, { "a/x.txt": "2\n" });
  const env = { GITHUB_EVENT_NAME: "push", GITHUB_EVENT_PATH: "/nowhere", GITHUB_OUTPUT: "/nowhere/x", FORCE_ALL: "1" };
  const { code, stdout, stderr } = await clone.fanfold(["plan", "--last", "1", "--json"], { env });
  expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
  expect(JSON.parse(stdout).pushes).toMatchObject([{ entries: 2, images: [0] }]);
});
