import type { InputsConfig } from "@fanfold/changed-backends/internal";
import type { BuildConfig } from "./build-keys.ts";
import type { TOP_KEYS, WORKFLOW_KEYS } from "./keys.ts";

/** What the generated workflows are made of. */
export type WorkflowConfig = ValuesOf<typeof WORKFLOW_KEYS>;

/** A login of the build jobs, by the names of its secrets. */
export type RegistryLogin = NonNullable<WorkflowConfig["registries"]>[number];

/** One family of images and workflows. */
export type Config = InputsConfig &
  ValuesOf<typeof TOP_KEYS> & { readonly build?: BuildConfig; readonly workflow?: WorkflowConfig };

type ValuesOf<Keys> = {
  readonly [Name in keyof Keys]?: Keys[Name] extends { readonly schema: infer Schema } ? Value<Schema> : never;
};

/** The type of what a JSON Schema describes, as far as the schemas of keys.ts go. */
type Value<Schema> = Schema extends { readonly anyOf: readonly (infer Branch)[] }
  ? ValueOfAny<Branch>
  : Schema extends { readonly type: readonly ["string", "object"] }
    ? string | Value<Omit<Schema, "type"> & { readonly type: "object" }>
    : Schema extends { readonly enum: readonly (infer Choice)[] }
      ? Choice
      : Schema extends { readonly type: readonly (infer Type)[] }
        ? Simple<Type>
        : Schema extends { readonly type: "array"; readonly items: infer Item }
          ? readonly Value<Item>[]
          : Schema extends { readonly properties: infer Properties; readonly required: readonly (infer Required)[] }
            ? { readonly [Name in keyof Properties & Required]: Value<Properties[Name]> } & {
                readonly [Name in Exclude<keyof Properties, Required>]?: Value<Properties[Name]>;
              }
            : Schema extends { readonly properties: infer Properties }
              ? { readonly [Name in keyof Properties]?: Value<Properties[Name]> }
              : Schema extends { readonly additionalProperties: infer Item }
                ? Readonly<Record<string, Value<Item>>>
                : Schema extends { readonly type: infer Type }
                  ? Simple<Type>
                  : never;

type ValueOfAny<Branch> = Branch extends unknown ? Value<Branch> : never;

type Simple<Type> = Type extends "string"
  ? string
  : Type extends "integer" | "number"
    ? number
    : Type extends "boolean"
      ? boolean
      : never;
