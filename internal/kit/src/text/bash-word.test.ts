import { execFileSync } from "node:child_process";
import fc from "fast-check";
import { expect, test } from "vitest";
import { bashArray, bashVariable, bashWord } from "./bash-word.ts";

const echoed = (words: readonly string[]): string[] => {
  const script = `${bashArray("words", words)}\nif (( \${#words[@]} > 0 )); then printf '%s\\0' "\${words[@]}"; fi\n`;
  return execFileSync("bash", ["-eu"], { input: script, encoding: "utf8" }).split("\0").slice(0, -1);
};

// Whole characters only: half of a surrogate pair has no bytes that bash could be given.
const text = fc.string({ unit: "binary" }).filter((value) => !value.includes("\0") && value.isWellFormed());

test("bash gives every text back as it was", () => {
  fc.assert(
    fc.property(
      fc.array(
        fc.oneof(
          text,
          fc.string({ unit: "grapheme" }).filter((value) => !value.includes("\0")),
        ),
      ),
      (words) => {
        expect(echoed(words)).toEqual(words);
      },
    ),
    { numRuns: 100 },
  );
});

test("the awkward ones by name", () => {
  const words = [
    "",
    " ",
    "'",
    '"',
    "$HOME",
    "${{ secrets.X }}",
    "`id`",
    "\\",
    "a\nb\r\tc",
    "-n",
    "!x",
    "*",
    "~",
    "ä 語 👍",
    "\u001b[31m",
  ];
  expect(echoed(words)).toEqual(words);
});

test("no word holds a dollar that could begin an expression of GitHub, or a byte outside ASCII", () => {
  fc.assert(
    fc.property(text, (value) => {
      const word = bashWord(value);
      expect(word.replace(/^\$'/, "'")).not.toContain("$");
      expect(word).toMatch(/^[\x20-\x7e]*$/);
    }),
  );
});

test("what is plain stays readable", () => {
  expect(bashVariable("target", "/mnt/big disk")).toBe("target='/mnt/big disk'");
  expect(bashWord("it's")).toBe("$'it\\047s'");
});

test("a NUL is refused", () => {
  expect(() => bashWord("a\0b")).toThrow(RangeError);
});
