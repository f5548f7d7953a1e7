import type { RunContext } from "../base/event-context.ts";
import type { MergeGroup } from "../merge/groups.ts";
import { type GroupReport, type MergeOptions, mergeGroups } from "../merge/run.ts";
import { CONTENT_KEY_ANNOTATION } from "../oci/annotations.ts";
import type { Digest } from "../oci/descriptor.ts";
import { parseIndex } from "../oci/image-content.ts";
import type { FoundRecords } from "../record/records.ts";
import type { ReuseReason } from "../record/reused-image.ts";
import { parseTag } from "../tags/tags.ts";
import { pushLegs } from "./group.ts";
import { attestedLeg, type MemoryStore } from "./memory-store.ts";
import { group } from "./merge-world.ts";

/** What runs of one image publish into stores that stay. */
export interface ReuseWorld {
  readonly stores: readonly MemoryStore[];
  /** Builds both legs from `seed`, which is the content key too, and merges them. */
  readonly build: (seed: string, run: PublishedRun) => Promise<GroupReport>;
  /** Publishes again what `index` says. */
  readonly reuse: (from: Reuse, run: PublishedRun, options?: Partial<MergeOptions>) => Promise<GroupReport>;
  /** The index under a tag, by repository. */
  readonly standing: (tag: string) => ReadonlyMap<string, Digest>;
  readonly read: (tag: string, store?: MemoryStore) => Read;
}

interface PublishedRun {
  readonly id: number;
  readonly tags: readonly string[];
  /** The commit; one of its own for each run when left out. */
  readonly revision?: string;
  readonly attempt?: number;
}

interface Reuse {
  readonly why: ReuseReason;
  readonly index: ReadonlyMap<string, Digest>;
  readonly key: string;
  readonly change?: Partial<MergeGroup>;
  readonly records?: FoundRecords;
}

interface Read {
  readonly annotations: Readonly<Record<string, string>>;
  readonly children: readonly Digest[];
}

export function runOf(id: number, attempt: number = 1): RunContext {
  return { id: String(id), attempt, server: "https://github.com" };
}

export function revisionOf(id: number): string {
  return id.toString(16).padStart(7, "0").padEnd(40, "c");
}

export function reuseWorld(stores: readonly MemoryStore[]): ReuseWorld {
  const openStore = (name: string): MemoryStore => {
    const found = stores.find((store) => store.name === name);
    if (found === undefined) throw new Error(`no store ${name}`);
    return found;
  };
  const base = (run: PublishedRun): MergeGroup => ({
    ...group("", []),
    revision: run.revision ?? revisionOf(run.id),
    repositories: stores.map(({ name }) => name),
    tags: { kind: "tags", tags: run.tags.map((name) => parseTag(name)), version: run.tags[0] },
  });
  const merged = async (
    one: MergeGroup,
    records: FoundRecords,
    run: PublishedRun,
    options: Partial<MergeOptions> = {},
  ): Promise<GroupReport> => {
    const [report] = await mergeGroups(
      { groups: [one], records, run: runOf(run.id, run.attempt) },
      { openStore, ...options },
    );
    if (report === undefined) throw new Error("one report");
    return report;
  };
  return {
    stores,
    build: async (seed, run) => {
      const legs = ["amd64", "arm64"].map((architecture) => ({ architecture, leg: attestedLeg(seed, architecture) }));
      for (const store of stores)
        await pushLegs(
          store,
          legs.map(({ leg }) => leg),
        );
      const one = base(run);
      const records: FoundRecords = new Map(
        legs.map(({ architecture, leg }) => {
          const name = `digests--${architecture}`;
          const images = stores.map((store) => ({ repository: store.name, descriptor: leg.manifest.descriptor }));
          const record = {
            tagSuffix: "",
            platformTag: architecture,
            platforms: [{ os: "linux", architecture }],
            images,
            source: { revision: one.revision, version: "main" },
            run: runOf(run.id),
          };
          return [name, { kind: "record", file: name, record }] as const;
        }),
      );
      return merged({ ...one, annotations: { [CONTENT_KEY_ANNOTATION]: seed } }, records, run);
    },
    reuse: ({ why, index, key, change = {}, records = new Map() }, run, options) =>
      merged({ ...base(run), reused: { why, index, key }, ...change }, records, run, options),
    standing: (tag) =>
      new Map(
        stores.flatMap((store): readonly [string, Digest][] => {
          const digest = store.tags.get(tag);
          return digest === undefined ? [] : [[store.name, digest]];
        }),
      ),
    read: (tag, store = stores[0]) => {
      const manifest = store?.manifests.get(store.tags.get(tag) ?? "sha256:");
      if (store === undefined || manifest === undefined) throw new Error(`no ${tag}`);
      const { annotations, children } = parseIndex(manifest, store);
      return { annotations, children: children.map(({ digest }) => digest) };
    },
  };
}
