import type { RunContext } from "../base/event-context.ts";
import type { MergeGroup } from "../merge/groups.ts";
import { type GroupReport, type MergeOptions, mergeGroups } from "../merge/run.ts";
import { OCI_INDEX } from "../oci/descriptor.ts";
import { digestOf } from "../oci/digest.ts";
import { parsePlatforms } from "../oci/platform.ts";
import type { Manifest, Store } from "../oci/store.ts";
import type { FoundRecords } from "../record/records.ts";
import { originAnnotations } from "../tags/moving-tag.ts";
import type { Tag } from "../tags/tags.ts";
import { REVISION } from "./group.ts";
import { plainLeg, pushRealLegs, type RealLeg, realLeg, recordOfLeg } from "./real-leg.ts";

const RUN: RunContext = { id: "17000000001", attempt: 1 };
const SUFFIX = "-x";
const ARCHITECTURES = ["amd64", "arm64", "s390x"];

/** An image as builds have pushed it, with the records that they left. */
export interface PushedImage {
  readonly group: MergeGroup;
  readonly legs: readonly RealLeg[];
  readonly records: FoundRecords;
}

export interface ImageShape {
  readonly built: "plain" | "attested";
  readonly form: MergeGroup["form"];
  /** One for an image as it was built. */
  readonly legs: number;
  readonly fixed: readonly string[];
  readonly moving: readonly string[];
}

export function pushedImage(shape: ImageShape, repositories: readonly string[]): PushedImage {
  const { built, form, fixed, moving } = shape;
  const architectures = ARCHITECTURES.slice(0, shape.legs);
  const make = built === "plain" ? plainLeg : realLeg;
  const legs = architectures.map((architecture) => make(SUFFIX, architecture));
  const name = (architecture: string) => `digests${SUFFIX}--${architecture}`;
  const tags = ([kind, names]: readonly ["fixed" | "moving", readonly string[]]) =>
    names.map((one): Tag => ({ name: one, kind }));
  return {
    group: {
      image: SUFFIX,
      tagSuffix: SUFFIX,
      repositories,
      form,
      legs: architectures.map((architecture) => ({ artifactName: name(architecture) })),
      expected: parsePlatforms(architectures.map((one) => `linux/${one}`).join()),
      revision: REVISION,
      tags: { kind: "tags", tags: [...tags(["fixed", fixed]), ...tags(["moving", moving])] },
      annotations: {},
    },
    legs,
    records: new Map(
      legs.map((leg) => {
        const record = recordOfLeg(leg, { tagSuffix: SUFFIX, repositories, revision: REVISION });
        return [name(leg.architecture), { kind: "record", file: "record.json", record }];
      }),
    ),
  };
}

/** Merges it as an attempt of its run, the first when left out. */
export async function mergeImage(
  { group, records }: PushedImage,
  openStore: (name: string) => Store,
  { attempt = 1, ...options }: Partial<MergeOptions> & { readonly attempt?: number } = {},
): Promise<GroupReport> {
  const input = { groups: [group], records, run: { ...RUN, attempt } };
  const [report] = await mergeGroups(input, { openStore, ...options });
  if (report === undefined) throw new Error("one report");
  return report;
}

/** The index that another run has made of these legs. */
export function indexOfRun(id: string, { legs }: PushedImage): Manifest {
  const manifests = legs.flatMap(({ children }) => children);
  const annotations = originAnnotations({ run: { id, attempt: 1 } });
  const bytes = Buffer.from(JSON.stringify({ schemaVersion: 2, mediaType: OCI_INDEX, manifests, annotations }));
  return { bytes, descriptor: { mediaType: OCI_INDEX, digest: digestOf(bytes), size: bytes.length } };
}

/** Pushes what the image is made of, and lets a tag stand for another index. */
export async function prepare(
  store: Store,
  { legs }: PushedImage,
  tagged?: readonly [string, Manifest],
): Promise<void> {
  await pushRealLegs(store, legs);
  if (tagged !== undefined) await store.putManifest(...tagged);
}
