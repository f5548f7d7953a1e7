import type { JsonObject } from "@fanfold-internal/kit/read/json";
import { RESTRICTIONS } from "./mounts.ts";
import { UNITS } from "./probe-data.ts";

// No word of a shell, and no path, holds a NUL.
const string: JsonObject = { type: "string", pattern: "^[^\\u0000]*$" };
const nullableString: JsonObject = { ...string, type: ["string", "null"] };
const count: JsonObject = { type: "integer", minimum: 0 };
const path: JsonObject = { type: "string", pattern: "^/[^\\u0000]*$" };
// What the script prints as it is.
const plainPath: JsonObject = { type: "string", pattern: "^/[^\\u0000-\\u001f\\u007f]*$" };
const oneOf = (...values: readonly string[]): JsonObject => ({ enum: values });
const object = (properties: Record<string, JsonObject>, optional: Record<string, JsonObject> = {}): JsonObject => ({
  type: "object",
  properties: { ...properties, ...optional },
  required: Object.keys(properties),
});
const list = (items: JsonObject): JsonObject => ({ type: "array", items });
const amount = object({ size: count, free: count });
const backing: JsonObject = {
  anyOf: [
    object({ kind: { const: "memory" } }),
    object({ kind: { const: "file" }, path, filesystem: string, allocation: oneOf("sparse", "full") }),
  ],
};
const access = oneOf("read-write", "read-only");

/** JSON Schema of a probe. */
export const PROBE: JsonObject = object(
  {
    schema: { const: "fanfold.disk-probe/1" },
    runner: object({ environment: nullableString, arch: string, image: nullableString, imageVersion: nullableString }),
    machine: object({
      kind: oneOf("machine", "container"),
      init: oneOf("systemd", "other"),
      user: oneOf("root", "ordinary"),
      rsync: oneOf("present", "absent"),
    }),
    disks: list(
      object({ name: string, device: string, kind: oneOf("disk", "partition", "loop", "other"), bytes: count }),
    ),
    mounts: {
      ...list(
        object(
          { path, root: string, type: string, source: string, filesystem: string, access },
          { restrictions: list(oneOf(...RESTRICTIONS)) },
        ),
      ),
      minItems: 1,
    },
    filesystems: {
      ...list(
        object(
          { id: string, type: string, mount: path, access, bytes: amount, inodes: amount },
          { standsOn: list(backing) },
        ),
      ),
      minItems: 1,
    },
    docker: {
      anyOf: [
        object({ state: { const: "absent" } }),
        object({ state: { const: "unreachable" }, detail: string }),
        object(
          {
            state: { const: "running" },
            version: string,
            endpoint: oneOf("system", "elsewhere"),
            store: oneOf("classic", "containerd"),
            driver: string,
            dataRoot: path,
            containerdRoot: { anyOf: [path, { type: "null" }] },
            storeBytes: { anyOf: [count, { type: "null" }] },
            runningContainers: count,
            images: count,
            reclaimable: count,
            units: list(oneOf(...UNITS)),
          },
          { preinstalled: object({ images: list(string), bytes: count }), builders: list(string) },
        ),
      ],
    },
    temporary: object({ variable: nullableString, path }),
    workspace: path,
    trees: list(object({ row: string, path: plainPath, kind: oneOf("directory", "link") })),
    inUse: list(path),
  },
  { unfinished: object({ stores: list(object({ from: plainPath, to: plainPath })), units: list(oneOf(...UNITS)) }) },
);
