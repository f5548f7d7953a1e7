import fc from "fast-check";

const parts = fc.constantFrom(
  "$",
  "%",
  "{",
  "}",
  "${",
  "%{",
  "$${",
  "%%{",
  "~",
  '"',
  "\\",
  "\n",
  "\r\n",
  "$(id)",
  "é",
  "if",
  " ",
);
/** A text of an argument or a label that somebody would have to quote. */
export const oddText: fc.Arbitrary<string> = fc.oneof(
  fc.array(parts, { minLength: 1, maxLength: 12 }).map((words) => words.join("")),
  // No argument of a program, and no label, holds a NUL.
  fc.string({ minLength: 1, unit: "binary" }).filter((random) => random.isWellFormed() && !random.includes("\0")),
);
// Only what is in normal form may have an equals sign in its name.
export const oddName: fc.Arbitrary<string> = oddText.filter(
  (random) => !random.includes("=") || random.normalize("NFC") === random,
);
