import type { Bed, StepOptions } from "../bed/bed.ts";
import type { Case } from "../bed/case.ts";
import { MATRIX, small } from "../bed/sample-families.ts";
import { SampleRepository } from "../bed/sample-repository.ts";

/** An event, told as GitHub tells it; git answers, since no GITHUB_REPOSITORY says whom to ask. */
interface Event {
  readonly name: string;
  readonly payload: unknown;
  readonly env?: StepOptions["env"];
  readonly flags?: readonly string[];
}

const ZERO = "0".repeat(40);

/** Both commands that plan, as text and as JSON. */
export async function planEvent(bed: Bed, { name, payload, env = {}, flags = [] }: Event, cwd = "."): Promise<void> {
  await bed.write({ "../event.json": typeof payload === "string" ? payload : JSON.stringify(payload) });
  const options = {
    cwd,
    env: { GITHUB_EVENT_NAME: name, GITHUB_EVENT_PATH: bed.path("..", "event.json"), GITHUB_TOKEN: "none", ...env },
  };
  await bed.run("fanfold", ["plan", ...flags], options);
  await bed.run("fanfold", ["plan", "--json", ...flags], options);
  await bed.run("changed-backends", ["--inputs", "rules.yml", ...flags], options);
  await bed.run("changed-backends", ["--inputs", "rules.yml", "--json", ...flags], options);
}

/** Commits of the small family that events are about. */
async function history(bed: Bed) {
  const repository = await SampleRepository.create(bed, small);
  const first = await repository.git("rev-parse", "HEAD");
  const second = await repository.commit("python", { "backend/python/whisper/run.py": "2\n" });
  const third = await repository.commit("both", {
    "backend/go/piper/a.go": "2\n",
    "README.md": "y\n",
    "odd.txt": "x\n",
  });
  return { repository, first, second, third };
}

/** A branch with a commit of its own, left for a `main` that has gone on. */
async function branched(bed: Bed) {
  const { repository, first, third } = await history(bed);
  await repository.git("checkout", "--quiet", "-b", "topic", first);
  const head = await repository.commit("topic", { "backend/go/silent/a.go": "3\n" });
  await repository.git("checkout", "--quiet", "main");
  return { repository, base: third, head, first };
}

const pull = (base: string, head: string): unknown => ({
  number: 7,
  pull_request: { number: 7, base: { ref: "main", sha: base }, head: { ref: "topic", sha: head } },
});
const group = (base: string, head: string): unknown => ({
  merge_group: { base_ref: "refs/heads/main", base_sha: base, head_ref: "refs/heads/queue/main/pr-7", head_sha: head },
});

