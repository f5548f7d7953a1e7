import { openGitHub } from "@fanfold/changed-backends/internal";
import { identifyBy } from "@fanfold-internal/matrix/identity";
import { type FailureRule, type RunJob, ScratchRepository, startGitHubStandIn } from "@fanfold-rigs/github-stand-in";
import { expect, test } from "vitest";
import { modelLegs } from "../model/model-legs.ts";
import { githubDurations } from "./github-durations.ts";

const LEGS = modelLegs({
  lists: [
    {
      name: "include",
      entries: [
        ...["amd64", "arm64"].map((arch) => ({ image: "app", "platform-tag": arch, platforms: `linux/${arch}` })),
        ...Array.from({ length: 120 }, (_, index) => ({ image: `s${index}`, platforms: "linux/amd64" })),
      ],
    },
  ],
  identify: identifyBy(["image", "tag-suffix"]),
  workflow: {},
  graph: undefined,
});

function job(name: string, seconds: number, conclusion: RunJob["conclusion"] = "success"): RunJob {
  const at = (offset: number): string =>
    new Date(Date.UTC(2026, 2, 1) + offset * 1000).toISOString().replace(".000", "");
  return { name, conclusion, created: at(0), started: at(600), completed: at(600 + seconds) };
}

interface World {
  readonly file: string;
  readonly runs: readonly (readonly RunJob[])[];
  readonly failures?: readonly FailureRule[];
}

async function asked({ file, runs, failures = [] }: World) {
  await using repository = await ScratchRepository.create();
  const sha = await repository.commit({ files: { a: "1" } });
  await using standIn = await startGitHubStandIn({
    repository: repository.path,
    owner: "octo",
    name: "images",
    token: "s3cret",
  });
  for (const [index, jobs] of runs.entries()) {
    standIn.setRun({ id: index + 1, file, branch: "main", sha, event: "push", status: "completed", jobs });
  }
  standIn.setRun({ id: 1_000, file, branch: "main", sha, event: "push", status: "in_progress" });
  for (const rule of failures) standIn.fail(rule);
  const access = { apiUrl: standIn.apiUrl, token: "s3cret", owner: "octo", repo: "images", second: 1 };
  const github = openGitHub(access);
  const seen: number[] = [];
  const question = { workflow: "backend.yml", legs: LEGS, onProgress: (count: number) => void seen.push(count) };
  const answer = await githubDurations(github, question).then(
    (durations) => ({ durations, message: "" }),
    (error: Error) => ({ durations: undefined, message: error.message }),
  );
  return { ...answer, seen, routes: standIn.requests.map(({ route, status }) => `${route} ${status}`) };
}

test("reads the jobs of the workflow's last runs, page by page, and only those that succeeded", async () => {
  const builds = Array.from({ length: 120 }, (_, index) => job(`s${index} linux/amd64 / build`, 60 + index));
  const { durations, seen, routes } = await asked({
    file: "backend.yml",
    runs: [
      [job("Plan", 20), ...builds, job("app amd64 / build", 300), job("app arm64 / build", 5, "cancelled")],
      [job("Plan", 30), job("app arm64 / build", 400), job("app amd64 / build", 0, "skipped")],
    ],
  });
  expect(durations?.source).toBe("GitHub: 122 builds of 2 runs of backend.yml");
  expect(durations?.builds.size).toBe(122);
  expect(durations?.builds.get("digests-s119-core--single")).toBe(179);
  expect(durations?.builds.get("digests-app-core--arm64")).toBe(400);
  expect(durations?.other).toEqual({ plan: 20, merge: 20, "merge-image": 1, ok: 5 });
  expect(seen).toEqual([2]);
  expect(routes.toSorted()).toEqual(["run-jobs 200", "run-jobs 200", "run-jobs 200", "workflow-runs 200"]);
});

test("no more runs are asked for than there is to learn, and at most thirty", async () => {
  const every = [...LEGS.map(({ name, platforms }) => job(`${name} ${platforms.join()} / build`, 60))];
  const known = await asked({ file: "backend.yml", runs: Array.from({ length: 40 }, () => every) });
  expect(known.seen).toEqual([5]);
  const few = await asked({ file: "backend.yml", runs: Array.from({ length: 40 }, () => [job("s1 x / build", 60)]) });
  expect(few.seen.at(-1)).toBe(30);
  expect(few.durations?.builds).toEqual(new Map([["digests-s1-core--single", 60]]));
});

test("where Fanfold has not generated it yet, jobs of any workflow count", async () => {
  const { durations, routes } = await asked({ file: "images.yml", runs: [[job("build (app, linux/arm64)", 500)]] });
  expect(durations?.source).toBe("GitHub: 1 build of 1 run");
  expect(durations?.builds).toEqual(new Map([["digests-app-core--arm64", 500]]));
  expect(routes).toEqual(["workflow-runs 404", "runs 200", "run-jobs 200"]);
});

test("says what GitHub did not say", async () => {
  const none = await asked({ file: "images.yml", runs: [[job("lint", 5), job("deploy", 6)]] });
  expect(none.message).toContain(
    "none of the 2 jobs that succeeded in 1 run on GitHub is called as an entry's would be",
  );
  const runs = [[job("s1 x / build", 60)]];
  const forbidden = await asked({
    file: "backend.yml",
    runs,
    failures: [{ route: "run-jobs", times: "always", with: { kind: "not-accessible" } }],
  });
  expect(forbidden.message).toContain("Resource not accessible by integration");
  expect(forbidden.message).toContain("actions: read");
});

test("waits as it is told to, and goes on", async () => {
  const { durations, routes } = await asked({
    file: "backend.yml",
    runs: [[job("s1 x / build", 60)]],
    failures: [{ route: "run-jobs", times: 1, with: { kind: "retry-after", status: 429, seconds: 1 } }],
  });
  expect(durations?.builds.get("digests-s1-core--single")).toBe(60);
  expect(routes).toEqual(["workflow-runs 200", "run-jobs 429", "run-jobs 200"]);
});
