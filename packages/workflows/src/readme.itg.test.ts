import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import type { WorkflowsErrorCode } from "./base/error.ts";
import { ExampleClone } from "./testing/example-clone.ts";

const readme = readFileSync(new URL("../README.md", import.meta.url), "utf8");

const example = readme.split(/^## /m).find((part) => part.startsWith("Example\n")) ?? "";

function blocks(info: string, part = example): readonly string[] {
  return [...part.matchAll(new RegExp(`^\`\`\`${info}\n([\\s\\S]*?)^\`\`\`$`, "gm"))].map(([, text = ""]) => text);
}

/** The code in the first column of the table below a heading. */
function firstColumn(heading: string): readonly string[] {
  const section = readme.split(/^## /m).find((part) => part.startsWith(`${heading}\n`)) ?? "";
  const rows = section.split("\n").filter((line) => line.startsWith("| `"));
  return rows.flatMap((row) => [...(row.split(" | ")[0] ?? "").matchAll(/`([^`]+)`/g)].map(([, code = ""]) => code));
}

async function exampleClone(): Promise<ExampleClone> {
  const files = [".github/backend-matrix.yml", ".github/fanfold.yml"].map((file) => [
    file,
    blocks(`yaml ${file}`)[0] ?? "",
  ]);
  const changed = ["backend/python/whisper/run.py", "backend/go/piper/a_test.go"];
  const others = ["backend/Dockerfile.python", "backend/Dockerfile.golang", "backend/go/piper/main.go", "README.md"];
  return await ExampleClone.create(
    { ...Object.fromEntries(files), ...Object.fromEntries([...changed, ...others].map((file) => [file, "1\n"])) },
    Object.fromEntries(changed.map((file) => [file, "2\n"])),
  );
}

test("the example prints what it says", async () => {
  await using clone = await exampleClone();
  const [commands, expected] = [blocks("sh"), blocks("text")];
  expect(commands.length).toBe(2);
  for (const [index, command] of commands.entries()) {
    const { code, stdout, stderr } = await clone.fanfold(command.trim().split(" ").slice(1));
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    expect(stdout.replace(/[0-9a-f]{7}\.\.[0-9a-f]{7}/, "1a2b3c4..5d6e7f8")).toBe(expected[index]);
  }
  expect((await clone.fanfold(["check"])).stdout).toBe("1 matrix file, 3 entries: 0 errors, 0 warnings\n");
});

/** Shapes of a repository, each with its files, a command, and how what it prints begins. */
const shapes = (readme.split(/^## /m).find((part) => part.startsWith("Images\n")) ?? "")
  .split(/^### /m)
  .filter((part) => part.includes("```sh\n"));

test.each(shapes.map((part) => [part.split("\n")[0] ?? "", part]))("the shape %s is one", async (_, part) => {
  const [config = "", matrix = ""] = ["fanfold", "backend-matrix"].map((n) => blocks(`yaml .github/${n}.yml`, part)[0]);
  const dockerfiles = [...new Set([...matrix.matchAll(/dockerfile: ([^ ]+)/g)].map(([, path = ""]) => path))];
  const changed = dockerfiles.find((path) => /radarr|3\.13\//.test(path))?.replace(/[^/]+$/, "run.sh") ?? "";
  await using clone = await ExampleClone.create(
    {
      ".github/fanfold.yml": config,
      ".github/backend-matrix.yml": matrix,
      ...Object.fromEntries(
        dockerfiles.flatMap((path) => [
          [path, "FROM scratch\nCOPY run.sh /\n"],
          [path.replace(/[^/]+$/, "run.sh"), ""],
        ]),
      ),
    },
    { [changed]: "#!/bin/sh\n" },
  );
  const [command = "", expected = ""] = [blocks("sh", part)[0], blocks("text", part)[0]];
  const { code, stdout, stderr } = await clone.fanfold(command.trim().split(" ").slice(1));
  expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
  const head = /\.\.([0-9a-f]{7})/.exec(stdout)?.[1] ?? "?";
  const keyed = stdout.replace(/content key 1-[0-9a-f]{12}…/, "content key 1-0123456789ab…");
  const shown = keyed.replaceAll(head, "5d6e7f8").replace(/[0-9a-f]{7}\.\./, "1a2b3c4..");
  expect(shown.slice(0, expected.length)).toBe(expected);
  expect((await clone.fanfold(["check"])).stdout).toMatch(/: 0 errors, 0 warnings\n$/);
});

test("images that stand on each other are explained as the page says", async () => {
  const part = readme.split(/^## /m).find((each) => each.startsWith("Images that stand on each other\n")) ?? "";
  const files = [...part.matchAll(/^```[a-z]+ (\S+)\n([\s\S]*?)^```$/gm)].map(([, path = "", text = ""]) => [
    path,
    text,
  ]);
  const [base = ""] = blocks("dockerfile base/Dockerfile", part);
  await using clone = await ExampleClone.create(
    { ...Object.fromEntries(files), "python/requirements.txt": "" },
    { "base/Dockerfile": `${base}RUN true\n` },
  );
  const [expected = ""] = blocks("text", part);
  const { code, stdout, stderr } = await clone.fanfold(["explain", "python"]);
  expect({ code, stderr: stderr.split("\n")[0] }).toEqual({
    code: 0,
    stderr: expect.stringContaining("notebook/Dockerfile:1: notice: FROM quay.io/example/python:latest@sha256:"),
  });
  const head = /\.\.([0-9a-f]{7})/.exec(stdout)?.[1] ?? "?";
  const shown = stdout.replaceAll(head, "5d6e7f8").replace(/[0-9a-f]{7}\.\./, "1a2b3c4..");
  expect(shown.slice(0, expected.length)).toBe(expected);
});

test("every command and every option of plan and explain", async () => {
  await using clone = await exampleClone();
  const listed = (help: string): readonly string[] =>
    [...help.matchAll(/^ {2}(--[a-z-]+(?: <[a-z]+>)?)/gm)].map(([, flag = ""]) => flag);
  const [commands = ""] = (await clone.fanfold(["--help"])).stdout.split("\nExamples:\n");
  expect(
    firstColumn("Commands")
      .map((text) => text.split(" ")[1])
      .toSorted(),
  ).toEqual([...commands.matchAll(/^ {2}(?!help)([a-z]+) /gm)].map(([, name]) => name).toSorted());
  const { stdout: plan } = await clone.fanfold(["plan", "--help"]);
  expect(firstColumn("Options of plan and explain").toSorted()).toEqual(listed(plan).toSorted());
  const { stdout: explain } = await clone.fanfold(["explain", "--help"]);
  expect(listed(explain).toSorted()).toEqual(
    listed(plan)
      .filter((flag) => !/^--(?:html|shards|last) /.test(flag))
      .toSorted(),
  );
});

test("every error", () => {
  const codes: Readonly<Record<WorkflowsErrorCode, true>> = {
    "unreadable-input": true,
    "bad-rule": true,
    "bad-group": true,
    shards: true,
    outputs: true,
    unwritable: true,
    "no-repository": true,
    "not-found": true,
    "would-overwrite": true,
    rehearsal: true,
    "not-generable": true,
    drift: true,
    "unsafe-split": true,
    unbuildable: true,
    "build-failed": true,
    "test-failed": true,
  };
  expect(firstColumn("Errors")).toEqual(Object.keys(codes));
});
