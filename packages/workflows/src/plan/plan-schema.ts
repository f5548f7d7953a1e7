import { DIFF_REASONS, DIFF_SOURCES, FILE_STATUSES, PRECISIONS } from "@fanfold/changed-backends/internal";
import { isJsonObject, type JsonObject } from "@fanfold-internal/kit/read/json";
import { REUSE_STATES } from "../reuse/published-state.ts";

const text: JsonObject = { type: "string" };
const textOrNull: JsonObject = { type: ["string", "null"] };
const index: JsonObject = { type: "integer", minimum: 0 };
const listName: JsonObject = { type: "string", pattern: "^include" };

/** An object that has all of these keys and no others. */
function exactly(properties: JsonObject): JsonObject {
  return { type: "object", required: Object.keys(properties), additionalProperties: false, properties };
}

/** A schema whose object may have these keys, too. */
function withOptional(schema: JsonObject, optional: JsonObject): JsonObject {
  const { properties } = schema;
  return { ...schema, properties: { ...(isJsonObject(properties) ? properties : {}), ...optional } };
}

function listOf(items: JsonObject): JsonObject {
  return { type: "array", items };
}

const shards: JsonObject = {
  ...listOf(listOf(index)),
  minItems: 1,
  description: "One list per job matrix: positions in entries.",
};

const event: JsonObject = exactly({
  name: { ...text, description: "GITHUB_EVENT_NAME; local outside Actions." },
  ref: textOrNull,
  sha: textOrNull,
  base: { ...textOrNull, description: "What was compared with; a merge base where one is compared from." },
  head: textOrNull,
  defaultBranch: textOrNull,
});

const diff: JsonObject = exactly({
  precision: { enum: [...PRECISIONS], description: "exact: these files; superset: at most these; unknown: any." },
  source: { enum: [...DIFF_SOURCES], description: "Where the files come from." },
  reason: {
    enum: [null, ...DIFF_REASONS],
    description: "Why nothing was compared, or why not in the first way; null: it was.",
  },
  calls: { ...index, description: "Requests made to GitHub's API." },
  files: listOf(exactly({ path: text, previousPath: textOrNull, status: { enum: [...FILE_STATUSES] } })),
});

const entry: JsonObject = {
  type: "object",
  required: ["artifact-name"],
  properties: {
    "tag-suffix": text,
    "artifact-name": { type: "string", minLength: 1, maxLength: 256 },
    "bases-pattern": { ...text, description: "A glob of the artifacts of its bases that are built in this run." },
    paths: false,
  },
  description: "An entry of the matrix file as its job gets it.",
};

const matrices: JsonObject = {
  type: "object",
  propertyNames: listName,
  additionalProperties: exactly({
    total: { ...index, description: "Entries in the file." },
    entries: { ...listOf(entry), description: "Those that are selected, in file order." },
    shards: exactly({
      multi: shards,
      single: shards,
      waves: { ...listOf(shards), description: "Entries that are built from each other's images, wave by wave." },
    }),
  }),
};

const digests: JsonObject = {
  type: "object",
  additionalProperties: { type: "string", pattern: "^sha256:[0-9a-f]{64}$" },
};

const everyBase: JsonObject = exactly({
  context: {
    ...textOrNull,
    description: "Name of the build context that stands for it; null: it is only built before.",
  },
  image: { ...text, description: "The base's name." },
  artifacts: { ...listOf(text), description: "Of its legs in this run; none where it is not built in it." },
  selected: { type: "boolean", description: "Whether it is built in this run, or taken as published." },
  digest: {
    ...digests,
    type: ["object", "null"],
    description: "Of one that is not built, by repository: what the build is handed. Null: what its name stands for.",
  },
});

const base: JsonObject = withOptional(everyBase, {
  within: { ...text, description: "Of linked: the target that asks for it; absent: the entry's own." },
});

const texts: JsonObject = { type: "object", additionalProperties: text };

const leg: JsonObject = {
  type: "object",
  required: ["platform", "platform-tag", "artifact-name"],
  additionalProperties: false,
  properties: {
    platform: { ...text, description: "Several, with commas, where one job builds the whole image." },
    "platform-tag": text,
    "artifact-name": text,
    labels: { ...texts, description: "Those that not all legs of the image have." },
  },
};

