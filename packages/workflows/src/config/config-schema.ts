import { inputsProperties } from "@fanfold/changed-backends";
import type { JsonObject } from "@fanfold-internal/kit/read/json";

const text: JsonObject = { type: "string", minLength: 1 };

// A name of a secret: https://docs.github.com/actions/security-for-github-actions/security-guides/using-secrets-in-github-actions#naming-your-secrets
const secret: JsonObject = { type: "string", pattern: "^[A-Za-z_][A-Za-z0-9_]*$" };

const workflow: JsonObject = {
  type: "object",
  additionalProperties: false,
  description: "What the generated workflows are made of.",
  properties: {
    name: {
      type: "string",
      pattern: "^[A-Za-z0-9][A-Za-z0-9_-]*$",
      description: "Names the files: <name>.yml, <name>_pr.yml, <name>_build.yml, <name>_merge.yml. Default: backend.",
    },
    branches: {
      type: "array",
      minItems: 1,
      items: text,
      description: "Branches whose pushes are built. Default: main.",
    },
    tags: {
      type: "array",
      minItems: 1,
      items: text,
      description: "Patterns of tags whose pushes are built. Default: *, any without a slash.",
    },
    cron: { ...text, description: "When everything is built again." },
    "max-parallel": { type: "integer", minimum: 1, maximum: 256, description: "Jobs at once, per shard." },
    "timeout-minutes": { type: "integer", minimum: 1, description: "Of a build job." },
    "retention-days": { type: "integer", minimum: 1, maximum: 90, description: "Of records and plan." },
    "need-disk": {
      type: "string",
      pattern: "^[0-9]+(\\.[0-9]+)?\\s?([KMGT]i?B)$",
      description: "Free space that a build needs: 60GB.",
    },
    "build-args": {
      type: "object",
      propertyNames: { pattern: "^[A-Za-z_][A-Za-z0-9_]*$" },
      additionalProperties: { type: "string" },
      description: "Build argument to text with {key} placeholders of the entry; an empty value is unset.",
    },
    "required-build-args": {
      type: "array",
      items: text,
      uniqueItems: true,
      description: "Build arguments that every entry must have a value for.",
    },
    runners: {
      type: "object",
      propertyNames: { pattern: "^[a-z0-9]+/[a-z0-9/]+$" },
      additionalProperties: text,
      description: "Platform to runner, for fanfold split. Default: linux/arm64 on ubuntu-24.04-arm.",
    },
    cache: {
      type: "object",
      required: ["ref"],
      additionalProperties: false,
      properties: { ref: text, mode: { enum: ["min", "max"] } },
      description: "BuildKit's cache in a registry.",
    },
    registries: {
      type: "array",
      description: "Logins, by the names of their secrets.",
      items: {
        type: "object",
        required: ["host", "username", "password"],
        additionalProperties: false,
        properties: {
          host: text,
          username: { ...secret, description: "A secret; GITHUB_ACTOR for who started the run." },
          password: { ...secret, description: "A secret; GITHUB_TOKEN for the job's own token." },
          anchor: {
            type: "boolean",
            description:
              "The registry collects untagged images: legs are tagged until they are merged. Always so for quay.io.",
          },
        },
      },
    },
    merge: { enum: ["batch", "matrix"], description: "batch: one job for all groups; matrix: one job per group." },
    "rebuild-on-change": {
      type: "boolean",
      description: "The generated build workflow is an input of every entry it builds. Default: true.",
    },
    lists: {
      type: "object",
      description: "Hand-written reusable workflows for lists other than include.",
      propertyNames: { pattern: "^include." },
      additionalProperties: {
        type: "object",
        required: ["uses"],
        additionalProperties: false,
        properties: {
          uses: { type: "string", pattern: "^\\./" },
          with: { type: "object", additionalProperties: { type: ["string", "number", "boolean"] } },
        },
      },
    },
  },
};

/** JSON Schema (draft 2020-12) of a Fanfold config. */
export const configSchema: JsonObject = {
  $schema: "https://json-schema.org/draft/2020-12/schema",
  title: "Fanfold config",
  description: "One family of container images and its workflows. Paths start at the repository's root.",
  type: "object",
  additionalProperties: false,
  properties: {
    matrix: { ...text, description: "The matrix file. Default: .github/backend-matrix.yml." },
    images: {
      type: "array",
      minItems: 1,
      uniqueItems: true,
      items: text,
      description: "Repositories that every image is published to.",
    },
    ...inputsProperties,
    workflow,
  },
};
