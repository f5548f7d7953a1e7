import { inputsProperties } from "@fanfold/changed-backends/internal";
import { DEFAULT_METADATA } from "@fanfold/digest-tools/planning";
import { isJsonObject, type Json, type JsonObject } from "@fanfold-internal/kit/read/json";
import type { PathStep } from "@fanfold-internal/kit/read/yaml-source";
import { BUILD_KEYS } from "./build-keys.ts";
import { type ConfigKey, TOP_KEYS, WORKFLOW_KEYS } from "./keys.ts";

/** The keys of a config: at its top, under `build` and under `workflow`. */
export interface KeyTable {
  readonly top: Readonly<Record<string, ConfigKey>>;
  readonly build: Readonly<Record<string, ConfigKey>>;
  readonly workflow: Readonly<Record<string, ConfigKey>>;
}

export const CONFIG_KEYS: KeyTable = {
  top: { ...TOP_KEYS, metadata: { ...TOP_KEYS.metadata, default: { ...DEFAULT_METADATA } }, ...inputKeys() },
  build: BUILD_KEYS,
  workflow: WORKFLOW_KEYS,
};

/** The keys that say which files an entry is built from belong to changed-backends, which reads them alone, too. */
function inputKeys(): Readonly<Record<string, ConfigKey>> {
  const keys = Object.entries(inputsProperties).map(([name, schema]): [string, ConfigKey] => {
    if (!isJsonObject(schema)) throw new Error(`the schema of ${name} is not an object`);
    const { description, default: otherwise, ...rest } = schema;
    const key = { schema: rest, meaning: String(description) };
    return [name, otherwise === undefined ? key : { ...key, default: otherwise }];
  });
  return Object.fromEntries(keys);
}

/** Every key with the way to it from the config's root. */
export function eachKey({
  top,
  build,
  workflow,
}: KeyTable): readonly (readonly [path: readonly string[], key: ConfigKey])[] {
  return [
    ...Object.entries(top).map(([name, key]) => [[name], key] as const),
    ...Object.entries(build).map(([name, key]) => [["build", name], key] as const),
    ...Object.entries(workflow).map(([name, key]) => [["workflow", name], key] as const),
  ];
}

/** The JSON Schema (draft 2020-12) of a config with these keys. */
export function schemaOf({ top, build, workflow }: KeyTable): JsonObject {
  return {
    $schema: "https://json-schema.org/draft/2020-12/schema",
    title: "Fanfold config",
    description: "One family of container images and its workflows. Paths start at the repository's root.",
    type: "object",
    additionalProperties: false,
    properties: {
      ...properties(top),
      build: {
        type: "object",
        additionalProperties: false,
        description: "How every entry is built, unless it says otherwise itself.",
        properties: properties(build),
      },
      workflow: {
        type: "object",
        additionalProperties: false,
        description: "What the generated workflows are made of.",
        properties: properties(workflow),
      },
    },
  };
}

function properties(keys: Readonly<Record<string, ConfigKey>>): JsonObject {
  return Object.fromEntries(
    Object.entries(keys).map(([name, { schema, meaning, default: otherwise }]) => [
      name,
      { ...schema, description: meaning, ...(otherwise === undefined ? {} : { default: otherwise }) },
    ]),
  );
}

/**
 * What a config says of how images are built, by the paths of its keys: two configs of which this is equal build the same
 * entries in the same way and publish them to the same repositories. Rules, schedules, timeouts and logins are not part of
 * it, and neither is what is empty.
 */