const group: JsonObject = exactly({
  matrix: listName,
  image: { ...text, description: "How people call it, unique in the family." },
  "tag-suffix": text,
  "tag-latest": text,
  "group-values": {
    ...listOf(text),
    description: "Values of group-by, which tell it from others in its repositories.",
  },
  images: { ...listOf(text), description: "Repositories that it is published to." },
  tags: { ...listOf(text), description: "In docker/metadata-action's order; empty: published by digest alone." },
  "moving-tags": { ...listOf(text), description: "Those of tags that name whatever came last." },
  version: { ...textOrNull, description: "The first tag." },
  labels: { ...texts, description: "On all of its legs." },
  annotations: { ...texts, description: "Of its index, or of the image itself where it has none." },
  "content-key": {
    type: ["string", "null"],
    pattern: "^[1-9][0-9]*-[0-9a-f]{64}$",
    description: "What the image is built from, as one text: a scheme's number and a hash. Null: not known.",
  },
  legs: { ...listOf(leg), minItems: 1 },
  state: { enum: [null, ...REUSE_STATES], description: "What is published of it; null: nobody asked." },
  from: {
    ...exactly({
      why: { enum: ["claim", "heal", "retag"] },
      index: { ...digests, description: "What stands under its tag, by repository; those that lack it are left out." },
      key: textOrNull,
    }),
    type: ["object", "null"],
    description: "What is published again instead of being built; null: it is built.",
  },
  wrapped: { type: "boolean", description: "An image of one leg gets an index, too." },
});

const causeKeys: JsonObject = {
  matrix: listName,
  entry: { ...index, description: "Position in entries of its matrix." },
  rule: {
    ...text,
    description:
      "inputs[n], paths, inferred, context, before, workflow, matrix, group, base, stale, only, unmatched or everything.",
  },
  path: { ...textOrNull, description: "The first file that met the rule." },
};

const cause: JsonObject = {
  ...exactly(causeKeys),
  properties: {
    ...causeKeys,
    base: { ...text, description: "Of base: the image that it is built from." },
    stale: { ...text, description: "Of stale: what is published instead." },
    inferred: { ...text, description: "Of inferred and base: what says so, as `backend/Dockerfile:12 COPY src`." },
  },
};

const everyPlan: JsonObject = {
  $schema: "https://json-schema.org/draft/2020-12/schema",
  title: "Fanfold plan",
  description: "What an event builds and merges, and why.",
  ...exactly({
    schema: { const: "fanfold.plan/1" },
    event,
    diff,
    runAll: { type: "boolean" },
    matrices,
    groups: { ...listOf(group), description: "Images that the merge publishes, built or not." },
    targets: {
      type: "object",
      additionalProperties: { type: "object" },
      description: "By artifact name, the attributes of a bake target: what is built for an entry of include.",
    },
    bases: {
      type: "object",
      additionalProperties: listOf(base),
      description: "By artifact name, the images of the family that an entry is built from.",
    },
    "anchor-hosts": {
      ...listOf(text),
      description: "Registries where legs are tagged, as they delete untagged images.",
    },
    test: {
      ...exactly({ run: text, without: listOf(text) }),
      type: ["object", "null"],
      description: "The test of every image, and the variables that it does not get.",
    },
    sign: {
      ...exactly({
        by: { const: "cosign" },
        key: { ...textOrNull, description: "The variable that holds the private key; null: keyless." },
        public: { ...textOrNull, description: "The file of the public key." },
        "public-key": { ...textOrNull, description: "What is in it." },
        identity: { ...textOrNull, description: "Keyless: whose signatures count, a regular expression of Go's." },
        issuer: { ...textOrNull, description: "Keyless: who vouches for that identity." },
      }),
      type: ["object", "null"],
      description: "By whom images are signed before they are tagged; null: they are not.",
    },
    causes: listOf(cause),
    warnings: listOf(text),
  }),
};

/** JSON Schema (draft 2020-12) of `fanfold.plan/1`: what `fanfold plan --json` prints. */
export const planSchema: JsonObject = withOptional(everyPlan, {
  linked: {
    type: "object",
    additionalProperties: { type: "object", additionalProperties: { type: "object" } },
    description:
      "By artifact name, targets that one of targets is linked to, by the names that its contexts have for them.",
  },
});
