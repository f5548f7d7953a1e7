import { writeFileSync } from "node:fs";
import { recordingHost } from "@fanfold-internal/kit/process/recording-host";
import { identifyBy } from "@fanfold-internal/matrix/identity";
import { parseMatrixFile } from "@fanfold-internal/matrix/matrix-file";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { compileInputs, type InputsConfig } from "../rules/input-rule.ts";
import { GitHubWorld, TOKEN } from "../testing/github-world.ts";
import type { SelectionInput } from "./compare-inputs.ts";
import { requestComparison } from "./comparison-request.ts";
import type { ChangeFlags } from "./flags.ts";
import { type SelectedChanges, selectChanges } from "./select-changes.ts";

const MATRIX = `include:
  - { tag-suffix: -x, platform-tag: amd64, backend: x, runs-on: a }
  - { tag-suffix: -x, platform-tag: arm64, backend: x, runs-on: b }
  - { tag-suffix: -y, backend: y, runs-on: a }
`;

let world: GitHubWorld;
let base: string;
beforeEach(async () => {
  world = await GitHubWorld.start();
  base = await world.repository.commit({ files: { "matrix.yml": MATRIX, "config.yml": "a: 1\n", "x/run.py": "1\n" } });
});
afterEach(() => world[Symbol.asyncDispose]());

function groundOf(
  text: string,
  more: Partial<SelectionInput> = {},
  unmatched: InputsConfig["unmatched"] = "warn",
): SelectionInput {
  const matrix = parseMatrixFile(text, "matrix.yml");
  if (matrix.kind === "invalid") throw new Error(JSON.stringify(matrix.problems));
  const known = { keys: new Set(["backend"]), lists: ["include"] };
  const { inputs } = compileInputs({ inputs: [{ paths: ["{backend}/**"] }], unmatched, infer: false }, known);
  return { matrix: matrix.value, matrixPath: "matrix.yml", inputs, ...more };
}

/** A push from `base` to the head, as a run without a checkout sees it. */
async function push(head: string, input: SelectionInput, flags: ChangeFlags = {}, env: Record<string, string> = {}) {
  const payload = `${world.repository.path}/event.json`;
  writeFileSync(payload, JSON.stringify({ ref: "refs/heads/main", before: base, after: head }));
  const host = recordingHost({
    cwd: "/",
    env: {
      ...process.env,
      GITHUB_EVENT_NAME: "push",
      GITHUB_EVENT_PATH: payload,
      GITHUB_REPOSITORY: "octo/images",
      GITHUB_API_URL: world.standIn.apiUrl,
      GITHUB_SERVER_URL: world.standIn.url,
      GITHUB_TOKEN: TOKEN,
      GITHUB_WORKSPACE: "/",
      ...env,
    },
  });
  return selectChanges(await requestComparison(flags, host), input);
}

const selected = ({ selection }: SelectedChanges): readonly number[] => selection.lists[0]?.selected ?? [];
const messages = ({ warnings }: SelectedChanges): readonly string[] => warnings.map(({ message }) => message);

test("a typical push: one call, and the causes", async () => {
  const head = await world.repository.commit({ files: { "x/run.py": "2\n" } });
  const result = await push(head, groundOf(MATRIX));
  expect(result).toMatchObject({
    base,
    head,
    diff: { precision: "exact", source: "compare", reason: null, calls: 1 },
    selection: { runAll: false },
    warnings: [],
  });
  expect(selected(result)).toEqual([0, 1]);
});

