import { expect, test } from "vitest";
import { type ReplayFlags, replayRequest } from "./replay-flags.ts";

test("what is asked for", () => {
  expect(replayRequest({})).toMatchObject({ last: 100, since: undefined, pushes: "reflog", rules: "now" });
  expect(replayRequest({ last: "7", firstParent: true })).toMatchObject({ last: 7, pushes: "commits" });
  expect(replayRequest({ since: "2026-01-31", pushes: "-" })).toMatchObject({
    last: Number.POSITIVE_INFINITY,
    since: Date.UTC(2026, 0, 31),
    pushes: { file: "-" },
  });
  expect(replayRequest({ since: "2026-01-31T12:00" }).since).toBe(Date.UTC(2026, 0, 31, 12));
  expect(replayRequest({ since: "2026-01-31T12:00:00+02:00" }).since).toBe(Date.UTC(2026, 0, 31, 10));
});

const wrong: readonly (readonly [ReplayFlags, string])[] = [
  [{ last: "1", since: "2026-01-31" }, "--last and --since exclude each other"],
  [{ firstParent: true, pushes: "x" }, "--first-parent and --pushes exclude each other"],
  [{ last: "0" }, "--last must be a whole number from 1 on"],
  [{ since: "yesterday" }, "--since must be a date"],
  [{ since: "2026-02-30" }, "--since must be a date"],
  [{ since: "2026-13-01" }, "--since must be a date"],
  [{ since: "2026-01-31T25:00:00Z" }, "--since must be a date"],
];

test.each(wrong)("%j is refused", (flags, message) => {
  expect(() => replayRequest(flags)).toThrow(message);
});
