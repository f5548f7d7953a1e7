import type { Diagnostic } from "@fanfold-internal/kit/process/diagnostic";
import { DigestToolsError, problem } from "../base/error.ts";
import type { EventContext } from "../base/event-context.ts";
import type { MetadataEvent } from "../metadata/event.ts";
import { DEFAULT_METADATA, type Metadata, parseMetadata } from "../metadata/metadata.ts";
import { type Tag, tagsOf } from "../metadata/tags-of.ts";
import { nameIn } from "../oci/image-name.ts";
import { tagProblem } from "../oci/reference.ts";

export type { Tag } from "../metadata/tags-of.ts";

export type TagLatest = "auto" | "true" | "false";

export interface TagRules {
  readonly tagLatest: TagLatest;
  /** Ends every tag, `latest` too. */
  readonly tagSuffix: string;
  /** As DOCKER_METADATA_SHORT_SHA_LENGTH; 7 when left out. */
  readonly shortShaLength?: number;
}

/**
 * The tags docker/metadata-action gives for the rules that hold without `metadata` in a config, in its order.
 *
 * @throws DigestToolsError `no-tag` when those rules give none, `invalid-tag` when they give what no registry takes
 */
export function computeTags(event: EventContext, rules: TagRules): readonly Tag[] {
  const keys: Readonly<Record<string, string>> = { "tag-latest": rules.tagLatest, "tag-suffix": rules.tagSuffix };
  const { tags } = tagsOf(defaultRules(), metadataEvent(event, rules), (key) => keys[key]);
  if (tags.length === 0) throw noTagFollows(event.name);
  for (const { name } of tags) {
    assertTag(name, {
      long: "shorten the branch's name or the tag-suffix",
      bad: "rename the branch or the tag-suffix",
    });
  }
  return tags;
}

/** The error for an event that says nothing that a tag could be made of. */
export function noTagFollows(eventName: string): DigestToolsError {
  return new DigestToolsError({
    code: "no-tag",
    message: `no tag follows from event ${JSON.stringify(eventName)}: it has neither a commit nor a ref`,
    fix: 'an event needs a ref or a commit: GITHUB_REF and GITHUB_SHA, or "ref" and "sha" of a plan\'s event',
  });
}

let rulesRead: Metadata | undefined;

function defaultRules(): Metadata {
  if (rulesRead !== undefined) return rulesRead;
  const parsed = parseMetadata(DEFAULT_METADATA);
  if (parsed.kind === "invalid") throw new Error("the default metadata cannot be read");
  rulesRead = parsed.metadata;
  return rulesRead;
}

function metadataEvent({ name, ref = "", sha = "" }: EventContext, { shortShaLength = 7 }: TagRules): MetadataEvent {
  const unknown = new Date(0);
  return {
    name,
    // Its GITHUB_REF is the target branch, whose tag a pull request must not take.
    ref: name === "pull_request_target" ? "" : ref,
    sha,
    defaultBranch: undefined,
    baseRef: "",
    repository: { name: "", description: "", url: "", license: "" },
    commitDate: unknown,
    now: unknown,
    shortShaLength,
  };
}

/** `''` is `auto`, as in a matrix whose entries leave the key out. @throws DigestToolsError `invalid-tag` */
export function parseTagLatest(text: string): TagLatest {
  const value = text.trim() === "" ? "auto" : text.trim();
  if (value === "auto" || value === "true" || value === "false") return value;
  throw new DigestToolsError({
    code: "invalid-tag",
    message: `tag-latest is ${JSON.stringify(text)}`,
    fix: "write auto, true or false",
  });
}

/**
 * A tag that somebody named: fixed when it looks like a version or like `sha-` and a commit's hash, otherwise moving.
 * @throws DigestToolsError `invalid-tag`
 */
export function parseTag(name: string): Tag {
  assertTag(name);
  const fixed = /^v?\d+\.\d+\.\d+(?![0-9])/.test(name) || /^sha-[0-9a-f]{7}/.test(name);
  return { name, kind: fixed ? "fixed" : "moving" };
}

/** Suggested fixes for over-long and for otherwise invalid tags. */
interface TagAdvice {
  readonly long: string;
  readonly bad: string;
}

const NAMED: TagAdvice = { long: "shorten it", bad: "write it like v1.2.3-cpu or latest" };

/** @throws DigestToolsError `invalid-tag`; the default advice is for a tag that somebody wrote */
export function assertTag(name: string, { long, bad }: TagAdvice = NAMED): void {
  const reason = tagProblem(name);
  if (reason === undefined) return;
  throw new DigestToolsError({
    code: "invalid-tag",
    message: `tag ${JSON.stringify(name)} ${reason}`,
    fix: name.length > 128 ? long : bad,
  });
}

export interface TagClaim {
  /** For messages: what people call the image. */
  readonly image: string;
  /** Store names. */
  readonly repositories: readonly string[];
  readonly tags: readonly Tag[];
}

/** Claims of one tag in one repository, each with its problems. */
export function tagConflicts(claims: readonly TagClaim[]): ReadonlyMap<TagClaim, readonly Diagnostic[]> {
  const claimants = new Map<string, TagClaim[]>();
  for (const claim of claims) {
    for (const repository of claim.repositories) {
      for (const { name } of claim.tags) {
        const place = nameIn({ name: repository }, name);
        claimants.set(place, [...(claimants.get(place) ?? []), claim]);
      }
    }
  }
  const conflicts = new Map<TagClaim, readonly Diagnostic[]>();
  for (const [place, all] of claimants) {
    if (all.length < 2) continue;
    const images = all.map(({ image }) => JSON.stringify(image)).join(" and ");
    const conflict = problem("tag-conflict", {
      message: `${place} is claimed by the images ${images}`,
      fix: "give them repositories of their own, or tags that stay different: a tag-suffix each, or a prefix or suffix in metadata",
    });
    for (const claim of all) conflicts.set(claim, [...(conflicts.get(claim) ?? []), conflict]);
  }
  return conflicts;
}
