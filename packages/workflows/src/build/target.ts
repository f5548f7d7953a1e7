import { UnusableValue } from "@fanfold/digest-tools/planning";
import { isJsonObject, type Json, type JsonObject } from "@fanfold-internal/kit/read/json";
import { templateValue } from "@fanfold-internal/matrix/entry-values";
import { ARTIFACT_KEY } from "../config/lists.ts";
import {
  ATTRIBUTES,
  type AttributeForm,
  type AttributeName,
  type BuildConfig,
  isAttribute,
} from "../keys/build-keys.ts";
import { valueFaults } from "./attribute-values.ts";
import { legCache } from "./cache.ts";
import { type Filling, filledIn, scalarText } from "./fill.ts";
import { formFault, isEmpty } from "./forms.ts";
import { placed } from "./places.ts";

/** Attributes of a bake target, with everything filled in, as a plan holds them. Contexts are named from the repository's root, the Dockerfile from its context. */
export type BakeTarget = JsonObject;

/** What a target is made from, besides its entry. */
export interface TargetGround {
  readonly build: BuildConfig;
  readonly filling: Filling;
  /** Of every image that is built for this event; those of config and entry win. */
  readonly labels: Readonly<Record<string, string>>;
  /** Whether caches are left out, so that everything is built anew. */
  readonly anew: boolean;
}

/** Why a target must not be built. */
export interface TargetFault {
  readonly code: "bad-build-value" | "outside-repository" | "required-build-arg-missing" | "unusable-value";
  /** The attribute. */
  readonly key: AttributeName;
  readonly message: string;
}

/** What an entry fills in: its own values, and the name that the plan gives its artifact. */
export function fillingOf(
  entry: JsonObject,
  artifact: string,
  { event, version }: Pick<Filling, "event" | "version">,
): Filling {
  return { event, version, lookUp: (key) => (key === ARTIFACT_KEY ? artifact : templateValue(entry, key)) };
}

export interface MadeTarget {
  readonly target: BakeTarget;
  /** None: it can be built. */
  readonly faults: readonly TargetFault[];
}

/**
 * An entry's build: what the config says of every build, filled in with the entry's values, and what the entry says itself,
 * which is taken as it stands. Of a mapping each key is decided alone.
 */
export function targetOf(
  entry: JsonObject,
  artifact: string,
  { build, filling, labels, anew }: TargetGround,
): MadeTarget {
  const faults: TargetFault[] = [];
  const filled = (key: AttributeName, value: Json | undefined): Json | undefined => {
    try {
      return filledIn(value, filling);
    } catch (error) {
      if (!(error instanceof UnusableValue)) throw error;
      faults.push({ code: "unusable-value", key, message: `${key}: ${error.message}` });
      return undefined;
    }
  };
  const values: Record<string, Json> = {};
  for (const [name, { form }] of Object.entries(ATTRIBUTES)) {
    if (!isAttribute(name)) continue;
    const own = Object.hasOwn(entry, name) ? entry[name] : undefined;
    const fault = formFault(form, own);
    if (fault !== undefined) faults.push({ code: "bad-build-value", key: name, message: `${name}: ${fault}` });
    const given = normalized(form, filled(name, build[name]));
    const value =
      form === "map" ? { ...texts(given), ...texts(own) } : own === undefined ? given : normalized(form, own);
    if (isEmpty(value) || isHollow(value)) continue;
    values[name] = value;
    for (const about of fault === undefined ? valueFaults(name, value) : []) {
      faults.push({ code: "bad-build-value", key: name, message: `${name}: ${about}` });
    }
  }
  const missing = (build["required-args"] ?? []).filter((name) => isEmpty(texts(values["args"])[name]));
  for (const name of missing) {
    const message = `the build argument ${name} is required and has no value`;
    faults.push({ code: "required-build-arg-missing", key: "args", message });
  }
  const { target, faults: misplaced } = placed(
    withoutEmpty({ ...values, labels: { ...labels, ...texts(values["labels"]) } }),
  );
  faults.push(...misplaced);
  return { target: withCaches(target, artifact, build, anew), faults };
}

function withCaches(target: JsonObject, artifact: string, { cache }: BuildConfig, anew: boolean): JsonObject {
  const { "cache-from": from, "cache-to": to, ...others } = target;
  const own = cache === undefined ? undefined : legCache(cache, artifact);
  const reads = anew ? [] : [...(own === undefined ? [] : [own.from]), ...listed(from)];
  const writes = [...(own === undefined ? [] : [own.to]), ...listed(to)];
  return {
    ...others,
    ...(reads.length === 0 ? {} : { "cache-from": reads }),
    ...(writes.length === 0 ? {} : { "cache-to": writes }),
  };
}

/** Values as bake takes them: texts, also where YAML made a number of one. */
function normalized(form: AttributeForm, value: Json | undefined): Json | undefined {
  if (isEmpty(value)) return undefined;
  switch (form) {
    case "text":
      return scalarText(value);
    case "flag":
      return value === true || value === "true";
    case "map":
      return texts(value);
    case "list":
    case "fields":
      return listed(value).map((item) => scalarText(item) ?? item);
  }
}

/** A mapping's values as texts; null where it says that there is none. */
function texts(value: Json | undefined): Readonly<Record<string, Json>> {
  if (!isJsonObject(value)) return {};
  return Object.fromEntries(Object.entries(value).map(([name, item]) => [name, scalarText(item) ?? null]));
}

function withoutEmpty(values: JsonObject): JsonObject {
  return Object.fromEntries(
    Object.entries(values).flatMap(([name, value]): [string, Json][] => {
      if (!isJsonObject(value)) return [[name, value]];
      const filled = Object.entries(value).filter(([, item]) => !isEmpty(item));
      return filled.length === 0 ? [] : [[name, Object.fromEntries(filled)]];
    }),
  );
}

function isHollow(value: Json): boolean {
  return (Array.isArray(value) && value.length === 0) || (isJsonObject(value) && Object.keys(value).length === 0);
}

function listed(value: Json | undefined): readonly Json[] {
  return Array.isArray(value) ? value : [];
}