describe("the matrix file changed", () => {
  const edited = MATRIX.replace("runs-on: b", "runs-on: c");

  test("two calls, and the image whose leg is different", async () => {
    const head = await world.repository.commit({ files: { "matrix.yml": edited } });
    const result = await push(head, groundOf(edited));
    expect(selected(result)).toEqual([0, 1]);
    expect(result.diff).toMatchObject({ calls: 2, reason: null });
    expect(world.routes()).toEqual(["compare", "contents"]);
  });

  test("it is new: every entry is", async () => {
    base = await world.repository.commit({ files: { "matrix.yml": null } });
    const head = await world.repository.commit({ files: { "matrix.yml": MATRIX } });
    const result = await push(head, groundOf(MATRIX));
    expect(selected(result)).toEqual([0, 1, 2]);
    expect(result.selection.runAll).toBe(false);
    expect(result.selection.causes[0]).toMatchObject({ rule: "matrix", path: "matrix.yml" });
  });

  test.each([
    ["is no matrix", "include: 1\n"],
    ["is not YAML", "include: [\n"],
    ["has a key twice", "include: [{ tag-suffix: a, tag-suffix: b }]\n"],
  ])("the one at the base %s: everything", async (_, text) => {
    base = await world.repository.commit({ files: { "matrix.yml": text } });
    const head = await world.repository.commit({ files: { "matrix.yml": MATRIX } });
    const result = await push(head, groundOf(MATRIX));
    expect(result).toMatchObject({
      selection: { runAll: true },
      diff: { precision: "unknown", source: "compare", reason: "matrix-unreadable" },
    });
    expect(selected(result)).toEqual([0, 1, 2]);
    expect(messages(result).join()).toMatch(/^unreadable at the base \(.+\): everything is selected$/);
  });

  test("the one at the base cannot be had: everything", async () => {
    const head = await world.repository.commit({ files: { "matrix.yml": edited } });
    world.standIn.fail({ route: "contents", times: "always", with: { kind: "not-accessible" } });
    const result = await push(head, groundOf(edited));
    expect(result).toMatchObject({ selection: { runAll: true }, diff: { reason: "matrix-unreadable", calls: 2 } });
  });

  test("the one at the base cannot be had from the API, but from the clone", async () => {
    const head = await world.repository.commit({ files: { "matrix.yml": edited } });
    world.standIn.fail({ route: "contents", times: "always", with: { kind: "not-accessible" } });
    const result = await push(head, groundOf(edited), {}, { GITHUB_WORKSPACE: world.repository.path });
    expect(result).toMatchObject({ selection: { runAll: false }, diff: { reason: null } });
    expect(selected(result)).toEqual([0, 1]);
  });

  test("git had to answer: it reads the base too, and the API is asked no more", async () => {
    const head = await world.repository.commit({ files: { "matrix.yml": edited } });
    world.standIn.fail({ route: "compare", times: "always", with: { kind: "retry-after", status: 403, seconds: 99 } });
    const result = await push(head, groundOf(edited), {}, { GITHUB_WORKSPACE: world.repository.path });
    expect(result.diff).toMatchObject({ source: "git", reason: "rate-limited", calls: 1 });
    expect(selected(result)).toEqual([0, 1]);
    expect(messages(result)).toEqual([
      expect.stringMatching(/^compare: .*secondary rate limit.*: git answered instead$/),
    ]);
  });
});

describe("the config changed", () => {
  const configAs = (sameBuild: (text: string | undefined) => boolean): SelectionInput =>
    groundOf(MATRIX, { config: { path: "config.yml", sameBuild } });

  test("and means the same build: rules select nothing", async () => {
    const seen: (string | undefined)[] = [];
    const head = await world.repository.commit({ files: { "config.yml": "a: 2\n" } });
    const input = configAs((text) => seen.push(text) > 0);
    const result = await push(head, input);
    expect(selected(result)).toEqual([]);
    expect(result.selection.unmatched).toEqual([]);
    expect(seen).toEqual(["a: 1\n"]);
  });

  test("and means another build: everything", async () => {
    const head = await world.repository.commit({ files: { "config.yml": "a: 2\n" } });
    const result = await push(
      head,
      configAs(() => false),
    );
    expect(result).toMatchObject({
      selection: { runAll: true },
      diff: { precision: "exact", reason: "config-changed" },
    });
    expect(messages(result)).toEqual(["what it says of the build has changed: everything is selected"]);
  });

  test("and there was none before", async () => {
    const seen: (string | undefined)[] = [];
    base = await world.repository.commit({ files: { "config.yml": null } });
    const head = await world.repository.commit({ files: { "config.yml": "a: 2\n" } });
    await push(
      head,
      configAs((text) => seen.push(text) > 0),
    );
    expect(seen).toEqual([undefined]);
    const result = await push(
      head,
      configAs(() => false),
    );
    expect(messages(result)).toEqual(["it is new: everything is selected"]);
  });

  test("and cannot be read at the base: everything", async () => {
    const head = await world.repository.commit({ files: { "config.yml": "a: 2\n" } });
    world.standIn.fail({ route: "contents", times: "always", with: { kind: "not-accessible" } });
    const result = await push(
      head,
      configAs(() => true),
    );
    expect(result).toMatchObject({
      selection: { runAll: true },
      diff: { precision: "unknown", reason: "config-unreadable" },
    });
  });
});

test("unmatched: run-all", async () => {
  const head = await world.repository.commit({ files: { "what.txt": "1\n" } });
  const result = await push(head, groundOf(MATRIX, {}, "run-all"));
  expect(result).toMatchObject({
    selection: { runAll: true, unmatched: ["what.txt"] },
    diff: { precision: "exact", source: "compare", reason: "unmatched" },
  });
  const known = await push(head, groundOf(MATRIX, { known: ["what.txt"] }, "run-all"));
  expect(known).toMatchObject({ selection: { runAll: false, unmatched: [] }, diff: { reason: null } });
});

test("a file that no rule mentions is a warning", async () => {
  const head = await world.repository.commit({ files: { "what.txt": "1\n", "x/run.py": "2\n" } });
  expect(messages(await push(head, groundOf(MATRIX)))).toEqual(["no rule mentions what.txt"]);
});

