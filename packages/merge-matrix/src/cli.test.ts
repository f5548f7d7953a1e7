import { existsSync, mkdtempSync, readdirSync, readFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { recordingHost } from "@fanfold-internal/kit/process/recording-host";
import { describe, expect, test } from "vitest";
import { main } from "./cli.ts";

const testdata = fileURLToPath(new URL("../testdata", import.meta.url));
const inputs = (folder: string): readonly string[] =>
  readdirSync(join(testdata, folder)).filter((name) => !name.endsWith(".out"));

async function run(args: readonly string[], given: Parameters<typeof recordingHost>[0] = {}) {
  const host = recordingHost({ cwd: testdata, ...given });
  const code = await main(args, host);
  return { code, ...host.written };
}

describe.each(["ok", "err"])("%s", (folder) => {
  test.each(inputs(folder))("%s", async (name) => {
    const { code, stdout, stderr } = await run([`${folder}/${name}`]);
    expect(code).toBe(folder === "ok" ? 0 : 1);
    await expect(`${stdout}-- stderr --\n${stderr}`).toMatchFileSnapshot(join(testdata, folder, `${name}.out`));
  });
});

test.each([
  ["images.yml", "tag-suffix,image,version", 0],
  ["apart.yml", "tag-suffix, image, version", 1],
  ["collisions.yml", "image,tag-suffix", 1],
])("by/%s by %s", async (name, by, expected) => {
  const { code, stdout, stderr } = await run([`by/${name}`, "--by", by]);
  expect(code).toBe(expected);
  await expect(`${stdout}-- stderr --\n${stderr}`).toMatchFileSnapshot(join(testdata, "by", `${name}.out`));
});

test.each([
  ["tag-suffix,version", 1, 'images cannot be told apart: no entry has the key "version" (did you mean "verison"?)'],
  ["tag-suffix,platforms", 1, "platforms does not tell images apart"],
  ["tag-suffix,tag-suffix", 1, "tag-suffix stands twice"],
  ["tag-suffix,os", 1, 'os of entry 0 is ["a"]'],
  ["tag-suffix,", 2, "tag-suffix among them"],
  ["image", 2, "tag-suffix among them"],
])("--by %s is refused", async (by, expected, message) => {
  const stdin = '{"include":[{"backend":"x","verison":1,"os":["a"]}]}';
  const { code, stdout, stderr } = await run(["-", "--by", by], { stdin });
  expect({ code, stdout }).toEqual({ code: expected, stdout: "" });
  expect(stderr).toContain(message);
});

test("standard input, one line of JSON", async () => {
  const { code, stdout, stderr } = await run(["-", "--json"], { stdin: '{"include":[{"tag-suffix":"-a"}]}' });
  expect({ code, stdout, stderr }).toEqual({ code: 0, stdout: '{"include":[]}\n', stderr: "" });
});

test("--strict makes differing tag-latest an error, with nothing on standard output", async () => {
  const { code, stdout, stderr } = await run(["ok/warnings.yml", "--strict"]);
  expect({ code, stdout }).toEqual({ code: 1, stdout: "" });
  expect(stderr).toContain('ok/warnings.yml:3:82: error: image "-a": tag-latest is "auto" here');
});

test("more than a job takes, or nowhere to write, is refused with nothing printed", async () => {
  const legs = (count: number) =>
    Array.from({ length: count }, (_, at) =>
      ["amd64", "arm64"].map((tag) => ({ "tag-suffix": `-image-${at}`, "platform-tag": tag })),
    ).flat();
  const file = join(mkdtempSync(join(tmpdir(), "merge-matrix-")), "output");
  const run257 = { stdin: JSON.stringify({ include: legs(257) }), env: { GITHUB_OUTPUT: file } };
  expect(await run(["-"], run257)).toMatchObject({
    code: 1,
    stdout: "",
    stderr: expect.stringContaining("257 images to merge, and a job's matrix takes 256"),
  });
  expect((await run(["-"], { stdin: run257.stdin })).code).toBe(0);
  const many = { stdin: JSON.stringify({ include: legs(6000) }), env: { GITHUB_OUTPUT: file } };
  expect((await run(["-"], many)).stderr).toContain("GitHub takes 1048576 per job");
  expect(existsSync(file)).toBe(false);
  const nowhere = { stdin: JSON.stringify({ include: legs(1) }), env: { GITHUB_OUTPUT: "/nowhere/output" } };
  expect(await run(["-"], nowhere)).toMatchObject({
    code: 1,
    stdout: "",
    stderr: expect.stringContaining("the file that GITHUB_OUTPUT names cannot be written"),
  });
});

test("in Actions: annotations, and outputs in the file protocol", async () => {
  const file = join(mkdtempSync(join(tmpdir(), "merge-matrix-")), "output");
  const { code, stderr } = await run(["ok/warnings.yml"], { env: { GITHUB_ACTIONS: "true", GITHUB_OUTPUT: file } });
  expect(code).toBe(0);
  expect(stderr).toMatch(/^::warning file=ok\/warnings.yml,line=4,col=\d+::unquoted 1.10/m);
  const outputs = readFileSync(file, "utf8");
  expect(outputs).toMatch(
    /^merge-matrix<<(\S+)\n\{"include":\[\{"tag-suffix":"-a",.*\}\]\}\n\1\nhas-merges<<\1\ntrue\n\1\n$/,
  );
});

test.each([[["--min-legs", "0"]], [["--min-legs", "x"]], [["--nope"]], [["--by"]], [["a", "b"]]])(
  "usage error: %j",
  async (args) => {
    expect((await run(args)).code).toBe(2);
  },
);

test("a file that is not there", async () => {
  const { code, stderr } = await run(["absent.yml"]);
  expect(code).toBe(1);
  expect(stderr).toMatch(/^absent.yml: error: the matrix file cannot be read: ENOENT.*\n {2}fix: name a matrix file/);
});
