import type { Json, JsonObject } from "@fanfold-internal/kit/read/json";
import type { ConfigKey } from "./keys.ts";

/** How a value of a bake target is written. */
export type AttributeForm =
  | "text"
  | "flag"
  /** A mapping of names to texts. */
  | "map"
  /** A list of texts. */
  | "list"
  /** A list of texts with commas, `id=npm,env=NPM_TOKEN`, or of mappings. */
  | "fields";

/**
 * The attributes of a bake target that an entry and `build` of a config may have, in the forms that bake takes
 * (https://docs.docker.com/build/bake/reference/#target). `output` and `tags` are Fanfold's to set.
 */
export const ATTRIBUTES = {
  context: { form: "text", meaning: "The directory that is built, from the repository's root. Without it the root." },
  dockerfile: { form: "text", meaning: "From the repository's root. Without it the `Dockerfile` of the context." },
  "dockerfile-inline": { form: "text", meaning: "The text of a Dockerfile, in the place of a file." },
  target: { form: "text", meaning: "The stage to publish." },
  args: { form: "map", meaning: "Build arguments. They are public: the provenance holds them." },
  contexts: { form: "map", meaning: "Named contexts: what a name in `FROM` or `COPY --from` stands for." },
  labels: { form: "map", meaning: "Labels of the image, besides the usual ones." },
  annotations: { form: "list", meaning: "Annotations of the manifest, `key=value`; `index:key=value` of the index." },
  secret: {
    form: "fields",
    meaning:
      "Secrets by name, `id=npm,env=NPM_TOKEN`, for pushes only: an entry with one is left out of pull requests.",
  },
  ssh: {
    form: "fields",
    meaning: "Agents or keys that `RUN --mount=type=ssh` may use, for pushes only, as with `secret`.",
  },
  "cache-from": { form: "fields", meaning: "Caches to read, besides `cache`." },
  "cache-to": { form: "fields", meaning: "Caches to write, besides `cache`." },
  "no-cache": { form: "flag", meaning: "Build without a cache." },
  "no-cache-filter": { form: "list", meaning: "Stages to build without a cache." },
  pull: { form: "flag", meaning: "Ask for newer base images." },
  network: { form: "text", meaning: "`none` or `host` for `RUN`." },
  "shm-size": { form: "text", meaning: "Size of `/dev/shm`, such as `128m`." },
  ulimits: { form: "list", meaning: "Limits of what `RUN` starts, such as `nofile=1024:1024`." },
  "extra-hosts": { form: "map", meaning: "Names and their addresses for `RUN`." },
  attest: {
    form: "fields",
    meaning: "Attestations, in the place of provenance (`mode=max`) and SBOM, type by type: `type=sbom,disabled=true`.",
  },
  entitlements: { form: "list", meaning: "What a build may do: `network.host`, `security.insecure`." },
} as const;

export type AttributeName = keyof typeof ATTRIBUTES;

/** `build.cache`: where BuildKit's cache is kept. */
export type CacheConfig =
  | { readonly type: "registry"; readonly ref: string; readonly mode?: "min" | "max" }
  | { readonly type: "gha"; readonly mode?: "min" | "max" };

/** `build` of a config. */
export type BuildConfig = { readonly [Name in AttributeName]?: Json } & {
  readonly "required-args"?: readonly string[];
  readonly cache?: CacheConfig;
};

/** JSON Schema (draft 2020-12) of a value in each form. */
export const FORM_SCHEMAS: Readonly<Record<AttributeForm, JsonObject>> = {
  text: { type: "string", minLength: 1 },
  flag: { type: "boolean" },
  map: { type: "object", additionalProperties: { type: ["string", "number", "boolean", "null"] } },
  list: { type: "array", items: { type: "string", minLength: 1 } },
  fields: {
    type: "array",
    items: {
      type: ["string", "object"],
      minLength: 1,
      additionalProperties: { type: ["string", "number", "boolean", "array"], items: { type: "string" } },
    },
  },
};

const MODE = { enum: ["min", "max"] };

/** Keys under `build`: what every entry's build has, unless the entry says otherwise. */
export const BUILD_KEYS: Readonly<Record<string, ConfigKey>> = {
  ...Object.fromEntries(
    Object.entries(ATTRIBUTES).map(([name, { form, meaning }]): [string, ConfigKey] => [
      name,
      { schema: FORM_SCHEMAS[form], meaning, reachesBuild: true, template: true },
    ]),
  ),
  "required-args": {
    schema: { type: "array", uniqueItems: true, items: { type: "string", minLength: 1 } },
    meaning: "Build arguments that must have a value for every entry.",
  },
  cache: {
    schema: {
      type: "object",
      anyOf: [
        {
          required: ["type", "ref"],
          additionalProperties: false,
          properties: { type: { const: "registry" }, ref: { type: "string", minLength: 1 }, mode: MODE },
        },
        { required: ["type"], additionalProperties: false, properties: { type: { const: "gha" }, mode: MODE } },
      ],
    },
    meaning:
      "BuildKit's cache, of each leg its own: `{ type: registry, ref: quay.io/example/ci-cache, mode: max }`, or `{ type: gha, mode: max }` for GitHub's. Pull requests only read it, a schedule only writes it.",
    reachesBuild: true,
  },
};

export function isAttribute(name: string): name is AttributeName {
  return Object.hasOwn(ATTRIBUTES, name);
}