const events: Readonly<Record<string, (bed: Bed) => Promise<Event>>> = {
  push: async (bed) => {
    const { second, third } = await history(bed);
    return { name: "push", payload: { ref: "refs/heads/main", before: second, after: third } };
  },
  "push-in-actions": async (bed) => {
    const { first, third } = await history(bed);
    const payload = { ref: "refs/heads/main", before: first, after: third };
    return {
      name: "push",
      payload,
      env: { GITHUB_ACTIONS: "true", GITHUB_REF: "refs/heads/main", GITHUB_SHA: third, GITHUB_WORKSPACE: bed.path() },
    };
  },
  "push-of-a-new-branch": async (bed) => {
    const { third } = await history(bed);
    return { name: "push", payload: { ref: "refs/heads/new", before: ZERO, after: third } };
  },
  "push-that-deletes": async (bed) => {
    const { third } = await history(bed);
    return { name: "push", payload: { ref: "refs/heads/old", before: third, after: ZERO, deleted: true } };
  },
  "push-of-a-tag": async (bed) => {
    const { third } = await history(bed);
    return { name: "push", payload: { ref: "refs/tags/v1.0.0", before: ZERO, after: third } };
  },
  "push-by-force": async (bed) => {
    const { base, head } = await branched(bed);
    return { name: "push", payload: { ref: "refs/heads/topic", before: base, after: head } };
  },
  "push-on-a-commit-that-is-gone": async (bed) => {
    const { third } = await history(bed);
    return { name: "push", payload: { ref: "refs/heads/main", before: "b".repeat(40), after: third } };
  },
  "push-that-changes-the-matrix": async (bed) => {
    const { repository, third } = await history(bed);
    const text = small[MATRIX]?.replace('"-silent"', '"-loud"').replace("ubuntu-24.04-arm", "my-arm") ?? "";
    const after = await repository.commit("matrix", { [MATRIX]: text });
    return { name: "push", payload: { ref: "refs/heads/main", before: third, after } };
  },
  "push-with-a-matrix-that-was-written-since": async (bed) => {
    const { repository, second, third } = await history(bed);
    await repository.write({
      [MATRIX]: `${small[MATRIX]}  - { backend: new, tag-suffix: "-new", platforms: linux/amd64 }\n`,
    });
    return { name: "push", payload: { ref: "refs/heads/main", before: second, after: third } };
  },
  schedule: async (bed) => {
    await history(bed);
    return { name: "schedule", payload: { schedule: "0 6 * * 0" } };
  },
  release: async (bed) => {
    await history(bed);
    return { name: "release", payload: { action: "published", release: { tag_name: "v1.0.0" } } };
  },
  dispatch: async (bed) => {
    await history(bed);
    return { name: "workflow_dispatch", payload: { ref: "refs/heads/main", inputs: {} } };
  },
  "dispatch-of-one": async (bed) => {
    await history(bed);
    return { name: "workflow_dispatch", payload: { ref: "refs/heads/main" }, flags: ["--only", "whisper"] };
  },
  "unknown-event": async (bed) => {
    await history(bed);
    return { name: "issue_comment", payload: { action: "created" } };
  },
  "forced-push": async (bed) => {
    const { second, third } = await history(bed);
    const payload = { ref: "refs/heads/main", before: second, after: third };
    return { name: "push", payload, env: { FORCE_ALL: "true" } };
  },
  "pull-request": async (bed) => {
    const { base, head } = await branched(bed);
    return { name: "pull_request", payload: pull(base, head) };
  },
  "pull-request-target": async (bed) => {
    const { base, head } = await branched(bed);
    return { name: "pull_request_target", payload: pull(base, head) };
  },
  "pull-request-that-is-merged": async (bed) => {
    const { repository, head } = await branched(bed);
    await repository.git("reset", "--quiet", "--hard", head);
    const base = await repository.commit("more", { "backend/python/common/base.py": "2\n" });
    return { name: "pull_request", payload: pull(base, head) };
  },
  "pull-request-with-two-merge-bases": async (bed) => {
    const { repository, base, head } = await branched(bed);
    const merged = await repository.merge(head);
    await repository.git("checkout", "--quiet", "topic");
    await repository.merge(base);
    const last = await repository.commit("again", { "backend/go/piper/a.go": "1\n" });
    return { name: "pull_request", payload: pull(merged, last) };
  },
  "pull-request-of-an-unrelated-history": async (bed) => {
    const { repository, base } = await branched(bed);
    await repository.git("checkout", "--quiet", "--orphan", "alone");
    const head = await repository.commit("alone", { "backend/go/piper/a.go": "9\n" });
    await repository.git("checkout", "--quiet", "main");
    return { name: "pull_request", payload: pull(base, head) };
  },
  "pull-request-that-renames": async (bed) => {
    const { repository, base, first } = await branched(bed);
    await repository.git("checkout", "--quiet", "-b", "renames", first);
    await repository.git("mv", "backend/go/piper/a.go", "backend/python/whisper/a.go");
    const head = await repository.commit("renames");
    return { name: "pull_request", payload: pull(base, head) };
  },
  "merge-group": async (bed) => {
    const { repository, base, head } = await branched(bed);
    await repository.git("checkout", "--quiet", "-b", "queue");
    const merged = await repository.merge(head);
    return { name: "merge_group", payload: group(base, merged) };
  },
  "merge-group-that-has-landed": async (bed) => {
    const { repository, base, head } = await branched(bed);
    const merged = await repository.merge(head);
    return { name: "merge_group", payload: group(base, merged) };
  },
  "push-without-before": async (bed) => {
    const { third } = await history(bed);
    return { name: "push", payload: { ref: "refs/heads/main", after: third } };
  },
  "push-with-a-short-commit": async (bed) => {
    const { third } = await history(bed);
    return { name: "push", payload: { ref: "refs/heads/main", before: "abc", after: third } };
  },
  "pull-request-without-one": async (bed) => {
    await history(bed);
    return { name: "pull_request", payload: { number: 7 } };
  },
  "merge-group-without-one": async (bed) => {
    await history(bed);
    return { name: "merge_group", payload: {} };
  },
  "payload-that-is-no-json": async (bed) => {
    await history(bed);
    return { name: "push", payload: "{" };
  },
  "payload-that-is-a-list": async (bed) => {
    await history(bed);
    return { name: "push", payload: "[]" };
  },
  "payload-of-nothing": async (bed) => {
    await history(bed);
    return { name: "push", payload: {}, flags: ["--event-path", "nowhere.json"] };
  },
  "force-all-of-another-word": async (bed) => {
    await history(bed);
    return { name: "schedule", payload: {}, env: { FORCE_ALL: "maybe" } };
  },
};

/** Every kind of event, from a complete clone. */
export function eventCases(): readonly Case[] {
  const complete = Object.entries(events).map(([name, prepare]) => ({
    name: `events/${name}`,
    run: async (bed: Bed) => planEvent(bed, await prepare(bed)),
  }));
  return [...complete, ...["shallow", "shallow-and-alone"].map(shallowCase)];
}

/** A clone that lacks the commit before; alone it cannot fetch it either. */
function shallowCase(name: string): Case {
  return {
    name: `events/${name}`,
    run: async (bed) => {
      const origin = await SampleRepository.create(bed, small, { folder: "origin" });
      const before = await origin.git("rev-parse", "HEAD");
      await origin.commit("python", { "backend/python/whisper/run.py": "2\n" });
      const after = await origin.commit("golang", { "backend/go/piper/a.go": "2\n" });
      await origin.git("config", "uploadpack.allowAnySHA1InWant", "true");
      await origin.git("clone", "--quiet", "--depth", "1", `file://${bed.path("origin")}`, bed.path("clone"));
      if (name === "shallow-and-alone") await origin.git("-C", bed.path("clone"), "remote", "remove", "origin");
      await planEvent(bed, { name: "push", payload: { ref: "refs/heads/main", before, after } }, "clone");
    },
  };
}
