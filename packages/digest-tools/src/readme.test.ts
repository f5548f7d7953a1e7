import { readFileSync } from "node:fs";
import { recordingHost } from "@fanfold-internal/kit/process/recording-host";
import { expect, test } from "vitest";
import type { DigestToolsErrorCode, DigestToolsWarningCode } from "./base/error.ts";
import { main } from "./cli.ts";

const readme = readFileSync(new URL("../README.md", import.meta.url), "utf8");
const COMMANDS = ["push", "merge", "merge-all", "verify", "inspect", "tags"];

/** The rows of the table below a heading, by cell. */
function table(heading: string): readonly (readonly string[])[] {
  const section = readme.split(/^## /m).find((part) => part.startsWith(`${heading}\n`)) ?? "";
  const rows = section.split("\n").filter((line) => line.startsWith("| `"));
  return rows.map((row) => row.slice(2, -2).split(" | "));
}

test("every command", () => {
  expect(table("Commands").map(([name]) => name)).toEqual(COMMANDS.map((name) => `\`${name}\``.padEnd(11)));
});

test("every option, and of which commands", async () => {
  const found = new Map<string, string[]>();
  for (const name of COMMANDS) {
    const host = recordingHost();
    expect(await main([name, "--help"], host)).toBe(0);
    for (const [, flag = ""] of host.written.stdout.matchAll(/^ {2}(--[a-z-]+)/gm)) {
      found.set(flag, [...(found.get(flag) ?? []), name]);
    }
  }
  const documented = table("Options").map(([flag = "", of = ""]) => [flag.slice(1).split(/[ `]/)[0], of]);
  const actual = [...found].map(([flag, of]) => [flag, of.join(", ")]);
  expect(documented.toSorted()).toEqual(actual.toSorted());
});

test("every code of a finding", () => {
  const own: Readonly<Record<DigestToolsErrorCode | DigestToolsWarningCode, true>> = {
    "invalid-reference": true,
    "invalid-platform": true,
    "invalid-tag": true,
    "invalid-plan": true,
    "invalid-record": true,
    "invalid-manifest": true,
    "invalid-options": true,
    "invalid-event": true,
    "no-tag": true,
    "unusable-metadata": true,
    "missing-leg": true,
    "unplanned-leg": true,
    "refused-base": true,
    "missing-repository": true,
    "duplicate-record": true,
    "duplicate-platform": true,
    "wrong-platform": true,
    "wrong-revision": true,
    "diverging-digests": true,
    "tag-conflict": true,
    "tag-exists": true,
    "verification-failed": true,
    "signing-failed": true,
    unsigned: true,
    "build-failed": true,
    "docker-config": true,
    "credential-helper": true,
    insecure: true,
    unauthorized: true,
    denied: true,
    "not-found": true,
    "rate-limited": true,
    rejected: true,
    "tag-protected": true,
    "quota-exceeded": true,
    "read-only": true,
    "server-error": true,
    "bad-response": true,
    network: true,
    "digest-mismatch": true,
    "too-large": true,
    "invalid-layout": true,
    "layout-locked": true,
    "ambiguous-root": true,
    io: true,
    "wrong-run": true,
    "foreign-plan": true,
    "docker-media-type": true,
    "record-differs": true,
    "tag-kept": true,
    "git-tag-not-taken": true,
    "value-not-taken": true,
    untagged: true,
    "more-findings": true,
    "no-summary": true,
  };
  const shared = ["unreadable-file", "unwritable-output", "no-directory", "system-error", "internal-error"];
  const documented = table("Errors").flatMap(([cell = ""]) => cell.match(/[a-z][a-z-]+/g) ?? []);
  expect(documented.toSorted()).toEqual([...Object.keys(own), ...shared].toSorted());
});
