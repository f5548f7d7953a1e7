import fc from "fast-check";
import { Minimatch } from "minimatch";
import { describe, expect, it } from "vitest";
import { PathIndex } from "./path-index.ts";
import { type ConcretePattern, fillPattern, type Pattern, parsePattern } from "./pattern.ts";

const OPTIONS = { dot: true, nocomment: true, nonegate: true, platform: "linux" } as const;
// Thousands of cases beside other tests on a busy machine: one second alone, many more under load.
const PATIENCE = 120_000;
const ESCAPED = /[\\*?[\]{}()|!+@,.^$-]/g;

function accepted(source: string): Pattern | undefined {
  const pattern = parsePattern(source);
  return pattern.kind === "problem" ? undefined : pattern;
}

function indexOf(patterns: readonly ConcretePattern[]): readonly [PathIndex, readonly (readonly number[])[]] {
  const index = new PathIndex();
  return [index, patterns.map((pattern) => index.add(pattern))];
}

const name = fc.constantFrom(
  "a",
  "b",
  "ab",
  "backend",
  "x.py",
  ".env",
  "README.md",
  "é",
  "日本",
  "a b",
  "#a",
  "1",
  "03",
);
const odd = fc.constantFrom(
  "[",
  "]",
  "(",
  ")",
  "{",
  "}",
  "!",
  "@",
  "+",
  "-",
  ",",
  "|",
  "^",
  "$",
  "~",
  "\\[",
  "\\*",
  "\\{",
  "\\",
);
const wild = fc.constantFrom(
  "*",
  "?",
  "**",
  "[ab]",
  "[!a]",
  "[^a-c]",
  "[[:alpha:]]",
  "[]]",
  "*.md",
  "*.*",
  ".*",
  "*_test.*",
);
const group = fc
  .tuple(
    fc.constantFrom("?", "*", "+", "@", "!"),
    fc.array(fc.oneof(name, fc.constantFrom("*", "a?", "")), { maxLength: 3 }),
  )
  .map(([kind, alternatives]) => `${kind}(${alternatives.join("|")})`);
const plainPiece = fc.oneof({ weight: 5, arbitrary: name }, { weight: 1, arbitrary: odd });
const piece = fc.oneof(
  { weight: 6, arbitrary: plainPiece },
  { weight: 3, arbitrary: wild },
  { weight: 1, arbitrary: group },
);
const braces = fc.oneof(
  fc
    .array(fc.oneof(piece, fc.constantFrom("", "a/b", "**", "a/**", "{b,c}", "{1..2}x")), {
      minLength: 1,
      maxLength: 4,
    })
    .map((of) => `{${of.join()}}`),
  fc.constantFrom("{1..3}", "{03..1}", "{a..c}", "{1..120}", "{a..e..2}", "{1..}", "{}", "${a,b}", "{a},b}"),
);
const segment = fc.oneof(
  { weight: 5, arbitrary: name },
  { weight: 3, arbitrary: fc.constant("**") },
  {
    weight: 3,
    arbitrary: fc
      .array(fc.oneof({ weight: 5, arbitrary: piece }, { weight: 1, arbitrary: braces }), {
        minLength: 1,
        maxLength: 3,
      })
      .map((of) => of.join("")),
  },
);
const source = fc
  .tuple(fc.array(segment, { minLength: 1, maxLength: 5 }), fc.constantFrom("/", "/", "/", "//"))
  .map(([of, slash]) => of.join(slash));

const directories = fc.array(name, { maxLength: 3 }).map((of) => of.join("/"));

