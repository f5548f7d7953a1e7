import type { Bed } from "../bed/bed.ts";
import type { Case } from "../bed/case.ts";

const SHA = "0123456789abcdef0123456789abcdef01234567";

const events: Readonly<Record<string, { readonly name: string; readonly ref: string }>> = {
  branch: { name: "push", ref: "refs/heads/main" },
  "branch-with-slashes": { name: "push", ref: "refs/heads/feature/Some_Thing+x" },
  version: { name: "push", ref: "refs/tags/v1.2.3" },
  "version-without-v": { name: "push", ref: "refs/tags/1.2.3" },
  "pre-release": { name: "push", ref: "refs/tags/v1.2.3-rc.1" },
  "version-with-build": { name: "push", ref: "refs/tags/v1.2.3+build.5" },
  "tag-that-is-no-version": { name: "push", ref: "refs/tags/nightly" },
  "pull-request": { name: "pull_request", ref: "refs/pull/7/merge" },
  "pull-request-target": { name: "pull_request_target", ref: "refs/heads/main" },
  schedule: { name: "schedule", ref: "refs/heads/main" },
  dispatch: { name: "workflow_dispatch", ref: "refs/heads/release" },
  "merge-group": { name: "merge_group", ref: "refs/heads/gh-readonly-queue/main/pr-7-abc" },
  nothing: { name: "push", ref: "" },
};

const flags: Readonly<Record<string, readonly string[]>> = {
  plain: [],
  suffix: ["--tag-suffix=-cpu-x"],
  "latest-always": ["--tag-suffix=-cpu-x", "--tag-latest", "true"],
  "latest-never": ["--tag-suffix=", "--tag-latest", "false"],
};

/** `digest-tools tags`, for each kind of event. */
export function tagCases(): readonly Case[] {
  const computed = Object.entries(events).map(([title, { name, ref }]) => ({
    name: `tags/${title}`,
    run: async (bed: Bed) => {
      const env = { GITHUB_EVENT_NAME: name, GITHUB_REF: ref, GITHUB_SHA: SHA };
      for (const args of Object.values(flags)) await bed.run("digest-tools", ["tags", ...args], { env });
      await bed.run("digest-tools", ["tags"], { env: { ...env, DOCKER_METADATA_SHORT_SHA_LENGTH: "12" } });
      await bed.write({ "event.json": JSON.stringify({ ref, after: SHA }) });
      await bed.run("digest-tools", ["tags", "--event-path", "event.json"], { env: { GITHUB_EVENT_NAME: name } });
    },
  }));
  const usage: Case = {
    name: "tags/usage",
    run: async (bed) => {
      await bed.write({ "list.json": "[]" });
      for (const args of [
        [],
        ["--event-path", "nowhere.json"],
        ["--event-path", "list.json"],
        ["--nope"],
        ["--help"],
      ]) {
        await bed.run("digest-tools", ["tags", ...args]);
      }
      await bed.run("digest-tools", ["tags"], { env: { GITHUB_SHA: SHA, DOCKER_METADATA_SHORT_SHA_LENGTH: "x" } });
      const odd = [["--tag-latest", "maybe"], ["--tag-suffix", "/x y"], [`--tag-suffix=-${"x".repeat(130)}`]];
      const env = { GITHUB_EVENT_NAME: "push", GITHUB_REF: "refs/heads/main", GITHUB_SHA: SHA };
      for (const args of odd) await bed.run("digest-tools", ["tags", "--tag-suffix=-x", ...args], { env });
      for (const args of [[], ["--help"], ["mrge"], ["push", "--help"], ["merge-all", "--help"]])
        await bed.run("digest-tools", args);
    },
  };
  return [...computed, usage];
}
