import type { MergeGroup } from "../merge/groups.ts";
import { type GroupReport, type MergeOptions, mergeGroups } from "../merge/run.ts";
import { parsePlatforms } from "../oci/platform.ts";
import type { RecordedImage } from "../record/record.ts";
import type { FoundRecords } from "../record/records.ts";
import { parseTag } from "../tags/tags.ts";
import { pushLegs, REVISION, testGroup } from "./group.ts";
import { MemoryStore } from "./memory-store.ts";

export const REPOSITORIES: readonly string[] = ["quay.io/example/backends", "docker.io/example/backends"];

/** An image of two legs with a fixed and a moving tag. */
export function group(tagSuffix: string = "-cpu-x", tags: readonly string[] = ["sha-6113728", "latest"]): MergeGroup {
  return {
    image: tagSuffix,
    tagSuffix,
    repositories: REPOSITORIES,
    form: "index",
    annotations: {},
    legs: ["amd64", "arm64"].map((architecture) => ({
      artifactName: `digests${tagSuffix}--${architecture}`,
      planned: { os: "linux", architecture },
    })),
    expected: parsePlatforms("linux/amd64,linux/arm64"),
    revision: REVISION,
    tags: { kind: "tags", tags: tags.map((tag) => parseTag(tag + tagSuffix)) },
  };
}

export interface World {
  readonly stores: readonly MemoryStore[];
  readonly records: FoundRecords;
  readonly openStore: (name: string) => MemoryStore;
  readonly merge: (
    groups: readonly MergeGroup[],
    options?: Partial<MergeOptions>,
    found?: FoundRecords,
  ) => Promise<readonly GroupReport[]>;
  /** Merges the first image alone. */
  readonly one: (options?: Partial<MergeOptions>, found?: FoundRecords) => Promise<GroupReport>;
}

/** Stores that hold the legs of these images, and the legs' records. */
export async function world(
  suffixes: readonly string[] = ["-cpu-x"],
  repositories: readonly string[] = REPOSITORIES,
): Promise<World> {
  const stores = repositories.map((name) => new MemoryStore(name));
  const groups = suffixes.map((suffix) => testGroup(suffix, repositories));
  for (const store of stores) for (const { legs } of groups) await pushLegs(store, legs);
  const records: FoundRecords = new Map(groups.flatMap((one) => [...one.records]));
  const openStore = (name: string) => {
    const store = stores.find((candidate) => candidate.name === name);
    if (store === undefined) throw new Error(`no store ${name}`);
    return store;
  };
  const merge = (groupsToMerge: readonly MergeGroup[], options: Partial<MergeOptions> = {}, found = records) =>
    mergeGroups(
      { groups: groupsToMerge.map((one) => ({ ...one, repositories })), records: found },
      { openStore, ...options },
    );
  const one = async (options: Partial<MergeOptions> = {}, found = records): Promise<GroupReport> => {
    const [report] = await merge([group()], options, found);
    if (report === undefined) throw new Error("one report");
    return report;
  };
  return { stores, records, merge, one, openStore };
}

/** What a record of the map says of its first repository. */
export function legOf(records: FoundRecords, name: string): RecordedImage {
  const found = records.get(name);
  const image = found?.kind === "record" ? found.record.images[0] : undefined;
  if (image === undefined) throw new Error(`no record ${name}`);
  return image;
}
