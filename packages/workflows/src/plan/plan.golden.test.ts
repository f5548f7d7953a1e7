import { cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { recordingHost } from "@fanfold-internal/kit/process/recording-host";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { main } from "../cli.ts";

const testdata = fileURLToPath(new URL("../../testdata/plan", import.meta.url));

let directory: string;

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "fanfold-golden-"));
});

afterEach(() => {
  rmSync(directory, { recursive: true });
});

/** Plans a case outside any repository, with its `changed-files` as what changed, and Dockerfiles that stand on nothing. */
async function plan(source: string) {
  cpSync(source, directory, { recursive: true });
  for (const file of [
    "Dockerfile",
    "backend/Dockerfile.golang",
    "backend/Dockerfile.python",
    "services/api/Dockerfile",
  ]) {
    mkdirSync(join(directory, dirname(file)), { recursive: true });
    writeFileSync(join(directory, file), "FROM scratch\n");
  }
  const given = (name: string): boolean => existsSync(join(directory, name));
  const [outputs, summary] = [join(directory, "outputs"), join(directory, "summary")];
  const host = recordingHost({ cwd: directory, env: { GITHUB_OUTPUT: outputs, GITHUB_STEP_SUMMARY: summary } });
  const code = await main(
    [
      "plan",
      ...["--matrix", "matrix.yml", "--files-from", "changed-files"],
      ...(given("fanfold.yml") ? ["--config", "fanfold.yml"] : []),
      ...(given("args") ? readFileSync(join(directory, "args"), "utf8").trimEnd().split("\n") : []),
    ],
    host,
  );
  const read = (file: string): string => (existsSync(file) ? readFileSync(file, "utf8") : "");
  return { code, ...host.written, summary: read(summary), outputs: withoutDelimiters(read(outputs)) };
}

/** `name=value` lines; the delimiters are random. */
function withoutDelimiters(outputs: string): string {
  return outputs.replace(/^(.*)<<(fanfold-[0-9a-f-]+)\n([\s\S]*?)\n\2$/gm, "$1=$3");
}

const cases = (kind: string): readonly string[] => readdirSync(join(testdata, kind));

describe("ok", () => {
  test.each(cases("ok"))("%s", async (name) => {
    const { code, stdout, stderr, summary, outputs } = await plan(join(testdata, "ok", name));
    const all = `${stdout}\n--- standard error\n${stderr}\n--- step summary\n${summary}\n--- outputs\n${outputs}`;
    await expect(all).toMatchFileSnapshot(join(testdata, "ok", name, "expected"));
    expect(code).toBe(0);
  });
});

describe("err", () => {
  test.each(cases("err"))("%s", async (name) => {
    const { code, stdout, stderr, summary, outputs } = await plan(join(testdata, "err", name));
    await expect(`exit code ${code}\n${stderr}`).toMatchFileSnapshot(join(testdata, "err", name, "expected"));
    expect({ stdout, summary, outputs }).toEqual({ stdout: "", summary: "", outputs: "" });
    expect(code).toBe(name.startsWith("usage") ? 2 : 1);
  });
});
