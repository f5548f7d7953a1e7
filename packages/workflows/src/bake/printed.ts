import { isJsonObject, type Json, type JsonObject, parseJson } from "@fanfold-internal/kit/read/json";

/** What bake prints: everything filled in, inherited and expanded. */
export interface PrintedBake {
  /** The targets that were asked for, over groups in groups, each once. */
  readonly asked: readonly string[];
  /** By their names, with those that they are linked to. */
  readonly targets: ReadonlyMap<string, JsonObject>;
  readonly groups: ReadonlyMap<string, readonly string[]>;
}

/** Reads what `docker buildx bake --print` printed; undefined: that is no such thing. */
export function readPrinted(text: string): PrintedBake | undefined {
  const parsed = parseJson(text);
  const document = parsed.kind === "ok" ? parsed.value : null;
  if (!isJsonObject(document)) return undefined;
  const { group, target } = document;
  const targets = new Map(
    Object.entries(isJsonObject(target) ? target : {}).flatMap(([name, value]): (readonly [string, JsonObject])[] =>
      isJsonObject(value) ? [[name, unescaped(value)]] : [],
    ),
  );
  const groups = new Map(
    Object.entries(isJsonObject(group) ? group : {}).map(([name, value]) => [name, namesIn(value)] as const),
  );
  return { asked: askedTargets(groups, targets), targets, groups };
}

/** The group `default` holds what was asked for, whatever it was. */
function askedTargets(groups: PrintedBake["groups"], targets: PrintedBake["targets"]): readonly string[] {
  const asked = new Set<string>();
  const open = new Set<string>();
  const visit = (name: string): void => {
    const members = open.has(name) ? undefined : groups.get(name);
    if (members === undefined) {
      if (targets.has(name)) asked.add(name);
      return;
    }
    open.add(name);
    for (const member of members) visit(member);
    open.delete(name);
  };
  visit("default");
  return [...asked];
}

function namesIn(group: Json): readonly string[] {
  const names = isJsonObject(group) ? group["targets"] : undefined;
  return Array.isArray(names) ? names.map(String) : [];
}

/** What is printed can be read as a bake file again: in these values, and in no others, `${` and `%{` are escaped. */
function unescaped(target: JsonObject): JsonObject {
  return Object.fromEntries(
    Object.entries(target).map(([key, value]): [string, Json] => {
      if (key === "annotations" && Array.isArray(value)) return [key, value.map(plain)];
      if (key === "dockerfile-inline") return [key, plain(value)];
      if (!["labels", "args", "extra-hosts"].includes(key) || !isJsonObject(value)) return [key, value];
      return [key, Object.fromEntries(Object.entries(value).map(([name, item]) => [name, plain(item)]))];
    }),
  );
}

function plain(value: Json): Json {
  return typeof value === "string" ? value.replace(/([$%])\1\{/g, (_, sign: string) => `${sign}{`) : value;
}

/** The first value in which two printed files differ; undefined: none. */
export function firstDifference(one: PrintedBake, other: PrintedBake): Difference | undefined {
  const names = [...new Set([...one.targets.keys(), ...other.targets.keys()])];
  for (const target of names) {
    const [left, right] = [one.targets.get(target), other.targets.get(target)];
    const found = differs(left ?? null, right ?? null, "");
    if (found !== undefined) return { target, ...found };
  }
  return undefined;
}

export interface Difference {
  readonly target: string;
  /** `tags[0]`, `args.DATE`; empty: the whole target. */
  readonly path: string;
  readonly one: Json;
  readonly other: Json;
}

function differs(one: Json, other: Json, path: string): Omit<Difference, "target"> | undefined {
  if (Array.isArray(one) && Array.isArray(other) && one.length === other.length) {
    for (const [index, item] of one.entries()) {
      const found = differs(item, other[index] ?? null, `${path}[${index}]`);
      if (found !== undefined) return found;
    }
    return undefined;
  }
  if (isJsonObject(one) && isJsonObject(other)) {
    for (const key of new Set([...Object.keys(one), ...Object.keys(other)])) {
      const found = differs(one[key] ?? null, other[key] ?? null, path === "" ? key : `${path}.${key}`);
      if (found !== undefined) return found;
    }
    return undefined;
  }
  return one === other ? undefined : { path, one, other };
}
