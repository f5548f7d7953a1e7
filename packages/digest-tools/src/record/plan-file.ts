import type { Diagnostic } from "@fanfold-internal/kit/process/diagnostic";
import type { Environment } from "@fanfold-internal/kit/process/host";
import type { JsonReader } from "@fanfold-internal/kit/read/json-reader";
import { ambiguousArtifacts } from "@fanfold-internal/matrix/names";
import { DigestToolsError, problem } from "../base/error.ts";
import type { EventContext } from "../base/event-context.ts";
import type { Platform } from "../oci/descriptor.ts";
import { readDocument } from "../oci/descriptor-json.ts";
import { canonicalStoreName } from "../oci/image-name.ts";
import { formatPlatform, parsePlatforms, platformKey } from "../oci/platform.ts";
import { parseTagLatest, type TagLatest } from "../tags/tags.ts";

// GitHub starts at most 256 jobs of a matrix, and a family has at most 950 entries; the rest is what no field needs.
const MAX_GROUPS = 10_000;
const MAX_LEGS = 256;
const MAX_REPOSITORIES = 1000;
const MAX_TAG = 128;
const MAX_TEXT = 4096;

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

interface PlannedLeg {
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
  const groups = json.at("groups").items(MAX_GROUPS).map(plannedGroup);
  const images = json.at("images").items(MAX_REPOSITORIES);
  assertNamedOnce(groups, file);
  return {
    file,
    event: {
      name: event.at("name").optionalText(MAX_TEXT) ?? "unknown",
      ref: event.at("ref").optionalText(MAX_TEXT) || undefined,
      sha: event.at("sha").optionalText(MAX_TEXT) || undefined,
    },
    images: [...new Set(images.map((image) => image.parsed(canonicalStoreName)))],
    groups,
  };
}

/**
 * Where GitHub says which commit and ref a run is for, a plan must be for the same: one from elsewhere would set this
 * commit's tags on another's images.
 * @throws DigestToolsError `foreign-plan`
 */
export function assertPlanOfRun({ file, event }: MergePlan, { GITHUB_SHA, GITHUB_REF }: Environment): void {
  const compared = [
    ["commit", "GITHUB_SHA", event.sha, GITHUB_SHA],
    ["ref", "GITHUB_REF", event.ref, GITHUB_REF],
  ] as const;
  const problems = compared.flatMap(([what, variable, planned, ours]): readonly Diagnostic[] => {
    if (!ours || planned === ours) return [];
    const message = `the plan is for the ${what} ${planned ?? "(none)"}, but ${variable} is ${ours}`;
    return [
      { code: "foreign-plan", severity: "error", message, at: { file }, fix: "merge with the plan that this run made" },
    ];
  });
  if (problems.length > 0) {
    throw new DigestToolsError({ code: "foreign-plan", message: "expected the plan of this run", problems });
  }
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
  const items = group.at("legs").items(MAX_LEGS);
  const platformsOf = items.length < 2 ? singlePlatforms : legPlatforms;
  const tagSuffix = group.at("tag-suffix").text(MAX_TAG);
  const tagLatest = read(() => plannedTagLatest(group.at("tag-latest")));
  const legs = items.map((leg) => ({
    artifactName: safeName(leg.at("artifact-name")),
    platforms: read(() => platformsOf(leg.at("platform"))) ?? [],
  }));
  return { tagSuffix, tagLatest, legs, problems: [...problems, ...repeatedPlatforms(legs)] };
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

function plannedTagLatest(tagLatest: JsonReader): TagLatest {
  return tagLatest.present ? tagLatest.parsed(parseTagLatest) : "auto";
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
  for (const [name, other] of ambiguousArtifacts(seen)) {
    throw new DigestToolsError({
      code: "invalid-plan",
      message: `the artifact ${JSON.stringify(name)} would be taken for an attempt of ${JSON.stringify(other)}`,
      at: { file },
      fix: "rename one of their platform-tags: no name may be another's plus - and digits",
    });
  }
}
