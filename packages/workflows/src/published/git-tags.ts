import { imageMetadata, type Metadata } from "@fanfold/digest-tools/planning";
import type { Diagnostic } from "@fanfold-internal/kit/process/diagnostic";
import { templateValue } from "@fanfold-internal/matrix/entry-values";
import { entryRefs } from "@fanfold-internal/matrix/find-image";
import type { Family } from "../config/family.ts";
import { sampleEvent } from "./sample-events.ts";

/** What is found about the git tags that a family is built for. */
export const GIT_TAG_CODES = {
  "git-tags-not-taken":
    "`workflow.tags` takes git tags of which no line of `metadata.tags` makes a tag: they build everything and publish no version.",
} as const;

/** Patterns of git tags that are built: those of the config, else all, unless no line of `metadata` could make a tag of one. */
export function builtGitTags(family: Family): readonly string[] {
  const { tags } = family.config.config.workflow ?? {};
  if (tags !== undefined) return tags;
  return family.metadata.tags.some(looksForMore) || FILLINGS.some((tag) => isTaken(tag, family)) ? ["*"] : [];
}

/** Patterns of `workflow.tags` whose git tags no rule takes, as far as that can be tried. */
export function checkGitTags(family: Family): readonly Diagnostic<keyof typeof GIT_TAG_CODES>[] {
  const { config, metadata } = family;
  // A regular expression may be about any git tag.
  if (metadata.tags.some(looksForMore)) return [];
  return (config.config.workflow?.tags ?? []).flatMap((pattern, index) => {
    const samples = sampleTags(pattern);
    const [first] = samples;
    if (first === undefined || samples.some((tag) => isTaken(tag, family))) return [];
    return [
      {
        code: "git-tags-not-taken",
        severity: "warning",
        message: `no line of metadata.tags makes a tag of git tags such as ${first}`,
        at: config.place(["workflow", "tags", index]),
        fix: "add one to metadata.tags: type=ref,event=tag takes any, type=match,pattern=… a part; or leave the pattern out",
      } as const,
    ];
  });
}

function looksForMore({ type, attributes }: Metadata["tags"][number]): boolean {
  return attributes.has("match") || (type === "match" && !attributes.has("value"));
}

function isTaken(tag: string, { matrix, metadata }: Family): boolean {
  const event = sampleEvent(`refs/tags/${tag}`);
  const entries = entryRefs(matrix.lists).map(({ entry }) => entry);
  // A matrix that is still empty says nothing of what it will hold.
  return (entries.length === 0 ? [{}] : entries).some((entry) => {
    const { warnings } = imageMetadata(metadata, event, (key) => templateValue(entry, key));
    return !warnings.some(({ code }) => code === "git-tag-not-taken");
  });
}

// What stands for a `*`: whole versions and parts of them.
const FILLINGS = ["1.2.3", "v1.2.3", "1.2", "1", "x"];

/** Git tags that a pattern takes (https://docs.github.com/actions/reference/workflows-and-actions/workflow-syntax#filter-pattern-cheat-sheet). */
function sampleTags(pattern: string): readonly string[] {
  if (pattern.startsWith("!")) return [];
  const plain = pattern
    .replace(/\[(.)[^\]]*\]/g, "$1")
    .replace(/\\(.)/g, "$1")
    .replace(/(?<=[^*])[+?]/g, "");
  const tags = FILLINGS.flatMap((first) => FILLINGS.map((next) => plain.replace(/\*+/, first).replace(/\*+/g, next)));
  return [...new Set(tags)];
}
