import type { MatrixEntry } from "@fanfold-internal/matrix/matrix-file";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { PathIndex } from "./path-index.ts";
import { entryText, fillPattern, type Pattern, parsePattern } from "./pattern.ts";

function parsed(source: string): Pattern {
  const pattern = parsePattern(source);
  if (pattern.kind === "problem") throw new Error(`${source}: ${pattern.message}`);
  return pattern;
}

function matches(source: string, path: string, entry: MatrixEntry = {}): boolean | null {
  const filled = fillPattern(parsed(source), entry);
  if (filled === null) return null;
  const index = new PathIndex();
  index.add(filled);
  return index.match(path).length > 0;
}

const many = (count: number, text: (n: number) => string) => Array.from({ length: count }, (_, n) => text(n)).join(",");

describe("parsePattern refuses", () => {
  it.each([
    ["!docs/**", "a leading !", 0],
    ["!(docs|web)/**", "a leading !", 0],
    ["{a,!b}/x", "a leading !", 0],
    ["./src/**", "a leading ./", 0],
    ["/src/**", "a leading /", 0],
    ["{a,}/b", "a leading /", 0],
    ["src/", "a trailing /", 3],
    ["{backend}/", "a trailing /", 9],
    ["x/{a,b/}", "a trailing /", 2],
    ["", "an empty pattern", 0],
    ["{,}", "only empty alternatives in braces", 0],
    ["a/../b", "a .. segment", 2],
    ["a/{b,..}/c", "a .. segment", 2],
    ["a/./b", "a . segment", 2],
    [".", "a . segment", 0],
    ["a\0b", "a NUL character", 1],
    ["a".repeat(2049), "a pattern of 2049 characters", 2048],
    ["x{1..1001}", "braces that expand to more than 1000 alternatives", 1],
    ["{{a,b}{c,d}{e,f},g}{1..200}", "braces that expand to more than 1000 alternatives", 0],
    ["*[{a,]}", "a [ without its ] beside braces", 1],
    ["{a,a}{1..501}", "braces that expand to more than 1000 alternatives", 0],
    ["a/[{key}]", "a placeholder after a [class] or a (group) in one segment", 3],
    ["a/@(x|{key})", "a placeholder after a [class] or a (group) in one segment", 6],
    ["**/*a*a*a*a*a*a*b", "more than 6 wildcards in one path segment", 3],
    ["a/{x,*b*b*b*b*b*b*b}", "more than 6 wildcards in one path segment", 5],
    ["+(a)+(a)+(a)+(a)+(a)+(a)+(a)b", "more than 6 wildcards in one path segment", 0],
    ["+(+(+(+(+(+(+(a)))))))", "more than 6 wildcards in one path segment", 0],
    ["a/?????????????", "more than 12 of ? and [class] in one path segment", 2],
    ["a/*!(b)", "!(…) inside a path segment", 2],
    ["a/!(b!(c))", "!(…) inside a path segment", 2],
    [`*${"a".repeat(255)}`, "a path segment of 256 characters with wildcards (at most 255)", 0],
    ["**/a/**/a/**/a/**/a/**/a/**/a/**/a/**/a/**", "more than 8 segments **", 0],
    ["**/*a*.{1..21}", "braces that expand to 21 segments with several wildcards (at most 20)", 7],
  ])("%j: %s", (source, message, offset) => {
    expect(parsePattern(source)).toEqual({ kind: "problem", message, offset, fix: expect.stringMatching(/\w/) });
  });
});

describe("parsePattern accepts", () => {
  it.each([
    "#a",
    "\\!a",
    "docs/!(a|b)/**",
    "docs/!(*.test).ts",
    "{a",
    "a}b",
    "{}",
    "c++/[id]/(group)/x",
    "**/*a*a*a*a*a*b",
    "\\*\\*\\*\\*\\*\\*\\*\\*",
    `**/*.{${many(300, (n) => `x${n}`)}}`,
    `backend/{${many(150, (n) => `name-${n}`)}}/**`,
    "{1..1000}",
    "????-??-??-*",
  ])("%j", (source) => {
    expect(parsePattern(source).kind).toBe("pattern");
  });

  it("and names the placeholders with their offsets", () => {
    expect(parsed("a/{backend}/{a,{build-type}}/\\{no}/{x,y}/{backend}").placeholders).toEqual([
      { key: "backend", offset: 2 },
      { key: "build-type", offset: 15 },
      { key: "backend", offset: 41 },
    ]);
  });
});

