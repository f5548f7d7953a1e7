import { expect, it, test } from "vitest";
import { recordingHost } from "./recording-host.ts";
import { bar, StatusLine } from "./status-line.ts";

test("a bar is full when everything is done, and not before", () => {
  expect(bar(0, 3)).toBe("[--------------------]");
  expect(bar(299, 300)).toBe("[###################-]");
  expect(bar(300, 300)).toBe("[####################]");
  expect(bar(0, 0)).toBe("[####################]");
});

it("is written anew on a terminal, cut to its width, and is not there elsewhere", () => {
  const elsewhere = recordingHost({});
  const written: string[] = [];
  const terminal = { terminal: true, stderr: (text: string) => void written.push(text) };
  for (const host of [elsewhere, terminal]) {
    const line = new StatusLine(host);
    line.show("x".repeat(5000));
    line.clear();
  }
  expect(elsewhere.written.stderr).toBe("");
  const width = (process.stderr.columns || 80) - 1;
  expect(written).toEqual([`\r\u001b[2K${"x".repeat(width)}`, "\r\u001b[2K"]);
});
