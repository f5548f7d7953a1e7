import type { JsonObject } from "@fanfold-internal/kit/read/json";
import { ATTRIBUTES, FORM_SCHEMAS } from "./build-keys.ts";

/** JSON Schema (draft 2020-12) of a matrix file, for editors; reading one checks more, and says where. */
export const matrixSchema: JsonObject = {
  $schema: "https://json-schema.org/draft/2020-12/schema",
  title: "Fanfold build matrix",
  description: "Lists of build jobs. Keys are free and pass through untouched.",
  type: "object",
  additionalProperties: false,
  minProperties: 1,
  patternProperties: { "^include": { type: "array", items: { $ref: "#/$defs/entry" } } },
  $defs: {
    entry: {
      type: "object",
      properties: {
        "tag-suffix": {
          type: "string",
          description: "Ends the image's tags, and tells images of one repository apart; the plain one has none.",
        },
        backend: { description: "What the entry builds." },
        image: { description: "What {image} in images of the config stands for; without it the backend." },
        platforms: {
          type: ["string", "array"],
          items: { type: "string" },
          description: "linux/amd64; several, as a list or with commas, where one job builds them.",
        },
        "platform-tag": { type: "string", description: "Of a leg: amd64, arm64." },
        "tag-latest": {
          enum: ["auto", "true", "false", true, false, "", null],
          description: "auto, true or false: flavor latest of docker/metadata-action.",
        },
        "runs-on": { description: "The runner." },
        ...buildProperties(),
        "pull-requests": {
          enum: ["build"],
          description: "Build it for pull requests too, without its secrets and SSH agent.",
        },
        paths: {
          type: "array",
          items: { type: "string" },
          description: "Globs of further files that this entry is built from; not part of the emitted matrix.",
        },
        needs: {
          type: ["string", "array"],
          items: { type: "string" },
          description: "Images of this file that it is built from, where its Dockerfile does not show it.",
        },
        "artifact-name": false,
      },
    },
  },
};

/** The attributes of a bake target; an empty value takes away what the config has. */
function buildProperties(): JsonObject {
  return Object.fromEntries(
    Object.entries(ATTRIBUTES).map(([name, { form, meaning }]) => {
      const { type, minLength: _least, ...schema } = FORM_SCHEMAS[form];
      const types = [type ?? []].flat();
      return [
        name,
        { ...schema, type: [...types, ...(form === "text" ? [] : ["string"]), "null"], description: meaning },
      ];
    }),
  );
}
