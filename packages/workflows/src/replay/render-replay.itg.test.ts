import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { recordingHost } from "@fanfold-internal/kit/process/recording-host";
import { gitEnvironment, ScratchRepository } from "@fanfold-rigs/github-stand-in";
import { describe, expect, test } from "vitest";
import { main } from "../cli.ts";
import { ExampleClone } from "../testing/example-clone.ts";
import { renderReplay } from "./render-replay.ts";
import type { Replay } from "./replay-document.ts";

const FILES = {
  ".github/backend-matrix.yml": `include:
  - { backend: a, tag-suffix: -a, dockerfile: a/Dockerfile, context: . }
  - { backend: b, tag-suffix: -b, dockerfile: b/Dockerfile, context: . }
`,
  ".github/fanfold.yml": "images: [ghcr.io/octo/images]\n",
  "a/Dockerfile": "FROM x\nCOPY a /\n",
  "b/Dockerfile": "FROM x\nCOPY b/Dockerfile /\n",
};

const OTHER = `images: [ghcr.io/octo/images]
infer: false
unmatched: ignore
inputs:
  - { when: { tag-suffix: -b }, paths: ["b/**"] }
`;

/** Three commits after the first, the newest last. */
async function history(): Promise<{ readonly clone: ExampleClone; readonly shas: readonly string[] }> {
  const clone = await ExampleClone.create(FILES);
  const shas = [await clone.repository.sha("main")];
  for (const text of ["1", "2", "3"]) {
    shas.push(await clone.repository.commit({ message: `a ${text}`, files: { "a/x": `${text}\n` } }));
  }
  await clone.repository.checkout("main");
  return { clone, shas };
}

function pushesOf(shas: readonly string[], times: readonly string[]): string {
  return times.map((time, index) => `${shas[index]} ${shas[index + 1]} ${time}\n`).join("");
}

describe("when pushes were", () => {
  test("is said from the earliest to the latest, whatever clocks made of their order", async () => {
    const { clone, shas } = await history();
    await using _ = clone;
    const stdin = pushesOf(shas, ["2030-01-02T00:00:00+05:00", "1970-01-01T00:00:00Z", "2026-05-05T00:00:00Z"]);
    const { stdout } = await clone.fanfold(["replay", "--last", "3", "--pushes", "-"], { stdin });
    expect(stdout.split("\n", 2)).toEqual([
      expect.stringContaining("main: 3 pushes, 1970-01-01 to 2030-01-02"),
      "3 pushes as standard input has them; planned by the files of today",
    ]);
    const { period }: Replay = JSON.parse(
      (await clone.fanfold(["replay", "--last", "3", "--pushes", "-", "--json"], { stdin })).stdout,
    );
    expect(period).toEqual({ from: "1970-01-01T00:00:00Z", to: "2030-01-02T00:00:00+05:00" });
  });

  test("is nothing where there was no push", async () => {
    const { clone } = await history();
    await using _ = clone;
    const { code, stdout } = await clone.fanfold(["replay", "--since", "2099-01-01", "--json"]);
    const { period, pushes }: Replay = JSON.parse(stdout);
    expect({ code, period, pushes }).toEqual({ code: 0, period: null, pushes: [] });
  });
});

test("no line of 80 columns loses what a replay is about, and pushes that a document leaves out are counted", async () => {
  const { clone } = await history();
  await using _ = clone;
  const args = ["replay", "--first-parent", "--against", "other.yml", "--json"];
  await clone.repository.commit({ files: { "other.yml": OTHER } });
  await clone.repository.checkout("main");
  const { code, stdout, stderr } = await clone.fanfold(args);
  expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
  const replay: Replay = JSON.parse(stdout);
  expect(replay.against?.missedByAgainst).toEqual({ pushes: 3, images: 3 });
  const text = renderReplay({
    ...replay,
    repository: `octo/${"long ".repeat(20)}name`,
    pushes: replay.pushes.slice(0, 2),
    more: { ...replay.more, pushes: replay.pushes.length - 2 },
  });
  expect(Math.max(...text.split("\n").map((line) => line.length))).toBeLessThanOrEqual(80);
  expect(text).toMatch(/^octo\/long[^:…]+name, main: 5\spushes,[^…]+all there are\neach commit a push/);
  // One of the three is among the pushes that the document still has.
  expect(text).toMatch(/it misses\n {2}\w{7} {2}-a {2}a 3\n {2}and in 2 more pushes\n/);
});

