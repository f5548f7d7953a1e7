import { recordingHost } from "@fanfold-internal/kit/process/recording-host";
import { expect, test } from "vitest";
import { readPushesFile } from "./pushes-file.ts";

const [A, B, C] = ["a", "b", "c"].map((letter) => letter.repeat(40)) as [string, string, string];
const ZERO = "0".repeat(40);
const REF = "refs/heads/main";

function read(stdin: string, ref: string | null = REF) {
  return readPushesFile("-", ref, recordingHost({ stdin }));
}

function activity(before: string, after: string, timestamp: string, ref = REF) {
  return { id: 1, before, after, ref, timestamp, activity_type: "push", actor: null };
}

test("a push a line, the oldest first", () => {
  expect(read(`${ZERO} ${A}\n\n${A}\t${B}  2026-01-31T12:00:00Z\r\n${B} ${ZERO}\n`)).toEqual([
    { before: null, after: A, time: null },
    { before: A, after: B, time: "2026-01-31T12:00:00Z" },
  ]);
});

test("GitHub's answer, in one document or of several pages, of one branch", () => {
  const [first, second] = ["2026-01-01T00:00:00Z", "2026-01-02T00:00:00Z"] as const;
  const answer = [activity(A, B, second), activity(ZERO, A, first), activity(A, C, second, "refs/heads/other")];
  const expected = [
    { before: null, after: A, time: first },
    { before: A, after: B, time: second },
  ];
  expect(read(JSON.stringify(answer))).toEqual(expected);
  expect(read(JSON.stringify([answer.slice(0, 1), answer.slice(1)]))).toEqual(expected);
  expect(read(JSON.stringify(answer.slice(0, 2)), null)).toEqual(expected);
});

test.each([
  ["", "it names no push"],
  ["main HEAD\n", 'expected two full commit SHAs, found "main HEAD"'],
  [`${A}\n`, "expected two full commit SHAs"],
  [`${A} ${B} yesterday\n`, "expected a time as 2026-01-31T12:00:00Z"],
  [`${A} ${B} 2026-01-31T12:00:00Z more\n`, "nothing behind it"],
  ["[{", "it is no JSON"],
  ["[] []", "it is no JSON"],
  ['[{"before": 1}]', "[0].before: expected a full commit SHA, found 1"],
  [JSON.stringify([{ ...activity(A, B, "x") }]), "[0].timestamp: expected a time"],
  [JSON.stringify([activity(A, B, "2026-01-01T00:00:00Z", "refs/heads/x")]), "it tells of no push to refs/heads/main"],
])("%j is refused", (text, message) => {
  expect(() => read(text)).toThrow(message);
});

test("of several branches none is guessed", () => {
  const times = "2026-01-01T00:00:00Z";
  const answer = [activity(A, B, times), activity(A, C, times, "refs/heads/other")];
  expect(() => read(JSON.stringify(answer), null)).toThrow("it tells of 2 branches, and none is checked out");
});

test("a file that is not there", () => {
  expect(() => readPushesFile("nowhere/pushes", REF, recordingHost())).toThrow("the list of pushes cannot be read");
});
