import { type MergePlan, parsePlan } from "@fanfold/digest-tools";
import { JsonReader } from "@fanfold-internal/kit/read/json-reader";
import { didYouMean } from "@fanfold-internal/kit/read/nearest";
import { entryValue, tagSuffixOf } from "@fanfold-internal/matrix/entry-values";
import { platformTexts } from "@fanfold-internal/matrix/platform";
import { WorkflowsError } from "../base/error.ts";
import { BUILT_LIST } from "../config/lists.ts";
import type { BakeTarget } from "./target.ts";

/** One entry of a plan, and all that its job needs to build it. */
export interface PlannedBuild {
  readonly artifact: string;
  readonly target: BakeTarget;
  /** As the entry names them; the builder's own where it names none. */
  readonly platforms: readonly string[];
  readonly tagSuffix: string;
  readonly platformTag: string | undefined;
  /** Repositories; none where the plan publishes nothing. */
  readonly images: readonly string[];
  /** Values that tell images of one repository apart, besides `tagSuffix`. */
  readonly groupValues: readonly string[];
  /** Registries that delete untagged images, besides those that are known. */
  readonly anchorHosts: readonly string[];
  readonly event: MergePlan["event"];
}

/**
 * Finds an entry in the text of a `fanfold.plan/1`. `native`: the platform of this machine.
 * @throws WorkflowsError `not-found`, `unbuildable`; DigestToolsError `invalid-plan`
 */
export function plannedBuild(text: string, file: string, artifact: string, native: string): PlannedBuild {
  const { event } = parsePlan(text, file);
  const json = planReader(text, file);
  const names = json
    .at("matrices")
    .at(BUILT_LIST)
    .at("entries")
    .items()
    .map((item) => item.at("artifact-name").text());
  const at = names.indexOf(artifact);
  const found = json.at("matrices").at(BUILT_LIST).at("entries").items()[at];
  if (found === undefined) {
    throw new WorkflowsError({
      code: "not-found",
      message: `the plan builds no artifact ${JSON.stringify(artifact)}${didYouMean(artifact, names)}`,
      at: { file },
      fix: names.length === 0 ? "it builds nothing" : `it builds ${fewOf(names)}`,
    });
  }
  const entry = found.object();
  const platformTag = entryValue(entry, "platform-tag");
  const group = json
    .at("groups")
    .items()
    .find((item) => hasLeg(item, artifact));
  return {
    artifact,
    target: targetIn(json, file, artifact),
    platforms: platformTexts(entry["platforms"]) ?? [platformTag === undefined ? native : `linux/${platformTag}`],
    tagSuffix: tagSuffixOf(entry),
    platformTag,
    images: textsAt(group, "images") ?? textsAt(json, "images") ?? [],
    groupValues: textsAt(group, "group-values") ?? [],
    anchorHosts: textsAt(json, "anchor-hosts") ?? [],
    event,
  };
}

function targetIn(json: JsonReader, file: string, artifact: string): BakeTarget {
  const target = json.at("targets").at(artifact);
  if (target.present) return target.object();
  const reasons = (textsAt(json, "warnings") ?? []).filter((line) => line.includes(`${artifact} cannot be built`));
  throw new WorkflowsError({
    code: "unbuildable",
    message: reasons.length === 0 ? `the plan does not say how ${artifact} is built` : reasons.join("\n"),
    at: { file },
    fix: "mend what it says, and plan again",
  });
}

function hasLeg(group: JsonReader, artifact: string): boolean {
  return group
    .at("legs")
    .items()
    .some((leg) => leg.at("artifact-name").value === artifact);
}

function textsAt(json: JsonReader | undefined, key: string): readonly string[] | undefined {
  const found = json?.at(key);
  return found?.present === true ? found.items().map((item) => item.text()) : undefined;
}

function planReader(text: string, file: string): JsonReader {
  return JsonReader.parse(text, {
    at: { file },
    fix: "pass what fanfold plan --json prints, unchanged",
    error: (fault) => new WorkflowsError({ ...fault, code: "unreadable-input" }),
  });
}

function fewOf(names: readonly string[]): string {
  const shown = names.slice(0, 5).join(", ");
  return names.length > 5 ? `${shown} and ${names.length - 5} more` : shown;
}
