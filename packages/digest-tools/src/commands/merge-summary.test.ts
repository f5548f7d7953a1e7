import type { Diagnostic } from "@fanfold-internal/kit/process/diagnostic";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { warning } from "../base/error.ts";
import type { GroupReport } from "../merge/run.ts";
import type { TagOutcome } from "../publish/publish.ts";
import { parseTag } from "../tags/tags.ts";
import { headline, publishedLines, reportJson } from "./merge-report.ts";
import { MAX_SUMMARY_BYTES, summaryMarkdown } from "./merge-summary.ts";

const DIGEST = `sha256:${"d".repeat(64)}` as const;
const ONE = "quay.io/example/backends";
const TWO = "docker.io/example/backends";

const tag = (repository: string, name: string, outcome: TagOutcome["outcome"]): TagOutcome => ({
  repository,
  tag: parseTag(name),
  outcome,
});

function report(change: Partial<GroupReport> = {}): GroupReport {
  const { tagSuffix = "-a" } = change;
  return {
    image: tagSuffix,
    tagSuffix,
    repositories: [ONE, TWO],
    verdict: "published",
    digest: DIGEST,
    platforms: ["linux/amd64", "linux/arm64"],
    tags: [ONE, TWO].flatMap((repository) => [tag(repository, "v1.2.3-a", "set"), tag(repository, "latest-a", "set")]),
    problems: [],
    warnings: [],
    ...change,
  };
}

const refused = (change: Partial<GroupReport>): GroupReport =>
  report({ tagSuffix: "-b", verdict: "refused", digest: undefined, tags: [], ...change });

const denied = (message: string): Diagnostic => ({ code: "denied", severity: "error", message });

