import { readFileSync } from "node:fs";
import { type RunJob, startGitHubStandIn } from "@fanfold-rigs/github-stand-in";
import { describe, expect, test } from "vitest";
import { ExampleClone } from "../testing/example-clone.ts";
import type { Replay } from "./replay-document.ts";

const FILES = {
  ".github/backend-matrix.yml": `include:
  - { backend: app, platform-tag: amd64, dockerfile: app/Dockerfile, context: app }
  - { backend: app, platform-tag: arm64, dockerfile: app/Dockerfile, context: app, runs-on: ubuntu-24.04-arm }
  - { backend: tools, platforms: linux/amd64, dockerfile: tools/Dockerfile, context: tools }
`,
  ".github/fanfold.yml": 'images: ["ghcr.io/octo/{image}"]\n',
  "app/Dockerfile": "FROM x\nCOPY x.txt /\n",
  "app/x.txt": "1\n",
  "tools/Dockerfile": "FROM x\nCOPY . /\n",
};

/** A minute from commit to commit: everything, then one image. */
async function history(more: Readonly<Record<string, string>> = {}): Promise<ExampleClone> {
  const clone = await ExampleClone.create({ ...FILES, ...more });
  await clone.repository.commit({ message: "tools", files: { "tools/a": "1\n" } });
  await clone.repository.checkout("main");
  return clone;
}

const DURATIONS = {
  plan: 20,
  merge: 30,
  "merge-image": 0,
  ok: 5,
  builds: { "app amd64": 300, "app arm64": 400, tools: 90 },
};

describe("what pushes would have cost", () => {
  test("stands in the document, push by push and together", async () => {
    await using clone = await history({ "durations.json": JSON.stringify(DURATIONS) });
    const args = ["replay", "--first-parent", "--durations", "durations.json", "--jobs", "2", "--json"];
    const { code, stdout, stderr } = await clone.fanfold(args);
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    const { pushes, totals, model }: Replay = JSON.parse(stdout);
    expect(pushes.map(({ cost }) => cost?.ours)).toEqual([
      // As in the timeline that is worked by hand.
      { wall: 555 - 60, waiting: 410 - 60, minutes: 5, jobs: 4 },
      { wall: 455, waiting: 300, minutes: 17, jobs: 6 },
    ]);
    expect(totals.cost?.ours).toMatchObject({ jobs: 10, minutes: 22, walls: { longest: 495 } });
    expect(totals.cost?.everythingEachTime).toMatchObject({ jobs: 12, minutes: 34 });
    expect(totals.cost?.against).toBeNull();
    expect(model).toMatchObject({ cap: 2, durations: "durations.json" });
    expect(model?.comparisons.map(({ kind }) => kind)).toEqual(["emulated", "merge-matrix"]);
    expect(model?.assumptions).toContain("each commit was pushed when it was made");
  });

  test("as the page on the model shows it", async () => {
    await using clone = await history({ "durations.json": JSON.stringify(DURATIONS) });
    const args = ["replay", "--first-parent", "--durations", "durations.json", "--jobs", "2"];
    const { stdout } = await clone.fanfold(args);
    const own =
      stdout
        .split("\n\n")
        .find((part) => part.startsWith("minutes"))
        ?.trimEnd() ?? "nothing";
    const page = readFileSync(new URL("../../../../docs/replay-model.md", import.meta.url), "utf8");
    expect(page).toContain(`\`\`\`text\n${own}\n\`\`\``);
    expect(page).toContain(JSON.stringify(DURATIONS, null, 1).replace(/\n\s*/g, " "));
  });

  test("and in the text, also by a second config, with what is assumed", async () => {
    await using clone = await history({
      "durations.yml": `builds: { app: 300, "old name": 4 }\n`,
      "other.yml": 'images: ["ghcr.io/octo/{image}"]\ninfer: false\ninputs: [{ paths: ["tools/**"] }]\n',
    });
    const args = ["replay", "--first-parent", "--durations", "durations.yml", "--against", "other.yml"];
    const { code, stdout, stderr } = await clone.fanfold(args);
    expect(code).toBe(0);
    expect(stderr).toContain('durations.yml: warning: no entry of the matrix is called "old name"');
    expect(stdout).toContain("minutes and queue: 20 jobs at a time, durations by durations.yml\n");
    expect(stdout).toMatch(/^with other\.yml +\d+ +\d+ +\S+ \S+ +\S+ \S+ +\S+ \S+$/m);
    expect(stdout).toMatch(/^an emulated job for each image +\d+/m);
    expect(stdout).toContain("1 entry of 3 is not in the durations: 5 min each");
    const own = stdout.split("\n\n").find((part) => part.startsWith("minutes")) ?? "";
    expect(own.split("\n").filter((line) => line.length > 80)).toEqual([]);
  });

  test("by GitHub's times of the same jobs", async () => {
    await using clone = await history();
    await using standIn = await startGitHubStandIn({
      repository: clone.repository.path,
      owner: "octo",
      name: "images",
      token: "s3cret",
    });
    const job = (name: string, minutes: number): RunJob => {
      const [created, completed] = [0, minutes].map((minute) =>
        new Date(Date.UTC(2026, 0, 1, 0, minute)).toISOString(),
      );
      return {
        name,
        conclusion: "success",
        created: created ?? "",
        started: created ?? "",
        completed: completed ?? "",
      };
    };
    const jobs = [job("app amd64 / build", 5), job("app arm64 / build", 7), job("tools linux/amd64 / build", 2)];
    const sha = await clone.repository.commit({ files: { "app/x.txt": "3\n" } });
    standIn.setRun({ id: 1, file: "backend.yml", branch: "main", sha, event: "push", status: "completed", jobs });
    const env = { GITHUB_API_URL: standIn.apiUrl, GITHUB_TOKEN: "s3cret", GITHUB_REPOSITORY: "octo/images" };
    const args = ["replay", "--first-parent", "--durations", "github", "--json"];
    const { code, stdout, stderr } = await clone.fanfold(args, { env });
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    const { pushes, model }: Replay = JSON.parse(stdout);
    expect(model?.durations).toBe("GitHub: 3 builds of 1 run of backend.yml");
    expect(pushes.at(-1)?.cost?.ours).toMatchObject({ jobs: 6, minutes: 1 + 5 + 7 + 2 + 1 + 1 });
  });
});

test.each([
  [["--jobs", "3"], 2, "--jobs needs --durations"],
  [["--durations", "d.yml", "--jobs", "0"], 2, '--jobs must be a whole number from 1 to 999999, found "0"'],
  [["--durations", "d.yml", "--jobs", "many"], 2, "--jobs must be a whole number"],
  [["--durations", "none.yml"], 1, "none.yml: error: the file with durations cannot be read"],
  [["--durations", "d.yml"], 1, 'd.yml:1:8: error: build: expected a number, found "soon"'],
  [["--durations", "named.yml"], 1, 'named.yml: error: none of its builds is an entry of the matrix: "apps"'],
  [["--durations", "github"], 1, "there is no GITHUB_TOKEN"],
])("%j is refused before anything is printed", async (flags, expected, message) => {
  await using clone = await ExampleClone.create({
    ...FILES,
    "d.yml": "build: soon\n",
    "named.yml": "builds: { apps: 5 }\n",
  });
  const { code, stdout, stderr } = await clone.fanfold(["replay", ...flags]);
  expect({ code, stdout }).toEqual({ code: expected, stdout: "" });
  expect(stderr).toContain(message);
});
