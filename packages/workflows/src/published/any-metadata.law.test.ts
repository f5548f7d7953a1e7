import fc from "fast-check";
import { expect, test } from "vitest";
import { familyOf } from "../testing/family-of.ts";
import { builtGitTags, checkGitTags } from "./git-tags.ts";
import { publishedImages } from "./published-images.ts";
import { sampleEvent, sampleTagErrors } from "./sample-events.ts";
import { tagWarnings } from "./tag-findings.ts";

/** What lines of metadata are made of, and what disturbs them. */
const PIECES = [
  ...["raw", "sha", "semver", "match", "ref", "schedule", "edge", "branch", "tag", "true", "auto", "1", "a", "v", "-"],
  ...["type=", "value=", "pattern=", "event=", "enable=", "priority=", "prefix=", "suffix=", "group=", "latest=", ","],
  ...["{image}", "{v}", "{{version}}", "{{tag}}", "{{date 'YYYY'}}", "{{commit_date 'YYYY'}}", "{{is_default_branch}}"],
  ...["(.*)", "^v", "[", "(", '"', "{", "}", " ", "é", "\\"],
];
const STARTS = [
  ...["", "type=raw,value=", "type=semver,pattern={{version}},value=", "type=match,pattern=", "type=sha,prefix="],
  ...["type=ref,event=tag,suffix=", "type=schedule,pattern="],
];
const text = fc.array(fc.constantFrom(...PIECES), { minLength: 1, maxLength: 8 }).map((parts) => parts.join(""));
const rule = fc.tuple(fc.constantFrom(...STARTS), text).map(([start, rest]) => `${start}${rest}`);
const metadata = fc.record({
  tags: fc.array(rule, { maxLength: 3 }),
  flavor: fc.array(text, { maxLength: 2 }),
  labels: fc.array(
    text.map((value) => `k=${value}`),
    { maxLength: 2 },
  ),
});
const EVENTS = [
  sampleEvent("refs/heads/main"),
  sampleEvent("refs/tags/v1.2.3"),
  sampleEvent("refs/pull/7/merge", "pull_request"),
  { ...sampleEvent(""), sha: "", commitDate: undefined },
];

test("whatever metadata and values are, they give tags or findings with a place, and never throw", async () => {
  await fc.assert(
    fc.asyncProperty(metadata, fc.constantFrom("1.2.3", "x", "", "[", "é", "a/b"), async (lines, v) => {
      const images = ["ghcr.io/o/{image}"];
      const config = JSON.stringify({ images, metadata: lines, workflow: { tags: ["v*", "[ab]+*"] } });
      const entries = [
        { image: "a", v },
        { image: "b", v: "2", "tag-suffix": "-x" },
      ];
      const family = await familyOf(config, JSON.stringify({ include: entries }));
      for (const { at } of family.matrixFindings) expect(at).toHaveProperty("line");
      for (const event of EVENTS) tagWarnings(publishedImages(family, event));
      for (const { at } of [...sampleTagErrors(family), ...checkGitTags(family)]) expect(at).toHaveProperty("line");
      expect(builtGitTags(family)).toEqual(["v*", "[ab]+*"]);
    }),
    { numRuns: 500 },
  );
});
