import type { Diagnostic } from "@fanfold-internal/kit/process/diagnostic";
import { sanitizeTag } from "@fanfold-internal/matrix/names";
import parseVersion from "semver/functions/parse.js";
import { DigestToolsError, problem } from "../base/error.ts";
import type { EventContext } from "../base/event-context.ts";
import { isTag } from "../oci/reference.ts";

/**
 * A tag of a published image. `fixed`: names one build for good (a version, a commit). `moving`: names whatever came
 * last (`latest`, a branch), and is set only after all fixed tags.
 */
export interface Tag {
  readonly name: string;
  readonly kind: "fixed" | "moving";
}

export type TagLatest = "auto" | "true" | "false";

export interface TagRules {
  readonly tagLatest: TagLatest;
  /** Ends every tag, `latest` too. */
  readonly tagSuffix: string;
  /** As DOCKER_METADATA_SHORT_SHA_LENGTH; 7 when left out. */
  readonly shortShaLength?: number;
}

/**
 * The tags docker/metadata-action gives for `type=ref,event=branch`, `type=semver,pattern={{raw}}`, `type=sha` with the
 * flavor `latest=<tagLatest>`, `suffix=<tagSuffix>,onlatest=true`, in its order
 * (https://github.com/docker/metadata-action#tags-input).
 * @throws DigestToolsError `no-tag` when those rules give none, `invalid-tag` when they give what no registry takes
 */
export function computeTags(event: EventContext, rules: TagRules): readonly Tag[] {
  const tags = [...versionTags(event.ref), ...branchTags(event), ...shaTags(event.sha, rules.shortShaLength ?? 7)];
  const [first] = tags;
  if (first === undefined) {
    throw new DigestToolsError({
      code: "no-tag",
      message: `no tag follows from event ${JSON.stringify(event.name)}: it has neither a commit nor a ref`,
      fix: 'an event needs a ref or a commit: GITHUB_REF and GITHUB_SHA, or "ref" and "sha" of a plan\'s event',
    });
  }
  // The rule that gives the first tag alone decides what `auto` means.
  const latest = rules.tagLatest === "auto" ? first.autoLatest : rules.tagLatest === "true";
  const named = [...tags, ...(latest ? [{ name: "latest", kind: "moving" } as const] : [])].map(({ name, kind }) => ({
    name: sanitizeTag(name + rules.tagSuffix),
    kind,
  }));
  const distinct = named.filter((tag, index) => named.findIndex(({ name }) => name === tag.name) === index);
  for (const { name } of distinct) {
    assertTag(name, {
      long: "shorten the branch's name or the tag-suffix",
      bad: "rename the branch or the tag-suffix",
    });
  }
  return distinct;
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

/** @throws DigestToolsError `invalid-tag` */
export function parseShortShaLength(text: string | undefined): number {
  if (text === undefined || text === "") return 7;
  if (/^[1-9]\d*$/.test(text)) return Number(text);
  throw new DigestToolsError({
    code: "invalid-tag",
    message: `DOCKER_METADATA_SHORT_SHA_LENGTH is ${JSON.stringify(text)}`,
    fix: "set it to the number of characters to keep of a commit's hash, 1 or more",
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
  if (isTag(name)) return;
  const tooLong = name.length > 128;
  const reason = tooLong
    ? `has ${name.length} characters, 128 are allowed`
    : "must be a letter, a digit or _, then letters, digits, _ . and -";
  throw new DigestToolsError({
    code: "invalid-tag",
    message: `tag ${JSON.stringify(name)} ${reason}`,
    fix: tooLong ? long : bad,
  });
}

export interface TagClaim {
  /** For messages: the image's tag-suffix. */
  readonly tagSuffix: string;
  readonly tags: readonly Tag[];
}

/** Claims that collide, each with its problems. */
export function tagConflicts(claims: readonly TagClaim[]): ReadonlyMap<TagClaim, readonly Diagnostic[]> {
  const claimants = new Map<string, TagClaim[]>();
  for (const claim of claims) {
    for (const { name } of claim.tags) claimants.set(name, [...(claimants.get(name) ?? []), claim]);
  }
  const conflicts = new Map<TagClaim, readonly Diagnostic[]>();
  for (const [name, all] of claimants) {
    if (all.length < 2) continue;
    const suffixes = all.map(({ tagSuffix }) => JSON.stringify(tagSuffix)).join(" and ");
    const conflict = problem("tag-conflict", {
      message: `tag ${name} is claimed by the images with tag-suffix ${suffixes}`,
      fix: "give them suffixes that stay different as tags",
    });
    for (const claim of all) conflicts.set(claim, [...(conflicts.get(claim) ?? []), conflict]);
  }
  return conflicts;
}

interface Candidate extends Tag {
  readonly autoLatest: boolean;
}

function versionTags(ref: string | undefined): readonly Candidate[] {
  const tag = /^refs\/tags\/(.+)$/s.exec(ref ?? "")?.[1]?.replaceAll("/", "-");
  const version = tag === undefined ? null : parseVersion(tag);
  if (version === null) return [];
  return [{ name: version.raw, kind: "fixed", autoLatest: version.prerelease.length === 0 }];
}

function branchTags({ name, ref }: EventContext): readonly Candidate[] {
  // Its GITHUB_REF is the target branch, whose tag a pull request must not take; docker/metadata-action puts
  // refs/pull/<n>/merge in its place.
  if (name === "pull_request_target") return [];
  const branch = /^refs\/heads\/(.+)$/s.exec(ref ?? "")?.[1];
  return branch === undefined ? [] : [{ name: branch, kind: "moving", autoLatest: false }];
}

function shaTags(sha: string | undefined, length: number): readonly Candidate[] {
  return sha === undefined ? [] : [{ name: `sha-${sha.slice(0, length)}`, kind: "fixed", autoLatest: false }];
}
