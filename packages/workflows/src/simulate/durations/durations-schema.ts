import type { JsonObject } from "@fanfold-internal/kit/read/json";

/** A week: longer than any job may run. */
const SECONDS: JsonObject = { type: "number", minimum: 0, maximum: 604_800 };

/** What `--durations FILE` takes. */
export const durationsSchema: JsonObject = {
  type: "object",
  additionalProperties: false,
  properties: {
    plan: SECONDS,
    merge: SECONDS,
    "merge-image": SECONDS,
    ok: SECONDS,
    build: SECONDS,
    emulated: { type: "number", minimum: 1, maximum: 1_000 },
    builds: { type: "object", additionalProperties: SECONDS },
  },
};

export interface DurationsData {
  readonly plan?: number;
  readonly merge?: number;
  readonly "merge-image"?: number;
  readonly ok?: number;
  readonly build?: number;
  readonly emulated?: number;
  readonly builds?: Readonly<Record<string, number>>;
}
