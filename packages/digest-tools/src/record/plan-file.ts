import type { Diagnostic } from "@fanfold-internal/kit/process/diagnostic";
import type { Environment } from "@fanfold-internal/kit/process/host";
import type { JsonReader } from "@fanfold-internal/kit/read/json-reader";
import { ambiguousArtifacts } from "@fanfold-internal/matrix/names";
import { DigestToolsError, problem } from "../base/error.ts";
import type { EventContext } from "../base/event-context.ts";
import { readDocument } from "../oci/descriptor-json.ts";
import { canonicalStoreName } from "../oci/image-name.ts";
import type { SigningPolicy } from "../sign/policy.ts";
import { MAX_REPOSITORIES, type PlannedGroup, plannedGroup } from "./planned-group.ts";
import { plannedSigning } from "./planned-signing.ts";

// A family has at most 950 entries.
const MAX_GROUPS = 10_000;
const MAX_TEXT = 4096;

/** What merging needs of a `fanfold.plan/1`. */
export interface MergePlan {
  /** For messages. */
  readonly file: string;
  readonly event: EventContext;
  /** Every store that an image is published to. */
  readonly images: readonly string[];
  readonly groups: readonly PlannedGroup[];
  /** Undefined: images are not signed. */
  readonly sign?: SigningPolicy | undefined;
}

/**
 * Reads a plan as `fanfold plan --json` prints it. `file` is for messages. What concerns one image alone is among that
 * image's problems.
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
  const images = json.at("images");
  const shared = images.present ? images.items(MAX_REPOSITORIES).map((image) => image.parsed(canonicalStoreName)) : [];
  const groups = json
    .at("groups")
    .items(MAX_GROUPS)
    .map((group, index) => plannedGroup(group, index, { shared: [...new Set(shared)], bases: json.at("bases") }));
  const clashes = artifactClashes(groups);
  const building = builtArtifacts(json.at("matrices"));
  const problemsOf = (group: PlannedGroup): readonly Diagnostic[] =>
    [...group.problems, ...(clashes.get(group) ?? []), ...builtAndReused(group, building)].map((found) => ({
      ...found,
      at: found.at ?? { file },
    }));
  return {
    file,
    event: {
      name: event.at("name").optionalText(MAX_TEXT) ?? "unknown",
      ref: event.at("ref").optionalText(MAX_TEXT) || undefined,
      sha: event.at("sha").optionalText(MAX_TEXT) || undefined,
    },
    images: [...new Set([...shared, ...groups.flatMap(({ repositories }) => repositories)])],
    groups: groups.map((group) => ({ ...group, problems: problemsOf(group) })),
    sign: plannedSigning(json.at("sign")),
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
    return [{ code: "foreign-plan", severity: "error", message, at: { file }, fix: "use the plan that this run made" }];
  });
  if (problems.length > 0) {
    throw new DigestToolsError({ code: "foreign-plan", message: "expected the plan of this run", problems });
  }
}

/** What the jobs of this run build. */
function builtArtifacts(matrices: JsonReader): ReadonlySet<string> {
  if (!matrices.present) return new Set();
  const entries = matrices.keys().flatMap((list) => matrices.at(list).at("entries").items(MAX_GROUPS));
  return new Set(entries.flatMap((entry) => entry.at("artifact-name").optionalText(MAX_TEXT) ?? []));
}

/** An image is built or published again as it stands: a plan that says both was changed. */
function builtAndReused({ legs, reused }: PlannedGroup, building: ReadonlySet<string>): readonly Diagnostic[] {
  const both = reused === undefined ? undefined : legs.find(({ artifactName }) => building.has(artifactName));
  if (both === undefined) return [];
  return [
    problem("invalid-plan", {
      message: `the plan builds ${both.artifactName} and has "from", which says that nothing of its image is built`,
      fix: "pass what fanfold plan --json prints, unchanged",
    }),
  ];
}

/** Legs whose records would be taken for one another's: nobody could tell which image they are of. */
function artifactClashes(groups: readonly PlannedGroup[]): ReadonlyMap<PlannedGroup, readonly Diagnostic[]> {
  const owners = new Map<string, PlannedGroup[]>();
  for (const group of groups) {
    for (const { artifactName } of group.legs) owners.set(artifactName, [...(owners.get(artifactName) ?? []), group]);
  }
  const clashes = new Map<PlannedGroup, readonly Diagnostic[]>();
  const note = (group: PlannedGroup, message: string, fix: string): void => {
    clashes.set(group, [...(clashes.get(group) ?? []), problem("invalid-plan", { message, fix })]);
  };
  for (const [name, all] of owners) {
    if (all.length < 2) continue;
    const images = [...new Set(all.map(({ image }) => JSON.stringify(image)))];
    for (const group of new Set(all)) {
      note(
        group,
        `two legs have the artifact ${JSON.stringify(name)}: of the image${images.length > 1 ? "s" : ""} ${images.join(" and ")}`,
        "give each leg of an image its own platform-tag, and each image its own name",
      );
    }
  }
  for (const [name, other] of ambiguousArtifacts(owners.keys())) {
    for (const group of new Set([...(owners.get(name) ?? []), ...(owners.get(other) ?? [])])) {
      note(
        group,
        `the artifact ${JSON.stringify(name)} would be taken for an attempt of ${JSON.stringify(other)}`,
        "rename one of their platform-tags: no name may be another's plus - and digits",
      );
    }
  }
  return clashes;
}