/** A path the pattern may well match, and often just does not. */
function nearPath(pattern: string): fc.Arbitrary<string> {
  const fill = fc.array(fc.tuple(name, directories), { minLength: 12, maxLength: 12 });
  const mutate = fc.constantFrom<(path: string) => string>(
    (path) => path,
    (path) => path,
    (path) => `${path}/z`,
    (path) => `z/${path}`,
    (path) => path.slice(1),
    (path) => path.slice(0, -1),
    (path) => path.replace("/", ""),
    (path) => path.replace("/", "/./"),
    (path) => `${path}/`,
    (path) => `./${path}`,
    (path) => path.split("/").slice(0, -1).join("/"),
    (path) => path.toUpperCase(),
  );
  return fc.tuple(fill, mutate, fc.nat(7)).map(([values, change, pick]) => {
    let at = 0;
    const next = () => values[at++ % values.length] ?? ["a", "a"];
    const choose = (list: string, separator: string) => {
      const options = list.split(separator);
      return options[pick % options.length] ?? "";
    };
    const path = pattern
      .replace(/\{([^{}]*)\}/g, (_, list: string) => choose(list, list.includes(",") ? "," : ".."))
      .replace(/[?*+@!]\(([^()]*)\)/g, (_, list: string) => choose(list, "|"))
      .replace(/\*\*/g, () => next()[1])
      .replace(/\*/g, () => next()[0])
      .replace(/\[[^\]]+\]|\?/g, () => choose("a|b|c|z", "|"))
      .replace(/\\(.)/g, "$1")
      .replace(/\/{2,}/g, pick === 0 ? "//" : "/");
    return change(path);
  });
}

