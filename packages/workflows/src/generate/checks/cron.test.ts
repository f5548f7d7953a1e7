import { isValidCron } from "@actions/workflow-parser/model/converter/cron";
import fc from "fast-check";
import { expect, test } from "vitest";
import { cronFault } from "./cron.ts";

test.each([
  ["99 99 99 99 99", 'has the minute "99", not 0 to 59'],
  ["0 24 * * *", 'has the hour "24", not 0 to 23'],
  ["0 0 0 * *", 'has the day of the month "0", not 1 to 31'],
  ["0 0 * foo *", 'has the month "foo", not 1 to 12 or jan to dec'],
  ["0 0 * * fri-mon", 'has the day of the week "fri-mon"'],
  ["0 0 * * 7", 'has the day of the week "7"'],
  ["*/0 * * * *", 'has the minute "*/0"'],
  ["1, 0 * * *", 'has the minute ""'],
  ["@weekly", "has 1 field, not 5"],
  ["0 0 * * 0 ", "has 6 fields, not 5, white space at its ends counted"],
])("%j %s", (cron, flaw) => {
  expect(cronFault(cron)).toContain(flaw);
});

test.each(["0 6 * * 0", "*/15 0-6,12 1/2 JAN-mar Sun,3", "* * * * *", "3/5 8-18/2  * * mon-fri", "0 0 31 2 *"])(
  "%j is a schedule",
  (cron) => {
    expect(cronFault(cron)).toBeUndefined();
  },
);

test("as GitHub's own parser has it", () => {
  const word = fc.constantFrom(
    "0",
    "1",
    "5",
    "6",
    "7",
    "12",
    "13",
    "23",
    "24",
    "31",
    "32",
    "59",
    "60",
    "*",
    "sun",
    "FRI",
    "dec",
    "x",
    "",
  );
  const sign = fc.constantFrom(",", "-", "/");
  const field = fc.oneof(
    { weight: 3, arbitrary: fc.constantFrom("*", "1", "*/2", "1-5") },
    fc.tuple(word, sign, word).map((parts) => parts.join("")),
    fc.tuple(word, sign, word, sign, word).map((parts) => parts.join("")),
  );
  const cron = fc.array(field, { minLength: 4, maxLength: 6 }).map((fields) => fields.join(" "));
  fc.assert(
    fc.property(cron, (text) => {
      expect(cronFault(text) === undefined).toBe(isValidCron(text));
    }),
    { numRuns: 2_000 },
  );
});
