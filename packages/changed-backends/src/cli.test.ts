import { copyFileSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { recordingHost } from "@fanfold-internal/kit/process/recording-host";
import { afterAll, beforeEach, describe, expect, test } from "vitest";
import { main } from "./cli.ts";

const testdata = fileURLToPath(new URL("../testdata", import.meta.url));
const cases = (folder: string): readonly string[] =>
  readdirSync(join(testdata, folder)).filter((name) => !name.endsWith(".out"));

let directory: string;
const made: string[] = [];
beforeEach(() => {
  // Outside of any repository: a list of files needs none.
  directory = mkdtempSync(join(tmpdir(), "changed-backends-"));
  made.push(directory);
});
afterAll(() => {
  for (const path of made) rmSync(path, { recursive: true, force: true });
});

async function run(args: readonly string[], env: Readonly<Record<string, string>> = {}, stdin = "") {
  // Without PATH there is no git either.
  const host = recordingHost({ cwd: directory, env: { PATH: "/nowhere", ...env }, stdin });
  const code = await main(args, host);
  return { code, ...host.written };
}

/** Copies a case of testdata into the directory. */
function lay(folder: string, name: string): readonly string[] {
  const from = join(testdata, folder, name);
  for (const file of readdirSync(from)) if (file !== "args") copyFileSync(join(from, file), join(directory, file));
  return readFileSync(join(from, "args"), "utf8").trimEnd().split("\n");
}

describe.each(["ok", "err"])("%s", (folder) => {
  test.each(cases(folder))("%s", async (name) => {
    const args = lay(folder, name);
    const output = join(directory, "GITHUB_OUTPUT");
    const { code, stdout, stderr } = await run(args, { GITHUB_OUTPUT: output });
    const written = readdirSync(directory).includes("GITHUB_OUTPUT") ? outputs(readFileSync(output, "utf8")) : "";
    const all = `${stdout}-- stderr --\n${stderr}-- GITHUB_OUTPUT --\n${written}`.replaceAll(directory, "<directory>");
    await expect(all).toMatchFileSnapshot(join(testdata, folder, `${name}.out`));
    expect(code).toBe(folder === "ok" ? 0 : 1);
    if (folder === "err") expect({ stdout, written }).toEqual({ stdout: "", written: "" });
  });
});

/** With a delimiter that is always the same. */
function outputs(text: string): string {
  return text.replaceAll(/fanfold-[0-9a-f-]{36}/g, "<delimiter>");
}

describe("what would end up in a log", () => {
  const event = (env: Readonly<Record<string, string>>) => {
    lay("ok", "submodule");
    const commit = (digit: string): string => digit.repeat(40);
    const payload = {
      before: commit("1"),
      after: commit("2"),
      ref: "refs/heads/main",
      repository: { full_name: "o/n" },
    };
    writeFileSync(join(directory, "event.json"), JSON.stringify(payload));
    const file = { GITHUB_EVENT_NAME: "push", GITHUB_EVENT_PATH: join(directory, "event.json") };
    return run(["--matrix", "matrix.yml"], { ...file, ...env });
  };

  test.each([
    [{ GITHUB_TOKEN: "canary\ntoken" }, "GITHUB_TOKEN holds a character that no token has"],
    [{ GITHUB_API_URL: "http://canary:token@127.0.0.1:1" }, "GITHUB_API_URL must not hold a user or a password"],
    [{ GITHUB_API_URL: "canary" }, "GITHUB_API_URL must be an http or https address"],
    [{ HTTPS_PROXY: "http://user:canary#x@127.0.0.1:3128" }, "HTTPS_PROXY: expected the address of a proxy"],
  ])("%j is refused without being shown", async (env, message) => {
    const { code, stdout, stderr } = await event(env);
    expect([code, stdout, stderr]).toEqual([1, "", expect.stringContaining(message)]);
    expect(stderr).not.toMatch(/canary|127\.0\.0\.1/);
  });
});

test("everything, where everything and some backends are asked for", async () => {
  lay("ok", "submodule");
  const { stdout } = await run(["--matrix", "matrix.yml", "--only", "v"], { FORCE_ALL: "true" });
  expect(stdout).toContain("include  3 of 3 entries");
});

describe("flags that make no sense", () => {
  test.each<[readonly string[]]>([
    [["--nope"]],
    [["--matrix"]],
    [["positional"]],
    [["--base", "a", "--files-from", "b"]],
    [["--event-name", "push", "--base", "a"]],
    [["--event-path", "p", "--files-from", "-"]],
    [["--event-path", "p"]],
    [["--head", "a"]],
  ])("%j", async (args) => {
    const { code, stdout, stderr } = await run(args);
    expect({ code, stdout }).toEqual({ code: 2, stdout: "" });
    expect(stderr).toMatch(/^error: /);
  });

  test("--help goes to standard output", async () => {
    const { code, stdout } = await run(["--help"]);
    expect(code).toBe(0);
    for (const flag of ["--matrix", "--inputs", "--json", "--base", "--event-path", "--files-from", "--only"]) {
      expect(stdout).toContain(flag);
    }
  });
});

describe("an event", () => {
  const matrix = ["--matrix", "matrix.yml"];
  const event = { GITHUB_EVENT_NAME: "push", GITHUB_REPOSITORY: "octo/images", GITHUB_API_URL: "http://127.0.0.1:1" };

  test.each<[string, Record<string, string>, string]>([
    ["not named", {}, "no event file is named"],
    ["missing", { GITHUB_EVENT_PATH: "absent.json" }, "absent.json: error: the event file cannot be read: ENOENT"],
    ["not JSON", { GITHUB_EVENT_PATH: "matrix.yml" }, "matrix.yml: error: the event file must be a JSON object: "],
    ["no object", { GITHUB_EVENT_PATH: "files" }, "files: error: the event file must be a JSON object"],
  ])("whose file is %s", async (_, env, message) => {
    lay("ok", "only");
    writeFileSync(join(directory, "files"), "[]");
    const { code, stdout, stderr } = await run(matrix, { ...event, ...env });
    expect({ code, stdout }).toEqual({ code: 1, stdout: "" });
    expect(stderr).toContain(message);
    expect(stderr).not.toMatch(/\n\s+at /);
  });

  test.each(["true", "TRUE", "1", "yes", " On "])("that is not needed: FORCE_ALL=%s", async (value) => {
    lay("ok", "only");
    const { code, stdout, stderr } = await run(matrix, { ...event, GITHUB_EVENT_PATH: "absent", FORCE_ALL: value });
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    expect(stdout).toMatch(/^not compared \(forced\)\n\ninclude {2}3 of 3 entries\n/);
  });

  test.each(["", "false", "0", "NO", "off"])("that is needed: FORCE_ALL=%s", async (value) => {
    lay("ok", "only");
    expect((await run(matrix, { ...event, GITHUB_EVENT_PATH: "absent", FORCE_ALL: value })).code).toBe(1);
  });

  test.each(["2", "all", "ja", "true,false"])("FORCE_ALL=%s is neither on nor off", async (value) => {
    lay("ok", "only");
    expect(await run(matrix, { ...event, FORCE_ALL: value })).toMatchObject({
      code: 2,
      stdout: "",
      stderr: expect.stringContaining(
        `FORCE_ALL must be one of true, 1, yes, on or one of false, 0, no, off (or empty), found "${value}"`,
      ),
    });
  });
});

test("a list on standard input, NUL-terminated", async () => {
  const args = lay("ok", "one-backend").map((arg) => (arg === "files" ? "-" : arg));
  const { code, stdout } = await run(args, {}, "backend/go/y/a\nb\0docs/x\0");
  expect(code).toBe(0);
  expect(stdout).toContain("2 changed files, exact, by files\n\ninclude  1 of 3 entries\n  + -cpu-y");
  expect(stdout).toContain("backend/go/y/a\\nb (inputs[2])");
});

test.each(["GITHUB_OUTPUT", "GITHUB_STEP_SUMMARY"])("%s that cannot be written", async (variable) => {
  const args = lay("ok", "one-backend");
  const { code, stdout, stderr } = await run(args, { [variable]: join(directory, "no", "where") });
  expect({ code, stdout }).toEqual({ code: 1, stdout: "" });
  expect(stderr).toContain(`error: the file that ${variable} names cannot be written: ENOENT`);
});

test("the outputs of more than 256 entries are whole, and each has a value", async () => {
  const args = lay("ok", "force-all");
  const entries = Array.from({ length: 257 }, (_, index) => ({ "tag-suffix": `-${index}`, backend: "b" }));
  writeFileSync(join(directory, "matrix.yml"), JSON.stringify({ include: entries, includeX: [] }));
  const output = join(directory, "out");
  expect((await run([...args, "--shards", "single=3"], { GITHUB_OUTPUT: output })).code).toBe(0);
  const values = [...outputs(readFileSync(output, "utf8")).matchAll(/^(.+)<<<delimiter>\n(.*)\n<delimiter>$/gm)];
  expect(values.map(([, name]) => name)).not.toContain("matrix");
  expect(
    values.map(([, name, value]) => [name, value?.startsWith("{") ? JSON.parse(value).include.length : value]),
  ).toEqual([
    ["run-all", "true"],
    ["has-backends", "true"],
    ["matrix-multi-1", 0],
    ["has-multi-1", "false"],
    ["matrix-single-1", 256],
    ["has-single-1", "true"],
    ["matrix-single-2", 1],
    ["has-single-2", "true"],
    ["matrix-single-3", 0],
    ["has-single-3", "false"],
    ["has-backends-x", "false"],
    ["matrix-x-multi-1", 0],
    ["has-x-multi-1", "false"],
    ["matrix-x-single-1", 0],
    ["has-x-single-1", "false"],
    ["matrix-x", 0],
    ["b", "true"],
  ]);
});
