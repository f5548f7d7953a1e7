import { expect, test } from "vitest";
import { cloneStepsOf, stepsOf } from "./page-steps.ts";

const PAGE = `# A page

\`\`\`sh
git init
\`\`\`

\`\`\`yaml a/b.yml
x: 1
\`\`\`

An excerpt:

\`\`\`yaml
x:
\`\`\`

\`\`\`sh fails
false
\`\`\`

\`\`\`text
it failed
\`\`\`

\`\`\`sh run.sh
true
\`\`\`

\`\`\`yaml clone .github/x.yml
y: 2
\`\`\`

\`\`\`sh clone
one
two
\`\`\`

\`\`\`text
not what anything here prints
\`\`\`
`;

test("files, commands and what they print are steps, in order; excerpts and clones are none", () => {
  expect(stepsOf(PAGE)).toEqual([
    { kind: "commands", script: "git init\n", fails: false, shown: undefined },
    { kind: "file", path: "a/b.yml", text: "x: 1\n" },
    {
      kind: "commands",
      script: "false\n",
      fails: true,
      shown: { text: "it failed\n", start: PAGE.indexOf("it failed") },
    },
    { kind: "file", path: "run.sh", text: "true\n" },
  ]);
});

test("what is done on a clone: its files, and each line of its commands", () => {
  expect(cloneStepsOf(PAGE)).toEqual([
    { kind: "file", path: ".github/x.yml", text: "y: 2\n" },
    { kind: "command", line: "one" },
    { kind: "command", line: "two" },
  ]);
});