test("reasons are read to their end", async () => {
  const source = `copied/${"deep/".repeat(6)}`;
  await using clone = await ExampleClone.create({ ...FILES, "a/Dockerfile": `FROM x\nCOPY ${source} /\n` });
  const { repository } = clone;
  await repository.commit({ message: "any", files: { any: "1\n" } });
  await repository.commit({ message: "gone", renames: { ".github/backend-matrix.yml": "elsewhere.yml" } });
  await repository.checkout("main");
  writeFileSync(join(repository.path, ".github/backend-matrix.yml"), FILES[".github/backend-matrix.yml"]);
  const { stdout } = await clone.fanfold(["replay", "--rules", "then"]);
  const causes = stdout.split("\n\n").find((part) => part.startsWith("what builds were for")) ?? "";
  expect(causes.replace(/\s+/g, " ")).toContain(
    `a/Dockerfile:2 COPY ${source}: git tracks no such file, so anything may have made it`,
  );
  expect(Math.max(...stdout.split("\n").map((line) => line.length))).toBeLessThanOrEqual(80);
  expect(stdout).not.toContain("…");
});

test("a config is named where it is that of former pushes alone", async () => {
  const { clone } = await history();
  await using _ = clone;
  writeFileSync(join(clone.repository.path, ".github/backend-matrix.yml"), "include: [");
  const { code, stdout } = await clone.fanfold(["replay", "--rules", "then", "--json"]);
  const { config, totals, warnings }: Replay = JSON.parse(stdout);
  expect({ code, config, refused: totals.refused }).toEqual({ code: 0, config: ".github/fanfold.yml", refused: 0 });
  expect(warnings).toHaveLength(1);
});

test("an image is never built as far as pushes can be planned", async () => {
  await using clone = await ExampleClone.create({ "a/Dockerfile": "FROM x\n" });
  const { repository } = clone;
  await repository.commit({ files: FILES });
  await repository.checkout("main");
  const none = await clone.fanfold(["replay", "--rules", "then", "--config", "absent.yml"]);
  expect(none.stdout).toContain("2 cannot be planned");
  expect(none.stdout).not.toContain("never built");

  await repository.commit({ message: "a", files: { "a/x": "1\n" } });
  await repository.checkout("main");
  const args = ["replay", "--last", "1"];
  expect((await clone.fanfold(args)).stdout).toContain("\nnever built (1 of 2 images)\n  -b\n");
  await repository.commit({ message: "broken", files: { ".github/backend-matrix.yml": "include: [" } });
  await repository.checkout("main");
  // Mended, and not yet committed.
  writeFileSync(join(repository.path, ".github/backend-matrix.yml"), FILES[".github/backend-matrix.yml"]);
  const { stdout } = await clone.fanfold(["replay", "--last", "2", "--rules", "then"]);
  expect(stdout).toContain("\nnever built (1 of 2 images) in the 1 push that can be planned\n  -b\n");
  expect(stdout).toContain("1 cannot be planned");
});

describe("a list of pushes", () => {
  test.each([
    ["yesterday", '"yesterday"'],
    ["2026-01-01T00:00:00Z and  more", '"2026-01-01T00:00:00Z and more"'],
    ["2026-99-01T00:00:00Z", '"2026-99-01T00:00:00Z"'],
  ])("with %j for a time is refused by what stands there", async (time, found) => {
    const { clone, shas } = await history();
    await using _ = clone;
    for (const gap of [" ", "\t ", "   "]) {
      const stdin = `${shas[0]}${gap}${shas[1]}${gap}${time}\n`;
      const { code, stderr } = await clone.fanfold(["replay", "--pushes", "-"], { stdin });
      expect([code, stderr]).toEqual([1, expect.stringContaining(`nothing behind it, found ${found}\n`)]);
    }
  });
});

describe("where there is no history", () => {
  test("nobody is told to name what a replay does not ask for", async () => {
    await using repository = await ScratchRepository.create();
    const empty = recordingHost({ cwd: repository.path, env: gitEnvironment() });
    expect(await main(["replay"], empty)).toBe(1);
    expect(empty.written).toEqual({
      stdout: "",
      stderr: "error: the repository has no commit yet\n  fix: commit something first: history is what is replayed\n",
    });

    const folder = mkdtempSync(join(tmpdir(), "replay-"));
    try {
      for (const rules of ["now", "then"]) {
        const none = recordingHost({ cwd: folder, env: gitEnvironment() });
        expect(await main(["replay", "--rules", rules], none)).toBe(1);
        expect(none.written.stderr).toBe(
          `error: git finds no repository in ${folder}\n  fix: run it in a clone: history is git's\n`,
        );
      }
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});
