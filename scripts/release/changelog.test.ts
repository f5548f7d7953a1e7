import { expect, test } from "vitest";
import { releaseNotes } from "./changelog.ts";

const MERGE = `# @fanfold/merge-matrix

## 1.1.0

### Minor Changes

- 50a1b99: Two packages.

  A second paragraph.

### Patch Changes

- Updated dependencies [50a1b99]
  - @fanfold/kit@1.1.0

## 1.0.0

### Major Changes

- 0000000: Long ago.
`;

const WORKFLOWS = `# @fanfold/workflows

## 1.1.0

### Minor Changes

- 50a1b99: Two packages.

  A second paragraph.
- 1234567: A list:
  - one
  - two

### Patch Changes

- 7654321: A repair.
- Updated dependencies [50a1b99]
  - @fanfold/merge-matrix@1.1.0
`;

test("each change stands once, with the packages that it is of, and no other version's", () => {
  const notes = releaseNotes("1.1.0", [
    { name: "@fanfold/merge-matrix", text: MERGE },
    { name: "@fanfold/workflows", text: WORKFLOWS },
  ]);
  expect(notes).toBe(`## Minor Changes

- Two packages.

  A second paragraph.

  (\`@fanfold/merge-matrix\`, \`@fanfold/workflows\`)

- A list:
  - one
  - two

  (\`@fanfold/workflows\`)

## Patch Changes

- A repair.

  (\`@fanfold/workflows\`)`);
});

test("a version without changes of its own has no notes", () => {
  expect(releaseNotes("2.0.0", [{ name: "@fanfold/workflows", text: WORKFLOWS }])).toBe("");
});

test("notes that GitHub would not take end at a whole change, and say so", () => {
  const changes = Array.from({ length: 2_000 }, (_, index) => `- 50a1b99: Change ${index}. ${"x".repeat(80)}`);
  const text = `# a\n\n## 1.0.0\n\n### Minor Changes\n\n${changes.join("\n")}\n`;
  const notes = releaseNotes("1.0.0", [{ name: "a", text }]);
  expect(notes.length).toBeLessThan(125_000);
  expect(notes).toMatch(/x\n\n {2}\(`a`\)\n\nThe rest is in the changelogs of the packages\.$/);
});
