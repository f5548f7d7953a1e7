import type { Diagnostic } from "@fanfold-internal/kit/process/diagnostic";
import type { JsonReader } from "@fanfold-internal/kit/read/json-reader";
import { DigestToolsError, problem } from "../base/error.ts";
import { CONTENT_KEY_ANNOTATION } from "../oci/annotations.ts";
import type { Platform } from "../oci/descriptor.ts";
import { canonicalStoreName } from "../oci/image-name.ts";
import { formatPlatform, parsePlatforms, platformKey } from "../oci/platform.ts";
import { assertTag, parseTag, parseTagLatest, type Tag, type TagLatest } from "../tags/tags.ts";
import { type ReusedImage, reusedImage } from "./reused-image.ts";

// GitHub starts at most 256 jobs of a matrix; the rest is what no field needs.
const MAX_LEGS = 256;
const MAX_TAGS = 1000;
const MAX_TAG = 128;
const MAX_BASES = 1000;
const MAX_TEXT = 4096;
export const MAX_REPOSITORIES = 1000;

/** One image of a plan and its legs. */
export interface PlannedGroup {
  /** What people call it. */
  readonly image: string;
  readonly tagSuffix: string;
  /** The stores that it is published to. */
  readonly repositories: readonly string[];
  /** Undefined where the plan's values are invalid. */
  readonly tags: PlannedTags | undefined;
  /** For its index. */
  readonly annotations: Readonly<Record<string, string>>;
  /** One: a single. */
  readonly legs: readonly PlannedLeg[];
  /** Whether a single gets an index of its own; it is published as it was built otherwise. */
  readonly wrapped: boolean;
  /** Undefined: it is built in this run. */
  readonly reused: ReusedImage | undefined;
  /** Names of the images of this run that it is built from. */
  readonly bases: readonly string[];
  /** Invalid values, for which this image is refused, and no other. */
  readonly problems: readonly Diagnostic[];
}

type PlannedTags =
  /** `version` is what the image is published as. */
  | { readonly kind: "listed"; readonly tags: readonly Tag[]; readonly version: string | undefined }
  /** Those that follow from the plan's event: what a plan without tags means. */
  | { readonly kind: "by-event"; readonly tagLatest: TagLatest };

interface PlannedLeg {
  readonly artifactName: string;
  readonly platforms: readonly Platform[];
}

interface GroupGround {
  /** The stores of images that name none. */
  readonly shared: readonly string[];
  /** What the plan says of bases, by artifact name. */
  readonly bases: JsonReader;
}

/** Reads a group of a plan; everything that is wrong in it is among its problems. */
export function plannedGroup(group: JsonReader, index: number, { shared, bases: based }: GroupGround): PlannedGroup {
  const problems: Diagnostic[] = [];
  const read = <T>(value: () => T): T | undefined => {
    try {
      return value();
    } catch (error) {
      if (!(error instanceof DigestToolsError)) throw error;
      problems.push(...error.diagnostics);
      return undefined;
    }
  };
  const tagSuffix = read(() => group.at("tag-suffix").optionalText(MAX_TAG) ?? "");
  const image = read(() => group.at("image").optionalText(MAX_TEXT)) ?? tagSuffix ?? `groups[${index}]`;
  const items = read(() => legItems(group.at("legs"))) ?? [];
  const platformsOf = items.length < 2 ? singlePlatforms : legPlatforms;
  const legs = items.flatMap((leg): readonly PlannedLeg[] => {
    const artifactName = read(() => safeName(leg.at("artifact-name")));
    const platforms = read(() => platformsOf(leg.at("platform"))) ?? [];
    return artifactName === undefined ? [] : [{ artifactName, platforms }];
  });
  const repositories = read(() => repositoriesOf(group.at("images"), shared)) ?? [];
  const tags = read(() => tagsOf(group));
  const annotations = { ...read(() => textsOf(group.at("annotations"))), ...read(() => contentKeyOf(group)) };
  const bases = [...new Set(legs.flatMap(({ artifactName }) => read(() => builtBases(based, artifactName)) ?? []))];
  const wrapped = read(() => optionalBoolean(group.at("wrapped"))) ?? false;
  const reused = read(() => reusedImage(group.at("from"), repositories));
  problems.push(...repeatedPlatforms(legs));
  return {
    image,
    tagSuffix: tagSuffix ?? "",
    repositories,
    tags,
    annotations,
    legs,
    wrapped,
    reused,
    bases,
    problems,
  };
}