describe("the step summary", () => {
  it("names repositories once, and per image what is the same in all of them", () => {
    const unchanged = report({ tagSuffix: "-c", verdict: "unchanged", tags: [tag(ONE, "v1-c", "unchanged")] });
    expect(summaryMarkdown([report(), unchanged])).toBe(
      [
        "",
        "## Merge: 2 images: 1 published, 1 unchanged",
        "",
        "In `quay.io/example/backends` and `docker.io/example/backends`:",
        "",
        "| Image | Tags | Platforms | Digest |",
        "| --- | --- | --- | --- |",
        `| -a | \`v1.2.3-a\` \`latest-a\` | linux/amd64, linux/arm64 | \`${DIGEST}\` |`,
        `| -c | \`v1-c\` | linux/amd64, linux/arm64 | \`${DIGEST}\` |`,
        "",
      ].join("\n"),
    );
  });

  it("says what was published again without a build, and which tag of its commit stays", () => {
    const again = report({
      tagSuffix: "-c",
      reused: "retag",
      tags: [ONE, TWO].flatMap((repository) => [
        tag(repository, "v1-c", "set"),
        tag(repository, "sha-6113728-c", "left"),
      ]),
    });
    const text = summaryMarkdown([
      report(),
      report({ reused: "claim" }),
      again,
      report({ reused: "heal", verdict: "planned" }),
    ]);
    expect(text).toContain("## Merge: 4 images: 1 published, 1 claimed, 1 retagged, 1 planned\n");
    expect(text).toContain("| -a (claimed) | `v1.2.3-a` `latest-a` |");
    expect(text).toContain("| -a (heal) | `v1.2.3-a` `latest-a` |");
    expect(text).toContain("| -c (retagged) | `v1-c` `sha-6113728-c` (left) |");
    expect([again, refused({ reused: "claim" })].map(headline)).toEqual([
      `retagged   -c  linux/amd64, linux/arm64  ${DIGEST}`,
      "refused    -b  claim",
    ]);
    expect(publishedLines(again)).toEqual([ONE, TWO].map((name) => `${name}:v1-c@${DIGEST} linux/amd64,linux/arm64`));
    expect(JSON.parse(reportJson([again, report()])).groups).toMatchObject([{ reused: "retag" }, { reused: null }]);
  });

  it("marks a tag that was kept, and says why", () => {
    const tags = [tag(ONE, "v1-a", "set"), tag(ONE, "latest-a", "kept"), tag(TWO, "v1-a", "set")];
    const text = summaryMarkdown([
      report({
        tags: [...tags, tag(TWO, "latest-a", "set")],
        warnings: [warning("tag-kept", { message: "it is newer", fix: "move it" })],
      }),
    ]);
    expect(text).toContain(`| -a | \`${ONE}\`: \`v1-a\` \`latest-a\` (kept)<br>\`${TWO}\`: \`v1-a\` \`latest-a\` | `);
    expect(text).toContain("| Image | Warning |\n| --- | --- |\n| -a | it is newer; move it |\n");
  });

  it("says of an image that was refused midway what stands all the same, and as what", () => {
    const tags = [
      tag(ONE, "v1-b", "set"),
      tag(ONE, "sha-6113728-b", "unchanged"),
      tag(TWO, "v1-b", "failed"),
      tag(TWO, "sha-6113728-b", "skipped"),
    ];
    const midway = refused({ digest: DIGEST, tags, problems: [denied("no")] });
    const before = refused({ tagSuffix: "-c", problems: [denied("no record")] });
    expect(summaryMarkdown([midway, before]).split("\n").slice(3)).toEqual([
      "| Refused | Why | Tags that are set nevertheless | Digest |",
      "| --- | --- | --- | --- |",
      `| -b | no | \`${ONE}\`: \`v1-b\` \`sha-6113728-b\`<br>\`${TWO}\`: \`v1-b\` (failed) | \`${DIGEST}\` |`,
      "| -c | no record |  |  |",
      "",
    ]);
  });

  it("claims nothing of a dry run", () => {
    const text = summaryMarkdown([report({ verdict: "planned", digest: undefined })]);
    expect(text).toContain("1 image: 1 planned");
    expect(text).toContain("In `quay.io/example/backends` and `docker.io/example/backends` a real run would");
    expect(text).toMatch(/linux\/arm64 \| {2}\|\n$/);
  });

  it("leaves out what is too much of one image, and says how much", () => {
    const problems = Array.from({ length: 39_995 }, (_, at) => denied(`${at}`));
    const text = summaryMarkdown([refused({ problems })]);
    expect(text).toContain("<br>9<br>and 39985 more |");
    expect(text.length).toBeLessThan(1000);
  });

  it("leaves out what is too much of all, of each kind", () => {
    const message = "é".repeat(3000);
    const many = Array.from({ length: 2000 }, (_, at) => [
      refused({ problems: [denied(message)] }),
      report({ tagSuffix: `-${at}`, warnings: [denied(message)] }),
    ]).flat();
    const text = summaryMarkdown(many);
    expect(Buffer.byteLength(text)).toBeLessThanOrEqual(MAX_SUMMARY_BYTES);
    for (const part of text.split(/\n\n(?=\|)/).slice(1)) {
      const rows = part.match(/^\| -[^-]/gm) ?? [];
      expect(rows.length).toBeGreaterThan(10);
      expect(part).toContain(`and ${2000 - rows.length} more, in the step's log`);
    }
  });

  it("has never more bytes than there is room for", () => {
    const text = fc.string({ unit: "binary", maxLength: 300 });
    const problems = fc.array(text.map(denied), { maxLength: 20 });
    const one = fc.record({
      tagSuffix: text,
      problems,
      warnings: problems,
      verdict: fc.constantFrom("refused", "published"),
    });
    fc.assert(
      fc.property(fc.array(one, { maxLength: 8 }), fc.nat(12_000), (changes, room) => {
        expect(Buffer.byteLength(summaryMarkdown(changes.map(report), room))).toBeLessThanOrEqual(room);
      }),
    );
  });
});
