import type { LegRecord } from "../record/record.ts";
import { attestedLeg } from "./memory-store.ts";

/** The record of a leg in a registry and a layout. */
export function record(change: Partial<LegRecord> = {}): LegRecord {
  const { manifest, children } = attestedLeg("x", "amd64");
  return {
    tagSuffix: "-cpu-x",
    platformTag: "amd64",
    platforms: [{ os: "linux", architecture: "amd64" }],
    images: [
      { repository: "quay.io/example/backends", descriptor: manifest.descriptor, children },
      { repository: "oci:out", descriptor: manifest.descriptor, children },
    ],
    source: { revision: "6113728f27ae82c7b1a177c8d03f9e96e0adf246", version: "main" },
    run: { id: "17000000001", attempt: 1 },
    ...change,
  };
}