describe("PathIndex", () => {
  it(
    "agrees with minimatch on every accepted pattern and any path",
    () => {
      let agreed = 0;
      let matched = 0;
      const cases = source.chain((pattern) =>
        fc.tuple(fc.constant(pattern), fc.array(nearPath(pattern), { minLength: 1, maxLength: 6 })),
      );
      fc.assert(
        fc.property(fc.array(cases, { minLength: 1, maxLength: 4 }), (all) => {
          const kept = all.flatMap(([text]) => {
            const fixed = accepted(text)?.fixed;
            return fixed === undefined ? [] : [{ fixed, reference: new Minimatch(text, OPTIONS) }];
          });
          const [index, ids] = indexOf(kept.map(({ fixed }) => fixed));
          for (const path of all.flatMap(([, paths]) => paths)) {
            const hits = new Set(index.match(path));
            for (const [position, { fixed, reference }] of kept.entries()) {
              const hit = ids[position]?.some((id) => hits.has(id)) ?? false;
              const expected = reference.match(path);
              if (hit !== expected)
                throw new Error(
                  `${JSON.stringify(fixed.text)} on ${JSON.stringify(path)}: ${hit}, minimatch ${expected}`,
                );
              agreed++;
              if (hit) matched++;
            }
          }
        }),
        { numRuns: 2000 },
      );
      expect(matched / agreed).toBeGreaterThan(0.1);
    },
    PATIENCE,
  );

  it(
    "of a path that was no file says whatever it says of anything below it",
    () => {
      const cases = source.chain((pattern) =>
        fc.tuple(fc.constant(pattern), fc.array(nearPath(pattern), { minLength: 1, maxLength: 6 })),
      );
      let below = 0;
      fc.assert(
        fc.property(fc.array(cases, { minLength: 1, maxLength: 4 }), (all) => {
          const kept = all.flatMap(([text]) => accepted(text)?.fixed ?? []);
          const [index] = indexOf(kept);
          for (const path of all.flatMap(([, paths]) => paths)) {
            const names = path.split("/");
            if (names.some((each) => each === "" || each === "." || each === "..")) continue;
            const hits = index.match(path);
            for (const [depth] of names.slice(1).entries()) {
              const above = names.slice(0, depth + 1).join("/");
              const said = new Set([...index.match(above, "other"), ...index.inside(above, "other")]);
              const missed = hits.filter((id) => !said.has(id));
              if (missed.length > 0) throw new Error(`${JSON.stringify(path)} is met, and ${above} is not: ${all}`);
              below += hits.length;
            }
          }
        }),
        { numRuns: 2000 },
      );
      expect(below).toBeGreaterThan(1000);
    },
    PATIENCE,
  );

  it(
    "takes values of placeholders literally",
    () => {
      const value = fc
        .array(fc.oneof(name, odd, wild, braces, group), { minLength: 1, maxLength: 3 })
        .map((of) => of.join(""));
      const around = fc.constantFrom(
        "{v}",
        "a/{v}",
        "{v}/**",
        "a/{v}/b",
        "**/{v}",
        "*{v}",
        "x-{v}/*",
        "{a,{v}}/b",
        "{{v},c}*",
        "{v}{v}/?",
      );
      const near = (text: string) => nearPath(text).map((path) => path.replace(/^\/+/, ""));
      const cases = fc.tuple(around, value).chain(([template, v]) => {
        const texts = [template.replaceAll("{v}", v), template.replaceAll("{v}", "ab"), template];
        return fc.tuple(fc.constant(template), fc.constant(v), fc.tuple(...texts.map(near)), fc.constant(v));
      });
      fc.assert(
        fc.property(cases, ([template, v, paths]) => {
          fc.pre(!/(?:^|\/)\.{0,2}(?:\/|$)/.test(v));
          const pattern = accepted(template);
          if (pattern === undefined) throw new Error(`${template} is refused`);
          const filled = fillPattern(pattern, { v });
          if (filled === null) throw new Error(`${template} does not apply`);
          const [index] = indexOf([filled]);
          const reference = new Minimatch(
            template.replaceAll("{v}", () => v.replace(ESCAPED, "\\$&")),
            OPTIONS,
          );
          const exact = template
            .replace(/\{a,\{v\}\}|\{\{v\},c\}/, "{v}")
            .replaceAll("{v}", () => v)
            .replaceAll("**", "y")
            .replace(/[*?]/g, "");
          for (const path of [...paths, exact]) {
            if (path === "") continue;
            expect([path, index.match(path).length > 0]).toEqual([path, reference.match(path)]);
          }
        }),
        { numRuns: 2000 },
      );
    },
    PATIENCE,
  );

  it("gives equal alternatives one id", () => {
    const fixed = (text: string) => accepted(text)?.fixed ?? expect.unreachable();
    const [index, ids] = indexOf(["a/**", "{a,b}/**", "a//**", "*.md", "*.md", "x", "{x,x}"].map(fixed));
    expect(ids).toEqual([[0], [0, 1], [0], [2], [2], [3], [3]]);
    expect(index.size).toBe(4);
    expect(index.match("a/x")).toEqual([0]);
  });

  it("takes patterns after it has answered", () => {
    const fixed = (text: string) => accepted(text)?.fixed ?? expect.unreachable();
    const [index] = indexOf([fixed("a/**")]);
    expect(index.match("a/b/c")).toEqual([0]);
    index.add(fixed("a/b/**"));
    expect(index.match("a/b/c")).toEqual([0, 1]);
  });

  // Each needs all of a long path to be read before it is known that the `d` it asks for is not there. An engine that
  // backtracks would not come back within the time limit of a test.
  it("answers for demanding patterns and long paths", () => {
    const patterns = [
      "**/*a*a*d*a*a*c",
      "**/*a????d???????*c",
      "**/*[ab]??[ab]??d??[ab]??*c",
      "**/!(*a????????)*(a|b?)d*c",
      "**/!(a*b|ab)*+(a|ab|aab)*d*c",
      "**/*a*/**/*b*/**/*a*d*/**/*b*/**/*a*c",
      "+(a|aa|+(a|b|+(a|ab)))*d*c",
    ];
    const [index] = indexOf(patterns.map((text) => accepted(text)?.fixed ?? expect.unreachable()));
    // A linear congruential generator: the same letters each time, in no pattern an engine could take advantage of.
    let state = 1;
    const letter = () => {
      state = (Math.imul(state, 1103515245) + 12345) >>> 0;
      return (state & 0x10000) === 0 ? "a" : "b";
    };
    const letters = (length: number) => Array.from({ length }, letter).join("");
    const segments = Array.from({ length: 16 }, () => letters(254)).join("/");
    const paths = [letters(4095), "a".repeat(4095), "ab".repeat(2047), "ab/".repeat(1365), segments];
    for (const path of paths) expect(index.match(`${path}c`)).toEqual([]);
    expect(index.match(`${letters(2000)}d${letters(2000)}c`)).toContain(0);
  });
});
