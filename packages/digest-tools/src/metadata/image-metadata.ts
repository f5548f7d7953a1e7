import type { Diagnostic } from "@fanfold-internal/kit/process/diagnostic";
import parseVersion from "semver/functions/parse.js";
import { problem, warning } from "../base/error.ts";
import { SEMVER_ANNOTATION, VERSION_ANNOTATION } from "../oci/annotations.ts";
import { tagProblem } from "../oci/reference.ts";
import type { MetadataEvent } from "./event.ts";
import { labelsOf } from "./labels-of.ts";
import type { Metadata } from "./metadata.ts";
import { type ImageTags, type Tag, tagsOf } from "./tags-of.ts";
import { UnusableValue } from "./template.ts";

/** What an image is published as. */
export interface ImageMetadata {
  /** In docker/metadata-action's order. Empty: no rule is about this event. */
  readonly tags: readonly Tag[];
  /** What `{{version}}` stands for: the first tag. Undefined without one. */
  readonly version: string | undefined;
  readonly labels: Readonly<Record<string, string>>;
  /**
   * Of the index, or of the image itself where it has none: its version, and where that is not the semantic version that
   * orders images, that one too. Moving tags are guarded by them.
   */
  readonly annotations: Readonly<Record<string, string>>;
  /** Why it cannot be published so: `invalid-tag`, `unusable-metadata`. */
  readonly problems: readonly Diagnostic[];
  /** `git-tag-not-taken`, `value-not-taken`, `untagged`. */
  readonly warnings: readonly Diagnostic[];
}

/**
 * Tags, labels and annotations of one image for one event.
 *
 * @param lookUp the value that the image's entry has under a key, as text; undefined where it has none
 */
export function imageMetadata(
  metadata: Metadata,
  event: MetadataEvent,
  lookUp: (key: string) => string | undefined,
): ImageMetadata {
  try {
    const found = tagsOf(metadata, event, lookUp);
    const { tags, version } = found;
    return {
      tags,
      version,
      labels: labelsOf(metadata.labels, { event, version, lookUp }),
      annotations: versionAnnotations(found),
      problems: tags.flatMap(({ name }) => nameProblem(name)),
      warnings: warningsOf(found),
    };
  } catch (error) {
    if (!(error instanceof UnusableValue)) throw error;
    const found = problem("unusable-metadata", {
      message: error.message,
      fix: 'see "metadata" in the config, and the keys of the entry that it uses',
    });
    return { tags: [], version: undefined, labels: {}, annotations: {}, problems: [found], warnings: [] };
  }
}

/**
 * An image whose tags somebody has written: none of them is computed, and no label is added. One that holds the event's commit
 * names that build for good, and any other whatever comes last.
 */
export function writtenMetadata(names: readonly string[], { sha }: Pick<MetadataEvent, "sha">): ImageMetadata {
  const commit = sha.slice(0, 7);
  const [version] = names;
  return {
    tags: names.map((name) => ({ name, kind: commit !== "" && name.includes(commit) ? "fixed" : "moving" })),
    version,
    labels: {},
    annotations: versionAnnotations({ version, semver: undefined }),
    problems: names.flatMap((name) => nameProblem(name)),
    warnings: [],
  };
}

/** What is said of an image that gets no tag. */
export const UNTAGGED: Diagnostic = warning("untagged", {
  message: "no rule of metadata gives a tag for this event: the image is published by digest alone",
  fix: "add a rule to metadata.tags: type=ref,event=branch is about branches, type=sha about every commit",
});

function versionAnnotations({
  version,
  semver,
}: Pick<ImageTags, "version" | "semver">): Readonly<Record<string, string>> {
  return {
    ...(version === undefined ? {} : { [VERSION_ANNOTATION]: version }),
    ...(semver === undefined || parseVersion(version)?.version === semver ? {} : { [SEMVER_ANNOTATION]: semver }),
  };
}

function nameProblem(name: string): readonly Diagnostic[] {
  const reason = tagProblem(name);
  if (reason === undefined) return [];
  return [
    problem("invalid-tag", {
      message: `tag ${JSON.stringify(name)} ${reason}`,
      fix: "shorten or rename what it is made of: the branch or git tag, the tag-suffix, or prefix, suffix and value in metadata",
    }),
  ];
}

function warningsOf({ tags, untakenGitTag, untakenValues }: ImageTags): readonly Diagnostic[] {
  return [
    ...(untakenGitTag === undefined
      ? []
      : [
          warning("git-tag-not-taken", {
            message: `no rule makes a tag of the git tag ${untakenGitTag}`,
            fix: "add one to metadata.tags that does: type=ref,event=tag takes any, type=match,pattern=… a part",
          }),
        ]),
    ...untakenValues.map(({ line, found }) =>
      warning("value-not-taken", {
        message: `${line} gives no tag: it cannot read ${JSON.stringify(found)}`,
        fix: "type=raw takes any value",
      }),
    ),
    ...(tags.length > 0 ? [] : [UNTAGGED]),
  ];
}
