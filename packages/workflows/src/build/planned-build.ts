import { type MergePlan, parsePlan } from "@fanfold/digest-tools";
import { JsonReader } from "@fanfold-internal/kit/read/json-reader";
import { didYouMean } from "@fanfold-internal/kit/read/nearest";
import { entryValue, tagSuffixOf } from "@fanfold-internal/matrix/entry-values";
import { platformTexts } from "@fanfold-internal/matrix/platform";
import { WorkflowsError } from "../base/error.ts";
import { BUILT_LIST } from "../config/lists.ts";
import { narrowed } from "./inner-targets.ts";
import type { PlannedTest } from "./smoke-test.ts";
import type { BakeTarget } from "./target.ts";

/** One entry of a plan, and all that its job needs to build it. */
export interface PlannedBuild {
  readonly artifact: string;
  readonly target: BakeTarget;
  /** What is built inside it, for its platforms and the builder's, by the names that `contexts` have for it. */
  readonly inner: Readonly<Record<string, BakeTarget>>;
  /** As the entry names them; the builder's own where it names none. */
  readonly platforms: readonly string[];
  readonly tagSuffix: string;
  readonly platformTag: string | undefined;
  /** Repositories; none where the plan publishes nothing. */
  readonly images: readonly string[];
  /** Values that tell images of one repository apart, besides `tagSuffix`. */
  readonly groupValues: readonly string[];
  /** Of an image of this leg alone; undefined where the merge makes an index, which gets them. */
  readonly annotations: Readonly<Record<string, string>> | undefined;
  /** Registries that delete untagged images, besides those that are known. */
  readonly anchorHosts: readonly string[];
  readonly test: PlannedTest | undefined;
  readonly bases: readonly BuildBase[];
  readonly event: MergePlan["event"];
}

/** An image that an entry is built from, and that its build is handed. */
export interface BuildBase {
  /** The name of the build context that stands for it; undefined: no line names it, and it is only built before. */
  readonly context: string | undefined;
  /** Its name. */
  readonly image: string;
  /** Of its legs in this run; none where it is not built in it. */
  readonly artifacts: readonly string[];
  /** What asks for it, as `inner` names it; absent: the build itself. */
  readonly within?: string | undefined;
  /** Where the plan has found it published. Undefined: it is built in this run. */
  readonly published: { readonly store: string; readonly digest: string } | undefined;
}

/** The builds of a plan. */
export interface PlannedBuilds {
  readonly artifacts: readonly string[];
  /** @throws WorkflowsError `not-found`, `unbuildable` */
  readonly find: (artifact: string) => PlannedBuild;
}

/**
 * Reads the builds from the text of a `fanfold.plan/1`. `native`: the platform of this machine.
 * @throws WorkflowsError `unreadable-input`; DigestToolsError `invalid-plan`
 */
export function plannedBuilds(text: string, file: string, native: string): PlannedBuilds {
  const { event } = parsePlan(text, file);
  const json = planReader(text, file);
  const entries = new Map(entriesOf(json).map((item) => [item.at("artifact-name").text(), item.object()]));
  const groups = new Map(
    json
      .at("groups")
      .items()
      .flatMap((item) => legsOf(item).map((leg) => [leg, item])),
  );
  const find = (artifact: string): PlannedBuild => {
    const entry = entries.get(artifact);
    if (entry === undefined) throw noSuchBuild(artifact, [...entries.keys()], file);
    const group = groups.get(artifact);
    const platformTag = entryValue(entry, "platform-tag");
    const own = platformTag === undefined ? native : `linux/${platformTag}`;
    const platforms = platformTexts(entry["platforms"]) ?? [own];
    return {
      artifact,
      target: targetIn(json, file, artifact),
      inner: innerIn(json, artifact, [...platforms, native]),
      platforms,
      tagSuffix: tagSuffixOf(entry),
      platformTag,
      images: textsAt(group, "images") ?? textsAt(json, "images") ?? [],
      groupValues: textsAt(group, "group-values") ?? [],
      annotations: group === undefined ? undefined : wholeAnnotations(group),
      anchorHosts: textsAt(json, "anchor-hosts") ?? [],
      test: testIn(json),
      bases: basesIn(json, artifact),
      event,
    };
  };
  return { artifacts: [...entries.keys()], find };
}

function entriesOf(json: JsonReader): readonly JsonReader[] {
  const list = json.at("matrices").at(BUILT_LIST);
  return list.present ? list.at("entries").items() : [];
}

function noSuchBuild(artifact: string, names: readonly string[], file: string): WorkflowsError {
  return new WorkflowsError({
    code: "not-found",
    message: `the plan builds no artifact ${JSON.stringify(artifact)}${didYouMean(artifact, names)}`,
    at: { file },
    fix: names.length === 0 ? "it builds nothing" : `it builds ${fewOf(names)}`,
  });
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

function innerIn(json: JsonReader, artifact: string, asked: readonly string[]): PlannedBuild["inner"] {
  const all = json.at("linked");
  const found = all.present ? all.at(artifact) : all;
  if (!found.present) return {};
  return Object.fromEntries(found.keys().map((name) => [name, narrowed(found.at(name).object(), asked)]));
}

function legsOf(group: JsonReader): readonly string[] {
  return group
    .at("legs")
    .items()
    .map((leg) => leg.at("artifact-name").text());
}

function testIn(json: JsonReader): PlannedTest | undefined {
  const test = json.at("test");
  return test.present ? { run: test.at("run").text(), without: textsAt(test, "without") ?? [] } : undefined;
}

/** Those that are built in this run, and those that the plan knows by digest; others are taken by their names. */
function basesIn(json: JsonReader, artifact: string): readonly BuildBase[] {
  const all = json.at("bases");
  const found = all.present ? all.at(artifact) : all;
  if (!found.present) return [];
  return found.items().flatMap((base): readonly BuildBase[] => {
    const [context, within] = [base.at("context").optionalText(), base.at("within").optionalText()];
    const known = { context, image: base.at("image").text(), within };
    if (base.at("selected").boolean()) {
      return [{ ...known, artifacts: textsAt(base, "artifacts") ?? [], published: undefined }];
    }
    const digests = base.at("digest");
    const [first] = Object.entries(digests.present ? digests.texts() : {});
    if (first === undefined) return [];
    const [store, digest] = first;
    return [{ ...known, artifacts: [], published: { store, digest } }];
  });
}

function wholeAnnotations(group: JsonReader): Readonly<Record<string, string>> | undefined {
  const wrapped = group.at("wrapped");
  if (legsOf(group).length > 1 || (wrapped.present && wrapped.boolean())) return undefined;
  const annotations = group.at("annotations");
  return annotations.present ? annotations.texts() : {};
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
