import { expect, test } from "vitest";
import type { MetadataEvent } from "./event.ts";
import { evaluateValue, parseValue } from "./value.ts";

const event: MetadataEvent = {
  name: "push",
  ref: "refs/heads/a=b",
  sha: "6113728f27ae82c7b1a177c8d03f9e96e0adf246",
  defaultBranch: "main",
  baseRef: "",
  repository: { name: "", description: "", url: "", license: "" },
  commitDate: undefined,
  now: new Date(0),
  shortShaLength: 7,
};

function textFor(text: string, keys: Readonly<Record<string, string>> = {}, version = "v1.2.3"): string | undefined {
  const parsed = parseValue(text);
  if (parsed.kind === "invalid") throw new Error(parsed.reason);
  return evaluateValue(parsed.value, event, { version, lookUp: (key) => keys[key] });
}

test("keys, expressions and the version, with nothing escaped", () => {
  expect(textFor("{kind}-{{branch}}-{{version}}-{{commit}}", { kind: "<x>" })).toBe(`<x>-a=b-v1.2.3-${event.sha}`);
  expect(textFor("{1,2} { x }")).toBe("{1,2} { x }");
});

test("an absent key leaves the whole out", () => {
  expect(textFor("a{kind}")).toBeUndefined();
  expect(textFor("a{kind}", { kind: "" })).toBeUndefined();
});

test("what is not known is refused", () => {
  expect(() => textFor("{{release}}")).toThrow(/{{release}} is not known here; known are branch, .*, version$/);
  expect(() => textFor("{{commit_date 'YYYY'}}")).toThrow(/the commit's time is not known/);
});