describe("without a comparison, no call is made", () => {
  test.each<[string, ChangeFlags, Record<string, string>, Record<string, unknown>, readonly number[]]>([
    ["--force-all", { forceAll: true }, {}, { reason: "forced", precision: "unknown" }, [0, 1, 2]],
    ["--only", { only: [" y "] }, {}, { reason: "only" }, [2]],
    [
      "--only of a dispatch",
      { only: ["y"] },
      { GITHUB_EVENT_NAME: "workflow_dispatch" },
      { reason: "dispatched" },
      [2],
    ],
    [
      "an empty --only of a dispatch",
      { only: [""] },
      { GITHUB_EVENT_NAME: "workflow_dispatch" },
      { reason: "dispatched" },
      [0, 1, 2],
    ],
    ["a tag", {}, { GITHUB_REF: "refs/tags/v1" }, { reason: "tag" }, [0, 1, 2]],
    ["a schedule", {}, { GITHUB_EVENT_NAME: "schedule" }, { reason: "scheduled" }, [0, 1, 2]],
    ["a release", {}, { GITHUB_EVENT_NAME: "release" }, { reason: "released" }, [0, 1, 2]],
    ["an event nobody knows", {}, { GITHUB_EVENT_NAME: "fork" }, { reason: "unknown-event" }, [0, 1, 2]],
  ])("%s", async (_, flags, env, diff, expected) => {
    const head = await world.repository.commit({ files: { "x/run.py": "2\n" } });
    const result = await push(head, groundOf(MATRIX), flags, { GITHUB_TOKEN: "", ...env });
    expect(result.diff).toMatchObject({ source: "none", calls: 0, files: [], ...diff });
    expect(selected(result)).toEqual(expected);
    expect(result.warnings).toEqual([]);
    expect(world.standIn.requests).toEqual([]);
  });

  test("the first push, and a deletion", async () => {
    const zero = "0".repeat(40);
    base = zero;
    const first = await push("1".repeat(40), groundOf(MATRIX));
    expect(first).toMatchObject({
      diff: { precision: "unknown", reason: "zero-base", calls: 0 },
      selection: { runAll: true },
    });
    base = "1".repeat(40);
    const gone = await push(zero, groundOf(MATRIX));
    expect(gone).toMatchObject({
      diff: { precision: "exact", reason: "deleted", calls: 0 },
      selection: { runAll: false },
    });
    expect(selected(gone)).toEqual([]);
  });
});

test("an empty token is told, and is no token", async () => {
  const head = await world.repository.commit({ files: { "x/run.py": "2\n" } });
  const result = await push(head, groundOf(MATRIX), {}, { GITHUB_TOKEN: "" });
  expect(messages(result)).toEqual([expect.stringContaining("no GITHUB_TOKEN")]);
  expect(selected(result)).toEqual([0, 1]);
  expect(world.standIn.requests[0]?.credentials).toBe("none");
});

test("a name that no image has", async () => {
  const refused = push("1".repeat(40), groundOf(MATRIX), { only: ["x", "z"] });
  await expect(refused).rejects.toThrow(
    expect.objectContaining({ code: "unknown-name", message: expect.stringContaining('is called "z"') }),
  );
});

describe("images told apart by more than their suffix", () => {
  const legs = (version: string): string =>
    ["amd64", "arm64"].map((tag) => `  - { backend: python, version: "${version}", platform-tag: ${tag} }\n`).join("");
  const two = `include:\n${legs("3.12")}${legs("3.13,t")}`;
  const ground = () => groundOf(two, { identify: identifyBy(["tag-suffix", "image", "version"]) });

  test("a new one in the matrix file selects its legs alone", async () => {
    base = await world.repository.commit({ files: { "matrix.yml": `include:\n${legs("3.12")}` } });
    const head = await world.repository.commit({ files: { "matrix.yml": two } });
    expect(selected(await push(head, ground()))).toEqual([2, 3]);
  });

  test.each([
    [["python:3.12"], [0, 1]],
    [["python"], [0, 1, 2, 3]],
    // A name with a comma, as a command line splits it.
    [
      ["python:3.13", "t"],
      [2, 3],
    ],
  ])("named as %j", async (only, expected) => {
    expect(selected(await push("1".repeat(40), ground(), { only }))).toEqual(expected);
  });

  test("two lists hold no entries of one image", async () => {
    const lists = `${two}includeDarwin:\n${legs("3.12")}`;
    const refused = push("1".repeat(40), { ...groundOf(lists), identify: identifyBy(["tag-suffix", "version"]) });
    await expect(refused).rejects.toThrow('image "3.12" has entries in include and in includeDarwin');
  });
});
