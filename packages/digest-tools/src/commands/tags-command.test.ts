import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { recordingHost } from "@fanfold-internal/kit/process/recording-host";
import { afterEach, beforeEach, expect, it } from "vitest";
import { main } from "../cli.ts";
import { REVISION } from "../testing/group.ts";

let directory: string;
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), "digest-tools-"));
});
afterEach(() => rm(directory, { recursive: true }));

async function tags(args: readonly string[], env: Readonly<Record<string, string>> = {}) {
  const ref = { GITHUB_EVENT_NAME: "push", GITHUB_REF: "refs/tags/v1.2.3", GITHUB_SHA: REVISION };
  const host = recordingHost({ cwd: directory, env: { ...ref, ...env } });
  const code = await main(["tags", ...args], host);
  return { code, ...host.written };
}
const lines = async (...given: Parameters<typeof tags>) => (await tags(...given)).stdout.trimEnd().split("\n");

it("follows the rules that are given in the place of the default ones", async () => {
  expect(await lines([])).toEqual(["v1.2.3", "sha-6113728", "latest"]);
  const rules = ["--tags", "type=semver,pattern={{version}}", "--tags", "type=raw,value=n{tag-suffix}"];
  expect(await lines([...rules, "--tag-suffix", "-x"])).toEqual(["1.2.3-x", "n-x-x", "latest-x"]);
  expect(await lines([...rules, "--flavor", "latest=false", "--tag-suffix", "-x"])).toEqual(["1.2.3", "n-x"]);
});

it("knows what the payload says", async () => {
  const payload = { repository: { default_branch: "trunk" }, head_commit: { timestamp: "2026-11-26T23:30:00-02:00" } };
  await writeFile(join(directory, "event.json"), JSON.stringify(payload));
  const rules = ["--tags", "type=edge", "--tags", "type=raw,value={{commit_date 'YYYYMMDD'}}"];
  const env = { GITHUB_REF: "refs/heads/trunk" };
  expect(await lines([...rules, "--event-path", "event.json"], env)).toEqual(["edge", "20261127"]);
  expect(await tags(rules, env)).toMatchObject({
    code: 1,
    stdout: "",
    stderr: expect.stringContaining("{{commit_date}}: the commit's time is not known"),
  });
});

it("warns of a git tag that no rule takes", async () => {
  const { code, stdout, stderr } = await tags([], { GITHUB_REF: "refs/tags/2026.11" });
  expect([code, stdout]).toEqual([0, "sha-6113728\n"]);
  expect(stderr).toMatch(/^warning: no rule makes a tag of the git tag 2026\.11\n/);
  expect(await tags(["--tags", "type=ref,event=branch"])).toMatchObject({
    code: 0,
    stdout: "",
    stderr: expect.stringContaining("warning: no rule of metadata gives a tag"),
  });
});

it.each([
  [
    ["--tags", "type=nope", "--flavor", "x"],
    /--tags "type=nope": type must be one of .*; --flavor "x": expected key=value/,
  ],
  [["--tags", "type=raw,value={version}"], /--tags: \{version\} is a key of a matrix entry, which is not known here/],
])("%j is a usage error", async (args, message) => {
  expect(await tags(args)).toMatchObject({ code: 2, stdout: "", stderr: expect.stringMatching(message) });
});
