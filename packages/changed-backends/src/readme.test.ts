import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { recordingHost } from "@fanfold-internal/kit/process/recording-host";
import { expect, test } from "vitest";
import { DIFF_REASONS } from "./base/diff.ts";
import type { ChangedBackendsErrorCode } from "./base/error.ts";
import { main } from "./cli.ts";
import { CHANGE_FLAGS } from "./command/flags.ts";

const readme = readFileSync(new URL("../README.md", import.meta.url), "utf8");

/** The code in the first column of the table below a heading. */
function firstColumn(heading: string): readonly string[] {
  const section = readme.split(/^## /m).find((part) => part.startsWith(`${heading}\n`)) ?? "";
  const rows = section.split("\n").filter((line) => line.startsWith("| `"));
  return rows
    .flatMap((row) => (row.split(" | ")[0] ?? "").match(/(?<=`)[^`|]+(?=`)/g) ?? [])
    .filter((text) => text !== ", ");
}

function block(info: string): string {
  return new RegExp(`^\`\`\`${info}\n([\\s\\S]*?)^\`\`\`$`, "m").exec(readme)?.[1] ?? "";
}

test("the example prints what it says", async () => {
  const directory = mkdtempSync(join(tmpdir(), "changed-backends-readme-"));
  try {
    for (const name of ["matrix.yml", "rules.yml"]) writeFileSync(join(directory, name), block(`yaml ${name}`));
    const [, list = "", args = ""] = /printf '(.*)' \|\n\s+changed-backends (.*)\n/.exec(block("sh")) ?? [];
    const stdin = list.replaceAll("\\n", "\n");
    const host = recordingHost({ cwd: directory, env: { PATH: "/nowhere" }, stdin });
    expect(await main(args.split(" "), host)).toBe(0);
    expect(host.written).toEqual({ stdout: block("text"), stderr: "" });
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
});

test("every option", () => {
  const flags = [
    "--matrix <file>",
    "--inputs <file>",
    "--shards multi=<n>,single=<n>",
    "--json",
    ...CHANGE_FLAGS.map((flag) => flag.flags),
  ];
  expect(firstColumn("Options").toSorted()).toEqual(flags.toSorted());
});

test("every reason", () => {
  expect(firstColumn("How changes are found").toSorted()).toEqual([...DIFF_REASONS].sort());
});

test("every error", () => {
  const codes: Readonly<Record<ChangedBackendsErrorCode, true>> = {
    "unreadable-input": true,
    "bad-rule": true,
    "unknown-revision": true,
    "unknown-name": true,
    "no-repository": true,
    "git-refused": true,
    outputs: true,
    shards: true,
  };
  expect(firstColumn("Errors")).toEqual(Object.keys(codes));
});
