import fc from "fast-check";
import { describe, expect, it, test } from "vitest";
import { literal, refExpression } from "./ref-expression.ts";

const takes = (pattern: string, name: string): boolean => new RegExp(`^(?:${refExpression(pattern)})$`).test(name);

// https://docs.github.com/actions/reference/workflows-and-actions/workflow-syntax#patterns-to-match-branches-and-tags
describe("GitHub's own examples", () => {
  test.each<[string, readonly string[], readonly string[]]>([
    ["feature/*", ["feature/my-branch", "feature/your-branch"], ["feature/beta-a/my-branch", "feature"]],
    ["feature/**", ["feature/beta-a/my-branch", "feature/your-branch", "feature/mona/the/octocat"], ["features/x"]],
    ["main", ["main"], ["main2", "amain", "x/main"]],
    ["releases/mona-the-octocat", ["releases/mona-the-octocat"], ["releases"]],
    ["*", ["main", "releases"], ["all/the/branches"]],
    ["**", ["all/the/branches", "every/tag"], []],
    ["*feature", ["mona-feature", "feature", "ver-10-feature"], ["a/feature", "features"]],
    ["v2*", ["v2", "v2.0", "v2.9"], ["v1", "v2/x"]],
    ["v[12].[0-9]+.[0-9]+", ["v1.10.1", "v2.0.0"], ["v3.0.0", "v1x10.1", "v1..1"]],
    ["*.jsx?", ["page.js", "page.jsx"], ["page.jsxx"]],
    ["v1\\+2", ["v1+2"], ["v1", "v112"]],
  ])("%s", (pattern, taken, left) => {
    expect(taken.filter((name) => !takes(pattern, name))).toEqual([]);
    expect(left.filter((name) => takes(pattern, name))).toEqual([]);
  });
});

it("says nothing for what excludes", () => {
  expect(refExpression("!main")).toBeUndefined();
});

// Whatever git allows in names, and GitHub's filters give no meaning.
const name = fc.string({ unit: fc.constantFrom(..."aZ09-_./{}()|$@#%&=,;'"), minLength: 1, maxLength: 12 });

it("takes a name without special characters as itself, and no other one", () => {
  fc.assert(
    fc.property(name, name, (one, other) => {
      expect(takes(one, one)).toBe(true);
      expect(takes(one, other)).toBe(one === other);
      expect(new RegExp(`^${literal(one)}$`).test(other)).toBe(one === other);
    }),
  );
});

it("asterisks take what stands between, one of them no slash", () => {
  fc.assert(
    fc.property(name, name, name, (before, between, after) => {
      expect(takes(`${before}**${after}`, `${before}${between}${after}`)).toBe(true);
      expect(takes(`${before}*`, `${before}${between}`)).toBe(!between.includes("/"));
    }),
  );
});