export function buildOf(config: object, table: KeyTable = CONFIG_KEYS): JsonObject {
  const values = eachKey(table).flatMap(([path, { reachesBuild, schema, default: otherwise = null }]) => {
    if (reachesBuild === undefined) return [];
    const parts = reachesBuild === true ? [[]] : reachesBuild.map((name) => [name]);
    return parts.flatMap((part): [string, Json][] => {
      const value = valueAt(config, [...path, ...part]) ?? valueAt({ otherwise }, ["otherwise", ...part]) ?? null;
      if (value === null || isEmpty(value)) return [];
      // What may stand there only once has no order that counts.
      const ordered = Array.isArray(value) && schema["uniqueItems"] === true ? value.map(String).toSorted() : value;
      return [[[...path, ...part].join("."), ordered]];
    });
  });
  return Object.fromEntries(values);
}

/** Texts of a config that generated files hold as they are, with the way to each. */
export function writtenTexts(
  config: object,
  table: KeyTable = CONFIG_KEYS,
): readonly { readonly path: readonly PathStep[]; readonly text: string }[] {
  const written = ([, { places, lines, template }]: readonly [unknown, ConfigKey]): boolean =>
    template !== true && (places !== undefined || lines !== undefined);
  return eachKey(table)
    .filter(written)
    .flatMap(([path]) => textsIn(valueAt(config, path) ?? null, path));
}

function textsIn(value: Json, path: readonly PathStep[]): readonly { path: readonly PathStep[]; text: string }[] {
  if (typeof value === "string") return [{ path, text: value }];
  const items: readonly (readonly [PathStep, Json])[] = Array.isArray(value)
    ? [...value.entries()]
    : isJsonObject(value)
      ? Object.entries(value)
      : [];
  return items.flatMap(([step, item]) => textsIn(item, [...path, step]));
}

function valueAt(config: object, path: readonly string[]): Json | undefined {
  let here: Json | undefined = Object.fromEntries(Object.entries(config));
  for (const step of path) here = isJsonObject(here) && Object.hasOwn(here, step) ? here[step] : undefined;
  return here;
}

function isEmpty(value: Json): boolean {
  if (Array.isArray(value)) return value.length === 0;
  return isJsonObject(value) && Object.keys(value).length === 0;
}

/** The keys as rows of a Markdown table. */
export function keyRows(keys: Readonly<Record<string, ConfigKey>>): readonly string[] {
  return [
    "| key | value | default | meaning |",
    "|---|---|---|---|",
    ...Object.entries(keys).map(([name, { schema, default: otherwise, meaning }]) => {
      const cells = [
        `\`${name}\``,
        valueWords(schema),
        otherwise === undefined ? "" : `\`${flow(otherwise)}\``,
        meaning,
      ];
      return `| ${cells.map((cell) => cell.replaceAll("|", "\\|")).join(" | ")} |`.replaceAll("|  |", "| |");
    }),
  ];
}

function valueWords(schema: JsonObject): string {
  const { type, items, additionalProperties, enum: choices, anyOf: forms } = schema;
  if (type === undefined && Array.isArray(forms)) return forms.filter(isJsonObject).map(valueWords).join(", ");
  if (Array.isArray(type)) return type.map((each: Json) => valueWords({ ...schema, type: each })).join(" or ");
  if (Array.isArray(choices)) return choices.map((choice) => `\`${choice}\``).join(", ");
  switch (type) {
    case "boolean":
      return "`true`, `false`";
    case "integer":
      return "number";
    case "array":
      return `list of ${isJsonObject(items) && items["type"] === "object" ? "mappings" : "texts"}`;
    case "object":
      return isJsonObject(additionalProperties) && [additionalProperties["type"]].flat().includes("string")
        ? "mapping to texts"
        : "mapping";
    default:
      return "text";
  }
}

/** A value as YAML has it in one line. */
function flow(value: Json): string {
  if (typeof value === "string") return /^[\w./-]+$/.test(value) ? value : JSON.stringify(value);
  if (Array.isArray(value)) return `[${value.map(flow).join(", ")}]`;
  if (!isJsonObject(value)) return String(value);
  return `{ ${Object.entries(value)
    .map(([key, item]) => `${key}: ${flow(item)}`)
    .join(", ")} }`;
}
