import { expect, it } from "vitest";
import { ScratchStandIn } from "../scratch-stand-in.ts";

async function withRuns() {
  const world = await ScratchStandIn.start({ workflows: ["quiet.yml"] });
  const sha = await world.repository.commit({ files: { a: "1" } });
  const run = { file: "backend.yml", branch: "main", sha, event: "push" } as const;
  world.standIn.setRun({ ...run, id: 7, status: "completed", conclusion: "failure" });
  world.standIn.setRun({ ...run, id: 9, status: "queued", event: "workflow_dispatch", title: "only a" });
  world.standIn.setRun({ ...run, id: 8, status: "in_progress", branch: "other" });
  return { world, sha };
}

it("lists the runs of one workflow, the latest first, by its file's name or number", async () => {
  const { world, sha } = await withRuns();
  await using _ = world;
  for (const workflow of ["backend.yml", "1"]) {
    expect(await world.json(`actions/workflows/${workflow}/runs`)).toMatchObject({
      total_count: 3,
      workflow_runs: [
        { id: 9, status: "queued", conclusion: null, display_title: "only a", event: "workflow_dispatch" },
        { id: 8, head_branch: "other", run_attempt: 1, path: ".github/workflows/backend.yml" },
        { id: 7, status: "completed", conclusion: "failure", head_sha: sha, repository: { full_name: "octo/images" } },
      ],
    });
  }
  expect(await world.json("actions/workflows/quiet.yml/runs")).toEqual({ total_count: 0, workflow_runs: [] });
  expect((await world.fetch("actions/workflows/none.yml/runs")).status).toBe(404);
});

it("filters by branch, status, conclusion and event, and pages", async () => {
  const { world } = await withRuns();
  await using _ = world;
  const ids = async (query: string) => {
    const { workflow_runs: runs } = JSON.parse(
      await (await world.fetch(`actions/workflows/backend.yml/runs?${query}`)).text(),
    );
    return runs.map(({ id }: { readonly id: number }) => id);
  };
  expect(await ids("branch=main")).toEqual([9, 7]);
  expect(await ids("status=in_progress")).toEqual([8]);
  expect(await ids("status=failure")).toEqual([7]);
  expect(await ids("event=push&branch=main")).toEqual([7]);
  expect(await ids("per_page=1&page=2")).toEqual([8]);
});

it("moves a run on", async () => {
  const { world, sha } = await withRuns();
  await using _ = world;
  const run = { id: 9, file: "backend.yml", branch: "main", sha, event: "push", attempt: 2 } as const;
  world.standIn.setRun({ ...run, status: "completed", conclusion: "success" });
  expect(await world.json("actions/workflows/backend.yml/runs?per_page=1")).toMatchObject({
    total_count: 3,
    workflow_runs: [
      { id: 9, conclusion: "success", run_attempt: 2, previous_attempt_url: expect.stringMatching(/attempts\/1$/) },
    ],
  });
});

it("lists the runs of all workflows, and the jobs of one of them", async () => {
  const { world, sha } = await withRuns();
  await using _ = world;
  const times = { created: "2026-03-01T10:00:00Z", started: "2026-03-01T10:00:07Z", completed: "2026-03-01T10:04:00Z" };
  const run = { id: 11, file: "other.yml", branch: "main", sha, event: "push", status: "completed" } as const;
  const jobs = [
    { name: "build (a) / build", conclusion: "success", labels: ["ubuntu-24.04-arm"], ...times },
    { name: "never", conclusion: "skipped", ...times },
  ] as const;
  world.standIn.setRun({ ...run, conclusion: "success", attempt: 2, jobs });
  const paths = await world.json("actions/runs?per_page=2");
  expect(paths).toMatchObject({
    total_count: 4,
    workflow_runs: [{ path: ".github/workflows/other.yml" }, { path: ".github/workflows/backend.yml" }],
  });
  expect(await world.json("actions/runs/11/jobs?filter=latest&per_page=1")).toMatchObject({
    total_count: 2,
    jobs: [
      {
        run_id: 11,
        run_attempt: 2,
        head_sha: sha,
        status: "completed",
        conclusion: "success",
        created_at: times.created,
        started_at: times.started,
        completed_at: times.completed,
        name: "build (a) / build",
        labels: ["ubuntu-24.04-arm"],
        workflow_name: "other.yml",
      },
    ],
  });
  expect(await world.json("actions/runs/11/jobs?per_page=1&page=2")).toMatchObject({
    jobs: [{ name: "never", conclusion: "skipped", labels: [], runner_id: null }],
  });
  expect(await world.json("actions/runs/9/jobs")).toEqual({ total_count: 0, jobs: [] });
  expect((await world.fetch("actions/runs/404/jobs")).status).toBe(404);
});
