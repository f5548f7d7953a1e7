import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { mutant, Random, randomText } from "../testing/random-dockerfile.ts";
import { parseDockerfile } from "./dockerfile.ts";
import { readMount } from "./mount.ts";
import { UNKNOWN } from "./shell-pattern.ts";
import { expandWord } from "./word.ts";

describe("parseDockerfile", () => {
  it("gives stages, their instructions and where they stand", () => {
    const text = `# syntax=docker/dockerfile:1
ARG VERSION=1
FROM alpine:$VERSION AS Build
COPY --from=tools a \\
  # a comment inside
  b /out/
RUN --mount=type=bind,source=src <<EOF
COPY not an instruction
EOF

FROM scratch
ONBUILD COPY ["a b", "/x"]
`;
    expect(parseDockerfile(text)).toMatchObject({
      kind: "dockerfile",
      syntax: "docker/dockerfile:1",
      globals: [{ line: 2, assignments: [{ name: "VERSION", value: "1" }] }],
      stages: [
        {
          from: { base: "alpine:$VERSION", name: "build", line: 3 },
          instructions: [
            { kind: "copy", from: "tools", sources: ["a", "b"], destination: "/out/", line: 4 },
            { kind: "run", mounts: ["type=bind,source=src"], line: 7 },
          ],
        },
        { from: { base: "scratch", name: "", line: 11 }, instructions: [{ trigger: 'COPY ["a b", "/x"]', line: 12 }] },
      ],
    });
  });

  it.each([
    ["", 0, "there are no instructions"],
    ["FROM alpine\nCOPY a\n", 2, "COPY takes at least a source and a destination"],
    ["FROM alpine\nRUN <<EOF\nx\n", 2, "the heredoc EOF is not closed"],
    ["COPY a /a\n", 1, "an instruction stands before FROM"],
    ["# escape=x\nFROM a\n", 1, "the escape character must be \\ or `, not x"],
    ["FROM alpine\nCOPY --form=x a /a\n", 2, "COPY has no flag --form"],
    ["FROM a AS 1\n", 1, "1 is not a stage's name"],
  ])("refuses %j with a line and a reason", (text, line, reason) => {
    expect(parseDockerfile(text)).toMatchObject({ kind: "refused", line, reason });
  });

  it("never throws, whatever the text", () => {
    fc.assert(
      fc.property(fc.oneof(fc.string({ unit: "binary" }), fc.string({ maxLength: 300 })), (text) => {
        expect(["dockerfile", "refused"]).toContain(parseDockerfile(text).kind);
      }),
    );
    for (let seed = 0; seed < 2000; seed++) {
      const random = new Random(seed);
      expect(["dockerfile", "refused"]).toContain(parseDockerfile(mutant(randomText(random), random)).kind);
    }
  });

  // Each is a line as long as BuildKit takes; what backtracks or recurses would take minutes or end the process.
  it("answers for hostile lines", () => {
    const long = 65_000;
    const fill = (part: string) => part.repeat(Math.floor(long / part.length));
    const bodies = ["ONBUILD ", "\\ ", "\r", "<<", "$A", "${A:-", '"', "<< ", "${A#*", "'a' ", "[[", " \t"].map(fill);
    for (const body of bodies) {
      for (const start of ["COPY ", "RUN --mount=", "ENV A=", "# syntax = ", "ONBUILD ", "FROM ", ""]) {
        const text = `${start}${body}x`.slice(0, long);
        expect(["dockerfile", "refused"]).toContain(parseDockerfile(`FROM a\n${text}\n`).kind);
        expect(["dockerfile", "refused"]).toContain(parseDockerfile(`${text}\nFROM a\n`).kind);
      }
    }
  });
});

describe("what nobody knows", () => {
  const env: Readonly<Record<string, string>> = { KNOWN: "a/b", EMPTY: "", UNKNOWN };
  const filled = (word: string) => expandWord(word, { escape: "\\", lookup: (name) => env[name] });

  it.each([
    ["x/$UNKNOWN", `x/${UNKNOWN}`],
    ["${UNKNOWN:-a}", UNKNOWN],
    ["${UNKNOWN:+a}", UNKNOWN],
    ["${UNKNOWN#a}", UNKNOWN],
    ["${UNKNOWN/a/b}", UNKNOWN],
    ["${KNOWN:-$UNKNOWN}", "a/b"],
    ["${EMPTY:-$UNKNOWN}", UNKNOWN],
    ["${EMPTY-$UNKNOWN}", ""],
    ["${UNSET:+$UNKNOWN}", ""],
    ["${KNOWN#$UNKNOWN}", UNKNOWN],
    ["${UNSET-b}", "b"],
  ])("%j is %j: it stays unknown where it counts, and only there", (word, expected) => {
    expect(filled(word)).toBe(expected);
  });

  it("is not followed where values grow without end", () => {
    let value = "aaaaaaaaaa";
    expect(() => {
      for (let round = 0; round < 60; round++) value = expandWord("$A$A", { escape: "\\", lookup: () => value });
    }).toThrow("a value has more than");
    expect(expandWord("${A#*a*a*a*a*b}", { escape: "\\", lookup: () => value })).toBe(UNKNOWN);
  });

  it("may be the type of a mount", () => {
    expect(readMount("type=$UNKNOWN,source=a", filled)).toEqual({ type: undefined, from: "", source: "a" });
    expect(readMount('"source=a,b",from=x,ro', filled)).toEqual({ type: "bind", from: "x", source: "a,b" });
  });
});
