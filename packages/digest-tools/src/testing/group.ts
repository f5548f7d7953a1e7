import type { LegRecord } from "../record/record.ts";
import type { FoundRecord } from "../record/record-file.ts";
import type { FoundRecords } from "../record/records.ts";
import { attestedLeg, type MemoryStore, type TestLeg } from "./memory-store.ts";

export const REVISION = "6113728f27ae82c7b1a177c8d03f9e96e0adf246";

export interface TestGroup {
  readonly records: FoundRecords;
  readonly legs: readonly TestLeg[];
}

/** The records of an image's legs, pushed to these repositories. */
export function testGroup(
  tagSuffix: string,
  repositories: readonly string[],
  architectures: readonly string[] = ["amd64", "arm64"],
): TestGroup {
  const legs = architectures.map((architecture) => attestedLeg(tagSuffix, architecture));
  const records = architectures.map((architecture, at): readonly [string, FoundRecord] => {
    const { manifest, children } = legs[at] ?? attestedLeg(tagSuffix, architecture);
    const record: LegRecord = {
      tagSuffix,
      platformTag: architecture,
      platforms: [{ os: "linux", architecture }],
      images: repositories.map((repository) => ({ repository, descriptor: manifest.descriptor, children })),
      source: { revision: REVISION, version: "main" },
      run: { id: "17000000001", attempt: 1 },
    };
    const name = `digests${tagSuffix}--${architecture}`;
    return [name, { kind: "record", file: `records/${name}/record.json`, record }];
  });
  return { records: new Map(records), legs };
}

export async function pushLegs(store: MemoryStore, legs: readonly TestLeg[]): Promise<void> {
  for (const manifest of legs.flatMap(({ all }) => all)) await store.putManifest(manifest.descriptor.digest, manifest);
  store.log.length = 0;
}

/** One record of the map, changed. */
export function changed(records: FoundRecords, name: string, change: Partial<LegRecord>): FoundRecords {
  const found = records.get(name);
  if (found?.kind !== "record") throw new Error(`no record ${name}`);
  return new Map(records).set(name, { ...found, record: { ...found.record, ...change } });
}
