import { Octokit } from "@octokit/rest";
import { afterAll, beforeAll, expect, it } from "vitest";
import { numberedFiles, ScratchStandIn } from "./scratch-stand-in.ts";

const repo = { owner: "octo", repo: "images" };
const token = "s3cret";
const silent = () => {};
const log = { debug: silent, info: silent, warn: silent, error: silent };
let world: ScratchStandIn;
let octokit: Octokit;
let base: string;
let head: string;

beforeAll(async () => {
  world = await ScratchStandIn.start({ token, anonymous: "refused" });
  base = await world.repository.commit({ files: { "matrix.yml": "include: []\n" } });
  head = await world.repository.commit({ branch: "feature/x", parent: base, files: numberedFiles(120, "f") });
  world.standIn.setPullRequest({ number: 3, base: { ref: "main", sha: base }, head: { ref: "feature/x", sha: head } });
  octokit = new Octokit({ baseUrl: `${world.standIn.url}/api/v3`, auth: token, log });
});

afterAll(async () => {
  await world[Symbol.asyncDispose]();
});

it("compares by branch names with slashes", async () => {
  const { data } = await octokit.repos.compareCommitsWithBasehead({ ...repo, basehead: "main...feature/x" });
  expect(data).toMatchObject({ status: "ahead", merge_base_commit: { sha: base } });
  expect(data.files).toHaveLength(120);
});

it("follows the links through a pull request's files", async () => {
  const before = world.standIn.requests.length;
  const rows = await octokit.paginate(octokit.pulls.listFiles, { ...repo, pull_number: 3, per_page: 50 });
  expect(new Set(rows.map((row) => row.filename)).size).toBe(120);
  expect(world.standIn.requests.slice(before).map((request) => request.route)).toEqual(Array(3).fill("pull-files"));
  expect((await octokit.pulls.get({ ...repo, pull_number: 3 })).data.head.sha).toBe(head);
});

it("reads trees, contents, commits and the rate limit", async () => {
  const { data: tree } = await octokit.git.getTree({ ...repo, tree_sha: head, recursive: "1" });
  expect(tree.tree).toHaveLength(122);
  const place = { ...repo, path: "matrix.yml", ref: base };
  expect((await octokit.repos.getContent({ ...place, mediaType: { format: "raw" } })).data).toBe("include: []\n");
  expect((await octokit.repos.getContent(place)).data).toMatchObject({ encoding: "base64" });
  expect((await octokit.repos.getCommit({ ...repo, ref: "feature/x" })).data.sha).toBe(head);
  expect((await octokit.git.getCommit({ ...repo, commit_sha: head })).data.parents).toMatchObject([{ sha: base }]);
  expect((await octokit.repos.get(repo)).data.default_branch).toBe("main");
  expect((await octokit.rateLimit.get()).data.rate.limit).toBe(1_000);
});

it("fails as GitHub does", async () => {
  world.standIn.fail({ route: "compare", times: 1, with: { kind: "not-accessible" } });
  await expect(octokit.repos.compareCommitsWithBasehead({ ...repo, basehead: "main...main" })).rejects.toMatchObject({
    status: 403,
    message: expect.stringContaining("Resource not accessible by integration"),
  });
  const stranger = new Octokit({ baseUrl: world.standIn.apiUrl, auth: "other", log });
  await expect(stranger.repos.get(repo)).rejects.toMatchObject({ status: 401 });
});