describe("what patterns match", () => {
  it.each([
    ["src/**", "src", false],
    ["src/**", "src/a/b", true],
    ["src/**", "src/.hidden", true],
    ["src/**", "srcs/a", false],
    ["src", "src/a.ts", false],
    ["**", ".github/x", true],
    ["**.md", "docs/a.md", false],
    ["**.md", "a.md", true],
    ["**/*.md", "a.md", true],
    ["a/**/b", "a/b", true],
    ["a/**/b", "a/x/y/b", true],
    ["a//b", "a/b", true],
    ["a/*/c", "a//c", false],
    ["app/(auth)/**", "app/(auth)/login.ts", true],
    ["app/[id]/page.tsx", "app/[id]/page.tsx", false],
    ["app/[id]/page.tsx", "app/d/page.tsx", true],
    ["app/\\[id]/page.tsx", "app/[id]/page.tsx", true],
    ["#a", "#a", true],
    ["a+(b)/c", "abb/c", true],
    ["x/!(docs|web)/**", "x/docs/a", false],
    ["x/!(docs|web)/**", "x/src/a", true],
    ["{src,lib}/{1..3}.ts", "lib/2.ts", true],
    ["{src,lib}/{1..3}.ts", "lib/4.ts", false],
    ["src{,/test}/**", "src/a", true],
    ["a b/é*", "a b/été", true],
    ["a\\b", "ab", true],
  ])("%j on %j: %s", (source, path, expected) => {
    expect(matches(source, path)).toBe(expected);
  });
});

describe("fillPattern", () => {
  it.each<[string, MatrixEntry, string, boolean]>([
    ["{dockerfile}", { dockerfile: "./backend/Dockerfile.go" }, "backend/Dockerfile.go", true],
    ["{dockerfile}", { dockerfile: "././a//b/../Dockerfile" }, "a/Dockerfile", true],
    ["{dockerfile}", { dockerfile: "/Dockerfile" }, "Dockerfile", true],
    ["{dockerfile}", { dockerfile: "../Dockerfile" }, "Dockerfile", false],
    ["{context}/**", { context: "./" }, "any/file", true],
    ["{context}/**", { context: "." }, "any/file", true],
    ["{context}/**", { context: "backend/" }, "backend/x", true],
    ["{context}/**", { context: "backend/" }, "backends/x", false],
    ["{context}/*.go", { context: "./" }, "a.go", true],
    ["{context}/*.go", { context: "./" }, "x/a.go", false],
    ["{context}", { context: "./" }, "any", false],
    ["b/{backend}/**", { backend: "*" }, "b/x/y", false],
    ["b/{backend}/**", { backend: "*" }, "b/*/y", true],
    ["b/{backend}/**", { backend: "**" }, "b/x/y", false],
    ["b/{backend}/**", { backend: "{x,y}" }, "b/x/y", false],
    ["b/{backend}/**", { backend: "{backend}" }, "b/{backend}/y", true],
    ["b/{backend}*", { backend: "[a]" }, "b/[a]z", true],
    ["b/{backend}*", { backend: "[a]" }, "b/az", false],
    ["b/{x,{backend}}/c", { backend: "a,b" }, "b/a,b/c", true],
    ["b/{x,{backend}}/c", { backend: "a,b" }, "b/b/c", false],
    ["**/{path}/*", { path: "a/b" }, "x/a/b/c", true],
    ["v{major}", { major: 12 }, "v12", true],
    ["{skip}.txt", { skip: false }, "false.txt", true],
    ["apps/{image}/**", { image: "radarr", backend: "arr" }, "apps/radarr/x", true],
    ["apps/{image}/**", { backend: "arr" }, "apps/arr/x", true],
  ])("%j with %j on %j: %s", (source, entry, path, expected) => {
    expect(matches(source, path, entry)).toBe(expected);
  });

  it.each<MatrixEntry>([{}, { key: null }, { key: "" }, { key: ["a"] }, { key: {} }])(
    "does not apply to %j",
    (entry) => {
      expect(fillPattern(parsed("a/{key}/**"), entry)).toBeNull();
    },
  );

  it("takes no value from a prototype", () => {
    expect(fillPattern(parsed("{constructor}"), {})).toBeNull();
    expect(entryText({}, "toString")).toBeNull();
  });

  it("shows the values in the text", () => {
    expect(fillPattern(parsed("a/{x}/{b,c}"), { x: "./v*" })?.text).toBe("a/v*/{b,c}");
    expect(fillPattern(parsed("{x}/**"), { x: "./" })?.text).toBe("**");
  });
});

describe("whatever is written, it is read or refused at once", () => {
  it("a class many times", () => {
    expect(parsePattern("[!ab]".repeat(34))).toMatchObject({ kind: "problem" });
    expect(parsePattern(Array(34).fill("[!ab]").join("/"))).toMatchObject({ kind: "pattern" });
    expect(parsePattern(`{x,${"[!ab]".repeat(12)}}`)).toMatchObject({ kind: "pattern" });
  });

  it("long runs of signs, repeated and nested", () => {
    const unit = fc.constantFrom(
      "[!ab]",
      "[",
      "]",
      "!(",
      "+(",
      ")",
      "*",
      "**",
      "?",
      "{",
      "}",
      ",",
      "{1..9}",
      "/",
      "\\",
      "a",
    );
    const text = fc.tuple(fc.string({ unit, minLength: 1, maxLength: 12 }), fc.integer({ min: 1, max: 400 }));
    fc.assert(
      fc.property(text, ([part, count]) => {
        const pattern = part.repeat(count).slice(0, 2048);
        expect(["pattern", "problem"]).toContain(parsePattern(pattern).kind);
      }),
      { numRuns: 300 },
    );
  }, 30_000);
});
