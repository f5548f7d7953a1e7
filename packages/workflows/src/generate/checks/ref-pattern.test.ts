import { describe, expect, test } from "vitest";
import { refPatternFault } from "./ref-pattern.ts";

describe("what GitHub's cheat sheet and git allow", () => {
  test.each([
    "main",
    "feature/*",
    "feature/**",
    "**",
    "*",
    "*feature",
    "v2*",
    "v[12].[0-9]+.[0-9]+",
    "!releases/**-alpha",
    "mona/octocat",
    "v1.0.0\\+build",
    "dependabot/npm_and_yarn/@types/x-{1}",
    "größe",
    "v..?x",
    "-x",
  ])("%s", (pattern) => {
    expect(refPatternFault(pattern)).toBeUndefined();
  });
});

describe("what matches no name, or is no pattern", () => {
  test.each([
    ["a b", 'has " ", which no name in git holds'],
    ["v1:2", 'has ":"'],
    ["a~1", 'has "~"'],
    ["a\tb", 'has "\\t"'],
    ["v\\d", 'has "\\\\"'],
    ["a..b", 'has ".."'],
    ["a//b", 'has "//"'],
    ["a/.b", 'has "/."'],
    ["@{u}", 'has "@{"'],
    ["/main", 'begins with "/"'],
    [".x", 'begins with "."'],
    ["release/", 'ends with "/"'],
    ["v1.", 'ends with "."'],
    ["a.lock", 'ends with ".lock"'],
    ["a.lock/b", 'has ".lock"'],
    ["!", "names nothing"],
    ["+a", 'has a "+" with no character before it'],
    ["v*?", 'has a "?" with no character before it'],
    ["v[0-9", 'has a "[" without its "]"'],
    ["v[]", 'has "[]", which holds no character'],
    ["v[0-]", 'has "[0-]", a range without an end'],
    ["v[9-0]", 'has "[9-0]", a range that does not ascend'],
  ])("%j %s", (pattern, flaw) => {
    expect(refPatternFault(pattern)).toContain(flaw);
  });
});
