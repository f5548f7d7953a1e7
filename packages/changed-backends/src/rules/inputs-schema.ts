import type { JsonObject } from "@fanfold-internal/kit/read/json";

const globs: JsonObject = { type: "array", items: { type: "string" } };

const condition: JsonObject = {
  type: "object",
  description:
    "Per key of an entry a glob, a list of globs (any of them), or null: the key is absent or empty. All keys must hold.",
  minProperties: 1,
  additionalProperties: {
    description: "a glob, a list of globs, or null",
    anyOf: [{ type: "string" }, { type: "null" }, { type: "array", minItems: 1, items: { type: ["string", "null"] } }],
  },
};

/** The parts of a config that say which files an entry is built from, as properties of a JSON Schema (draft 2020-12). */
export const inputsProperties: JsonObject = {
  inputs: {
    type: "array",
    description:
      "Rules that say which files an entry is built from; all that apply add up: `paths` (globs; `{key}` is the entry's value), `when` and `unless` (per key a glob, a list, or null: absent), `except`, `matrices`.",
    items: {
      type: "object",
      required: ["paths"],
      additionalProperties: false,
      properties: {
        paths: {
          ...globs,
          minItems: 1,
          description: "Globs on paths from the repository's root; {key} is the entry's value.",
        },
        when: { ...condition },
        unless: { ...condition },
        except: { ...globs, description: "Files that the rule leaves out." },
        matrices: { ...globs, minItems: 1, description: "The lists it is for; default: all." },
      },
    },
  },
  ignore: { ...globs, description: "Globs of files that never select anything." },
  infer: {
    type: "boolean",
    description: "Whether what a Dockerfile reads is an input of its entries, beside the rules.",
    default: true,
  },
  unmatched: {
    enum: ["ignore", "warn", "run-all"],
    description: "What to do about a changed file that no rule, no `except` and no `ignore` mentions.",
    default: "warn",
  },
};

/** A file of rules by itself. */
export const inputsSchema: JsonObject = {
  $schema: "https://json-schema.org/draft/2020-12/schema",
  title: "Rules of changed-backends",
  type: "object",
  required: ["inputs"],
  additionalProperties: false,
  properties: inputsProperties,
};
