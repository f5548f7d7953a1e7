import { describe, expect, test } from "vitest";
import { parseMetadata } from "./metadata.ts";
import { bindKeys, evaluate, parseTemplate, templateKeys } from "./template.ts";

function parsed(text: string) {
  const result = parseTemplate(text);
  if (result.kind === "invalid") throw new Error(result.reason);
  return result.template;
}

test("{{…}} is read before {…}, and other braces are text", () => {
  const template = parsed("{version}-{{branch}}-{{{tag}}}-{1,3}-{ x }");
  expect(templateKeys(template)).toEqual(["version"]);
  expect(evaluate(template, ({ name }) => `<${name}>`)).toBe("{version}-&lt;branch&gt;-<tag>-{1,3}-{ x }");
});

test("a key's value is taken as it is, and an absent or empty one drops the whole", () => {
  const template = parsed("a{key}b");
  const bound = bindKeys(template, () => "{{branch}}");
  expect(bound && evaluate(bound, () => "never")).toBe("a{{branch}}b");
  expect(bindKeys(template, () => "")).toBeUndefined();
  expect(bindKeys(template, () => undefined)).toBeUndefined();
});

describe("what cannot be used is refused with its place", () => {
  test.each([
    ["type=nope", /type must be one of schedule, semver/],
    ["type=semver", /type=semver needs pattern=…/],
    ["type=ref,event=commit", /event must be one of branch, tag, pr, found "commit"/],
    ["type=raw,value={{#if branch}}x{{/if}}".replace("\\", ""), /only plain expressions are taken/],
    ["type=raw,value={{branch", /"{{" without "}}"/],
    ["type=raw,value={{brunch}}", /value: {{brunch}} is not known here; known are branch, tag/],
    ["type=semver,pattern={{branch}}", /pattern: {{branch}} is not known here; known are raw, version/],
    ["type=raw,value={{date 'LLLL'}}", /"LLLL" is not taken/],
    ["type=raw,value={{date 'YYYY' tz='Mars/North'}}", /"Mars\/North" is not a time zone/],
    ["type=match,pattern=(", /Invalid regular expression/],
    ["type=raw,value=x,colour=red", /type=raw takes value, enable, priority, prefix, suffix; found "colour"/],
    ["type=raw,value=x,priority=high", /priority must be a whole number/],
    ['type=raw,value=a"b', /comma-separated values/],
    ["", /the line is empty/],
  ])("%s", (line, message) => {
    const result = parseMetadata({ tags: ["type=sha", line], flavor: [], labels: [] });
    expect(result).toMatchObject({ kind: "invalid", problems: [{ list: "tags", index: 1 }] });
    expect(result.kind === "invalid" && result.problems[0]?.message).toMatch(message);
  });
});
