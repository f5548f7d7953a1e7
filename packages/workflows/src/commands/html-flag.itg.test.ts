import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { recordingHost } from "@fanfold-internal/kit/process/recording-host";
import { expect, test } from "vitest";
import { planAction } from "../actions/plan.ts";
import { dataOf } from "../page/page.ts";
import { ExampleClone, FILES } from "../testing/example-clone.ts";

const CHANGE = { "backend/python/vllm/run.py": "print()\n", LICENSE: "x\n" };

test("fanfold plan writes a page of what it prints, and prints the same", async () => {
  await using clone = await ExampleClone.create(FILES, CHANGE);
  const plain = await clone.fanfold(["plan"]);
  const { code, stdout, stderr } = await clone.fanfold(["plan", "--html", "page.html"]);
  expect({ code, stdout, stderr }).toEqual(plain);
  const page = readFileSync(join(clone.repository.path, "page.html"), "utf8");
  expect(page).toMatch(/^<!doctype html>\n/);
  expect(dataOf(page)).toMatchObject({
    kind: "plan",
    plan: {
      precision: "exact",
      published: null,
      files: [{ path: "LICENSE" }, { path: "backend/python/vllm/run.py", status: "modified" }],
      entries: { selected: 3, total: 5 },
      images: [
        {
          name: "-cpu-vllm",
          list: "include",
          legs: ["linux/amd64", "linux/arm64"],
          wave: null,
          outcome: "merged",
          repositories: ["quay.io/example/backends"],
          tags: expect.arrayContaining(["main-cpu-vllm"]),
          causes: ["backend/python/vllm/run.py (inputs[1])"],
          bases: [],
        },
        { name: "-hipblas-vllm", legs: ["linux/amd64"], outcome: "tagged" },
      ],
      leftOut: ["-cpu-ced", "-darwin-ced"],
    },
  });
});

test("waves and bases are those of the plan", async () => {
  await using clone = await ExampleClone.create(
    {
      ".github/backend-matrix.yml": `include:
  - { backend: base, image: base, tag-suffix: "", platforms: linux/amd64, dockerfile: base/Dockerfile, context: base }
  - { backend: app, image: app, tag-suffix: "", platforms: linux/amd64, dockerfile: app/Dockerfile, context: app }
`,
      ".github/fanfold.yml": 'images: ["quay.io/example/{image}"]\n',
      "base/Dockerfile": "FROM scratch\nCOPY x /\n",
      "base/x": "1\n",
      "app/Dockerfile": "FROM quay.io/example/base\n",
    },
    { "base/x": "2\n" },
  );
  expect((await clone.fanfold(["plan", "--html", "page.html"])).code).toBe(0);
  expect(dataOf(readFileSync(join(clone.repository.path, "page.html"), "utf8"))).toMatchObject({
    plan: {
      images: [
        { name: "base", wave: 1, bases: [] },
        {
          name: "app",
          wave: 2,
          bases: [{ name: "base", built: true }],
          causes: [expect.stringContaining("base base is built")],
        },
      ],
    },
  });
});

test.each([["replay"], ["plan", "--last", "9"]])("%s writes a page of its document", async (...command) => {
  await using clone = await ExampleClone.create(FILES, CHANGE);
  const { code, stdout, stderr } = await clone.fanfold([...command, "--json", "--html", "page.html"]);
  expect([code, stderr]).toEqual([0, ""]);
  const replay: unknown = JSON.parse(stdout);
  expect(replay).toMatchObject({ schema: "fanfold.replay/1", totals: { pushes: 2 } });
  const page = readFileSync(join(clone.repository.path, "page.html"), "utf8");
  expect(dataOf(page)).toEqual({ kind: "replay", made: expect.any(String), replay });
  const refused = await clone.fanfold([...command, "--html", "missing/page.html"]);
  expect([refused.code, refused.stdout]).toEqual([1, ""]);
});

test.each([
  [
    ["--html", "missing/page.html"],
    1,
    /^missing\/page\.html: error: the page cannot be written: there is no directory .*\n {2}fix: make the directory/,
  ],
  [["--html", "-"], 2, /--html must name a file, found "-"/],
  // Nothing of a plan that is refused.
  [["--html", "page.html", "--matrix", "missing.yml"], 1, /the matrix file is not there/],
])("plan %j is refused, and nothing is written or printed", async (args, exit, message) => {
  await using clone = await ExampleClone.create(FILES, CHANGE);
  const before = readdirSync(clone.repository.path);
  const { code, stdout, stderr } = await clone.fanfold(["plan", ...args]);
  expect([code, stdout, stderr]).toEqual([exit, "", expect.stringMatching(message)]);
  expect(readdirSync(clone.repository.path)).toEqual(before);
});

test("the action, whose bundle each job fetches, has no pages", async () => {
  const [plan] = planAction.program(recordingHost()).commands;
  expect(plan?.options.map(({ long }) => long)).not.toContain("--html");
});
