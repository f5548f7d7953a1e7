import { Ajv, type SchemaObject } from "ajv";
import { DiskSetupError } from "../base/error.ts";
import { filesystemOf } from "./filesystems.ts";
import { type Probe, UNITS } from "./probe-data.ts";

/**
 * A probe from its JSON.
 *
 * @param name what to call the text in a complaint: a file name
 * @throws DiskSetupError `probe-invalid`
 */
export function parseProbe(text: string, name: string): Probe {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw invalid(name, error instanceof Error ? error.message : "no JSON", error);
  }
  const validate = new Ajv({ allErrors: false }).compile<Probe>(PROBE);
  if (validate(value)) {
    if (filesystemOf(value, "/") !== undefined) return value;
    throw invalid(name, 'no mount for "/" whose file system is listed');
  }
  const [first] = validate.errors ?? [];
  throw invalid(name, `${first?.instancePath || "the document"} ${first?.message ?? "is something else"}`);
}

function invalid(name: string, found: string, cause?: unknown): DiskSetupError {
  return new DiskSetupError({
    code: "probe-invalid",
    message: `expected a probe as "disk-setup probe" prints it, found: ${found}`,
    at: { file: name },
    fix: "make it anew: disk-setup probe > probe.json",
    cause,
  });
}

// No word of a shell, and no path, holds a NUL.
const string: SchemaObject = { type: "string", pattern: "^[^\\u0000]*$" };
const nullableString: SchemaObject = { ...string, type: ["string", "null"] };
const count: SchemaObject = { type: "integer", minimum: 0 };
const path: SchemaObject = { type: "string", pattern: "^/[^\\u0000]*$" };
const oneOf = (...values: readonly string[]): SchemaObject => ({ enum: values });
const object = (properties: Record<string, SchemaObject>): SchemaObject => ({
  type: "object",
  properties,
  required: Object.keys(properties),
});
const list = (items: SchemaObject): SchemaObject => ({ type: "array", items });
const amount = object({ size: count, free: count });
const access = oneOf("read-write", "read-only");

const PROBE: SchemaObject = object({
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
    ...list(object({ path, root: string, type: string, source: string, filesystem: string, access })),
    minItems: 1,
  },
  filesystems: {
    ...list(object({ id: string, type: string, mount: path, access, bytes: amount, inodes: amount })),
    minItems: 1,
  },
  docker: {
    anyOf: [
      object({ state: { const: "absent" } }),
      object({ state: { const: "unreachable" }, detail: string }),
      object({
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
      }),
    ],
  },
  temporary: object({ variable: nullableString, path }),
  workspace: path,
  trees: list(object({ row: string, path, kind: oneOf("directory", "link") })),
  inUse: list(path),
});
