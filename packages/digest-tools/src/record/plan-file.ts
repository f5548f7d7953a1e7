import type { Diagnostic } from "@fanfold-internal/kit/process/diagnostic";
import type { JsonReader } from "@fanfold-internal/kit/read/json-reader";
import { DigestToolsError } from "../base/error.ts";
import type { EventContext } from "../base/event-context.ts";
import type { Platform } from "../oci/descriptor.ts";
import { readDocument } from "../oci/descriptor-json.ts";
import { canonicalStoreName } from "../oci/image-name.ts";
import { parsePlatforms } from "../oci/platform.ts";
import { parseTagLatest, type TagLatest } from "../tags/tags.ts";

/** What merging needs of a `fanfold.plan/1`. */
export interface MergePlan {
  /** For messages. */
  readonly file: string;
  readonly event: EventContext;
  /** The stores that every image is published to. */
  readonly images: readonly string[];
  readonly groups: readonly PlannedGroup[];
}

/** One image and its legs. */
export interface PlannedGroup {
  readonly tagSuffix: string;
  /** Undefined where the plan's value is invalid. */
  readonly tagLatest: TagLatest | undefined;
  readonly legs: readonly PlannedLeg[];
  /** Invalid values, for which this image is refused, and no other. */
  readonly problems: readonly Diagnostic[];
}

export interface PlannedLeg {
  readonly artifactName: string;
  readonly platforms: readonly Platform[];
}

/**
 * Reads a plan as `fanfold plan --json` prints it. `file` is for messages. An invalid value that concerns one image alone
 * is among that image's problems.
 * @throws DigestToolsError `invalid-plan`, `invalid-reference`; both name the file
 */
export function parsePlan(text: string, file: string): MergePlan {
  const json = readDocument(text, {
    at: { file },
    code: "invalid-plan",
    fix: "pass what fanfold plan --json prints, unchanged",
  });
  json.at("schema").literal("fanfold.plan/1");
  const event = json.at("event");
  const groups = json.at("groups").items().map(plannedGroup);
  const images = json.at("images").items();
  assertNamedOnce(groups, file);
  return {
    file,
    event: {
      name: event.at("name").optionalText() ?? "unknown",
      ref: event.at("ref").optionalText() || undefined,
      sha: event.at("sha").optionalText() || undefined,
    },
    images: [...new Set(images.map((image) => image.parsed(canonicalStoreName)))],
    groups,
  };
}

function plannedGroup(group: JsonReader): PlannedGroup {
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
  const legs = group.at("legs").items();
  const platformsOf = legs.length < 2 ? singlePlatforms : legPlatforms;
  return {
    tagSuffix: group.at("tag-suffix").text(),
    tagLatest: read(() => plannedTagLatest(group.at("tag-latest"))),
    legs: legs.map((leg) => ({
      artifactName: safeName(leg.at("artifact-name")),
      platforms: read(() => platformsOf(leg.at("platform"))) ?? [],
    })),
    problems,
  };
}

function plannedTagLatest(tagLatest: JsonReader): TagLatest {
  return tagLatest.present ? tagLatest.parsed(parseTagLatest) : "auto";
}

/** A single's entry may leave its platform to the builder. */
function singlePlatforms(platform: JsonReader): readonly Platform[] {
  return (platform.optionalText() ?? "") === "" ? [] : platform.parsed(parsePlatforms);
}

/** A leg is known by its platform. */
function legPlatforms(platform: JsonReader): readonly Platform[] {
  const platforms = singlePlatforms(platform);
  if (platforms.length === 1) return platforms;
  throw platform.expected("the one platform of this leg, like linux/amd64");
}

/** A name of one folder: what the artifact service accepts, and nothing that leads out of the record directory. */
function safeName(json: JsonReader): string {
  const name = json.text();
  const characters = [...name].length;
  const plain = characters > 0 && characters <= 256 && !/["<>:|*?\\/\u0000-\u001f\u007f]/.test(name);
  if (!plain || name === "." || name === "..") throw json.expected("an artifact's name");
  return name;
}

function assertNamedOnce(groups: readonly PlannedGroup[], file: string): void {
  const seen = new Set<string>();
  for (const { legs, tagSuffix } of groups) {
    for (const { artifactName } of legs) {
      if (seen.has(artifactName)) {
        throw new DigestToolsError({
          code: "invalid-plan",
          message: `two legs have the artifact ${JSON.stringify(artifactName)}, one of them of the image ${JSON.stringify(tagSuffix)}`,
          at: { file },
          fix: "give each leg of an image its own platform-tag",
        });
      }
      seen.add(artifactName);
    }
  }
}