function optionalBoolean(json: JsonReader): boolean {
  return json.present && json.boolean();
}

/** The bases of an artifact that are built in this run. */
function builtBases(based: JsonReader, artifactName: string): readonly string[] {
  const bases = based.present ? based.at(artifactName) : based;
  if (!bases.present) return [];
  return bases
    .items(MAX_BASES)
    .flatMap((base) => (base.at("selected").boolean() ? [base.at("image").text(MAX_TEXT)] : []));
}

function legItems(legs: JsonReader): readonly JsonReader[] {
  const items = legs.items(MAX_LEGS);
  if (items.length === 0) throw legs.expected("at least one leg");
  return items;
}

function repositoriesOf(images: JsonReader, shared: readonly string[]): readonly string[] {
  const own = images.present
    ? [...new Set(images.items(MAX_REPOSITORIES).map((image) => image.parsed(canonicalStoreName)))]
    : shared;
  if (own.length === 0) throw images.expected("the repositories to publish to");
  return own;
}

function tagsOf(group: JsonReader): PlannedTags {
  const json = group.at("tags");
  if (!json.present) {
    const tagLatest = group.at("tag-latest");
    return { kind: "by-event", tagLatest: tagLatest.present ? tagLatest.parsed(parseTagLatest) : "auto" };
  }
  const names = [...new Set(json.items(MAX_TAGS).map(tagName))];
  const movingJson = group.at("moving-tags");
  const moving = movingJson.present ? movingJson.items(MAX_TAGS).map(tagName) : undefined;
  if (moving?.some((name) => !names.includes(name))) throw movingJson.expected("only tags that are among tags");
  return {
    kind: "listed",
    tags: names.map((name) =>
      moving === undefined ? parseTag(name) : { name, kind: moving.includes(name) ? "moving" : "fixed" },
    ),
    version: group.at("version").optionalText(MAX_TEXT) || undefined,
  };
}

function tagName(json: JsonReader): string {
  return json.parsed((name) => {
    assertTag(name, {
      long: "shorten it in the config, and plan again",
      bad: "rename it in the config, and plan again",
    });
    return name;
  });
}

function textsOf(json: JsonReader): Readonly<Record<string, string>> {
  return json.present ? json.texts() : {};
}

/** None where the plan does not know what the image is built from. */
function contentKeyOf(group: JsonReader): Readonly<Record<string, string>> {
  const key = group.at("content-key").optionalText(MAX_TEXT);
  if (key === undefined) return {};
  if (!/^[1-9][0-9]*-[0-9a-f]{64}$/.test(key)) throw group.at("content-key").expected("a content key, or null");
  return { [CONTENT_KEY_ANNOTATION]: key };
}

/** An index has one image for each platform. */
function repeatedPlatforms(legs: readonly PlannedLeg[]): readonly Diagnostic[] {
  const firstOf = new Map<string, string>();
  return legs.flatMap(({ artifactName, platforms }) =>
    platforms.flatMap((platform): readonly Diagnostic[] => {
      const key = platformKey(platform);
      const first = firstOf.get(key);
      firstOf.set(key, first ?? artifactName);
      if (first === undefined) return [];
      return [
        problem("duplicate-platform", {
          message: `the plan has ${formatPlatform(platform)} twice, for ${first} and ${artifactName}`,
          fix: "give each leg of an image its own platform, and plan again",
        }),
      ];
    }),
  );
}

/** A single's entry may leave its platform to the builder. */
function singlePlatforms(platform: JsonReader): readonly Platform[] {
  return (platform.optionalText(MAX_TEXT) ?? "") === "" ? [] : platform.parsed(parsePlatforms);
}

/** A leg is known by its platform. */
function legPlatforms(platform: JsonReader): readonly Platform[] {
  const platforms = singlePlatforms(platform);
  if (platforms.length === 1) return platforms;
  throw platform.expected("the one platform of this leg, like linux/amd64");
}

/** A name of one folder: what the artifact service accepts, and nothing that leads out of the record directory. */
function safeName(json: JsonReader): string {
  const name = json.text(MAX_TEXT);
  const characters = [...name].length;
  const plain = characters > 0 && characters <= 256 && !/["<>:|*?\\/\u0000-\u001f\u007f]/.test(name);
  if (!plain || name === "." || name === "..") throw json.expected("an artifact's name");
  return name;
}
