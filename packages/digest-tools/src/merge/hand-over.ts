import { imageText } from "@fanfold-internal/matrix/identity";
import { DigestToolsError, problem } from "../base/error.ts";
import type { RunContext } from "../base/event-context.ts";
import type { Digest, Platform } from "../oci/descriptor.ts";
import { formatPlatform, isPlatform } from "../oci/platform.ts";
import type { Store } from "../oci/store.ts";
import { missingChildren } from "../publish/publish.ts";
import type { MergePlan } from "../record/plan-file.ts";
import { describeSearch, readRecords } from "../record/records.ts";
import { groupsOfPlan, type MergeGroup } from "./groups.ts";
import { candidateOf, legProblems } from "./legs.ts";
import { readLegs } from "./read-legs.ts";
import { readyGroup } from "./ready.ts";

export interface HandOverInput {
  readonly plan: MergePlan;
  /** The name of an image of the plan. */
  readonly image: string;
  /** What may be asked of it, as far as the plan builds it for that; all of its platforms where it does so for none. */
  readonly platforms: readonly Platform[];
  /** Where the records of its legs lie. */
  readonly recordDirectories: readonly string[];
  /** The run, whose records these must be. Undefined outside Actions. */
  readonly run: RunContext | undefined;
}

/** An image as other builds of its run may take it. */
export interface HandedOver {
  /** The first store that it is published to. */
  readonly store: string;
  readonly digest: Digest;
}

/**
 * An image of this run before it is published: the index of the legs whose records are there, put by digest and without a tag;
 * what a single's build has pushed as it is. It may lack platforms that nobody asks for.
 * @throws DigestToolsError `missing-leg`: a platform that may be asked for has no record; `invalid-plan`, and as a merge does
 */
export async function handOver(
  input: HandOverInput,
  { openStore }: { readonly openStore: (name: string) => Store },
): Promise<HandedOver> {
  const { plan, image, recordDirectories, run } = input;
  const { group, repository } = plannedIn(plan, image);
  const names = group.legs.map(({ artifactName }) => artifactName);
  const records = await readRecords(recordDirectories, names);
  const searched = await describeSearch(recordDirectories, names);
  const missing = (leg: MergeGroup["legs"][number]): boolean =>
    (records.get(leg.artifactName) ?? { kind: "missing" }).kind === "missing";
  const lacking = neededLegs(group, input.platforms).filter(missing);
  if (lacking.length > 0) throw withoutLegs(group, lacking, searched);
  const there = group.legs.filter((leg) => !missing(leg));
  const candidates = there.map((leg) => candidateOf(leg, records));
  const expected = group.form === "as-built" ? group.expected : there.flatMap(({ planned }) => planned ?? []);
  const { tagSuffix, form, revision } = group;
  const judged = { tagSuffix, form, expected, revision, run, repositories: [repository], searched };
  refuse(group, legProblems({ ...judged, candidates }));
  const store = openStore(repository);
  const read = await readLegs(candidates, [repository], () => store);
  if (read.kind === "failed") throw refused(group, read.problems);
  refuse(group, legProblems({ ...judged, candidates: read.candidates }));
  const published = { kind: "tags", tags: [] } as const;
  const publication = { form, tagSuffix, annotations: {}, published, run };
  const { manifest, children } = readyGroup(read.candidates, read.legs, publication).index;
  refuse(group, await missingChildren([store], children));
  const { digest } = manifest.descriptor;
  if (form === "index" && (await store.headManifest(digest)) === undefined) await store.putManifest(digest, manifest);
  return { store: repository, digest };
}

function plannedIn(plan: MergePlan, image: string): { readonly group: MergeGroup; readonly repository: string } {
  // Its tags do not count: it gets none.
  const group = groupsOfPlan(plan, 7).find((each) => each.image === image);
  const [repository] = group?.repositories ?? [];
  if (group !== undefined && repository !== undefined) {
    // Whatever index a single gets later holds the same layers.
    const form = group.form === "wrapped" ? "as-built" : group.form;
    return { group: { ...group, form }, repository };
  }
  throw new DigestToolsError({
    code: "invalid-plan",
    message: `the plan publishes no image ${imageText(image)}, which others are built from`,
    at: { file: plan.file },
    fix: "pass what fanfold plan --json prints, unchanged",
  });
}

function neededLegs({ form, legs }: MergeGroup, platforms: readonly Platform[]): MergeGroup["legs"] {
  if (form === "as-built") return legs;
  const needed = legs.filter(
    ({ planned }) => planned !== undefined && platforms.some((one) => isPlatform(one, planned)),
  );
  return needed.length === 0 ? legs : needed;
}

function withoutLegs({ image }: MergeGroup, legs: MergeGroup["legs"], searched: string): DigestToolsError {
  const problems = legs.map(({ artifactName, planned }) => {
    const platform = planned === undefined ? "" : ` for ${formatPlatform(planned)}`;
    return problem("missing-leg", {
      message: `it is built from ${imageText(image)}, of which this run has nothing${platform}: ${artifactName} left no record ${searched}`,
      fix: `see why the build ${artifactName} failed, and run both again`,
    });
  });
  return new DigestToolsError({ code: "missing-leg", message: "expected the bases of this run", problems });
}

function refuse(group: MergeGroup, problems: DigestToolsError["diagnostics"]): void {
  if (problems.length > 0) throw refused(group, problems);
}

function refused({ image }: MergeGroup, problems: DigestToolsError["diagnostics"]): DigestToolsError {
  return new DigestToolsError({
    code: "verification-failed",
    message: `${imageText(image)}, which it is built from, cannot be used`,
    problems: problems.map((found) => ({ ...found, message: `its base ${imageText(image)}: ${found.message}` })),
  });
}
