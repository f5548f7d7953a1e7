import type { Platform } from "./descriptor.ts";
import { DigestToolsError } from "./digest-tools-error.ts";
import type { EventContext } from "./event-context.ts";
import { JsonReader } from "./json-reader.ts";
import { parsePlatforms } from "./platform.ts";
import { canonicalStoreName } from "./store-name.ts";
import { parseTagLatest, type TagLatest } from "./tags.ts";

/** What merging needs of a `fanfold.plan/1`. */
export interface Plan {
  readonly event: EventContext;
  /** The stores that every group is published to. */
  readonly images: readonly string[];
  readonly groups: readonly PlannedGroup[];
}

export interface PlannedGroup {
  readonly tagSuffix: string;
  readonly tagLatest: TagLatest;
  readonly legs: readonly PlannedLeg[];
}

export interface PlannedLeg {
  readonly artifactName: string;
  readonly platforms: readonly Platform[];
}

/**
 * Reads a plan as `fanfold plan --json` prints it. `file` is for messages.
 * @throws DigestToolsError `invalid-plan`, `invalid-platform`, `invalid-reference`, `invalid-tag`; all name the file
 */
export function parsePlan(text: string, file: string): Plan {
  const json = JsonReader.parse(text, {
    name: file,
    code: "invalid-plan",
    fix: "it is to be what fanfold plan --json prints",
  });
  json.at("schema").literal("fanfold.plan/1");
  const event = json.at("event");
  const groups = json.at("groups").items().map(plannedGroup);
  const images = json.at("images").items();
  assertNamedOnce(groups, file);
  return {
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
  return {
    tagSuffix: group.at("tag-suffix").text(),
    tagLatest: parseTagLatest(group.at("tag-latest").optionalText() ?? ""),
    legs: group
      .at("legs")
      .items()
      .map((leg) => ({
        artifactName: safeName(leg.at("artifact-name")),
        platforms: plannedPlatforms(leg.at("platform")),
      })),
  };
}

/** A single's entry may leave its platform to the builder. */
function plannedPlatforms(platform: JsonReader): readonly Platform[] {
  return (platform.optionalText() ?? "") === "" ? [] : platform.parsed(parsePlatforms);
}

/** A name of one folder: what the artifact service takes, and nothing that leads out of the record directory. */
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
          message: `artifact ${JSON.stringify(artifactName)} stands for two legs, one of them of ${JSON.stringify(tagSuffix)}`,
          at: { file },
          fix: "give each leg of an image its own platform-tag",
        });
      }
      seen.add(artifactName);
    }
  }
}
