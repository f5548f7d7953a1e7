import { isJsonObject, type Json, type JsonObject } from "@fanfold-internal/kit/read/json";
import { scalarText } from "./fill.ts";
import { fieldsIn } from "./forms.ts";
import type { BakeTarget } from "./target.ts";

/** The name of the one target of a definition. */
export const TARGET = "leg";

/** A bake file, and what its arguments add. */
export interface BakeDefinition {
  /** JSON. */
  readonly text: string;
  /** `target.attribute=value`, as bake's `--set` takes it. */
  readonly overrides: readonly string[];
}

/** The target of a build with those that it is linked to, by their names. Arguments are named in full: `base.args.X=…`. */
export function linkedDefinition(target: BakeTarget, linked: Readonly<Record<string, BakeTarget>>): BakeDefinition {
  const targets = Object.entries({ ...linked, [TARGET]: target }).map(([name, each]) => ({ name, ...written(each) }));
  return {
    text: definitionText(targets.map(({ name, attributes }) => [name, attributes])),
    overrides: targets.flatMap(({ name, overrides }) => overrides.map((override) => `${name}.${override}`)),
  };
}

function definitionText(targets: readonly (readonly [name: string, attributes: JsonObject])[]): string {
  const text = JSON.stringify({ target: Object.fromEntries(targets) }, null, 2);
  // A quote behind some letters is no end of a text to HCL, which counts the two as one sign (Unicode's class Prepend).
  return `${text.replace(/[^\0-\x7f]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`)}\n`;
}

/**
 * Bake reads a file with HCL, which evaluates `${` and `%{` in JSON too, in names as in values
 * (https://docs.docker.com/build/bake/expressions/), and brings every text into Unicode's normal form C: the name of a
 * directory, say, would be another. What it would change so is handed over as an argument, which is taken as it stands.
 */
function written(target: BakeTarget): { readonly attributes: JsonObject; readonly overrides: readonly string[] } {
  const overrides: string[] = [];
  const attributes = Object.entries(target).map(([name, value]): [string, Json] => {
    if (typeof value === "string" && isChanged(value)) overrides.push(`${name}=${value}`);
    if (!isJsonObject(value)) return [name, escaped(value)];
    const [handed, kept] = [true, false].map((which) =>
      Object.entries(value).filter(([key, item]) => isOverride(key, item) === which),
    );
    overrides.push(...(handed ?? []).map(([key, item]) => `${name}.${key}=${scalarText(item)}`));
    return [name, escaped(Object.fromEntries(kept ?? []))];
  });
  return { attributes: Object.fromEntries(attributes), overrides };
}

/** What arguments add to the targets that one is linked to, and to that one, by `linkedDefinition`. */
export function ownOverrides(
  overrides: readonly string[],
): readonly [own: readonly string[], others: readonly string[]] {
  const prefix = `${TARGET}.`;
  return [
    overrides.flatMap((each) => (each.startsWith(prefix) ? [each.slice(prefix.length)] : [])),
    overrides.filter((each) => !each.startsWith(prefix)),
  ];
}

/** What bake must be allowed for the target: exactly what it names itself. */
export function allowances({ network, ssh, entitlements }: BakeTarget): readonly string[] {
  const named = Array.isArray(entitlements) ? entitlements.flatMap((item: Json) => scalarText(item) ?? []) : [];
  return [
    ...new Set([
      ...named,
      ...(network === "host" ? ["network.host"] : []),
      ...(Array.isArray(ssh) && ssh.length > 0 ? ["ssh"] : []),
    ]),
  ];
}

/** The types of attestations that a target speaks for. */
export function attestTypes({ attest }: BakeTarget): readonly string[] {
  const items = Array.isArray(attest) ? attest : [];
  return items.flatMap((item: Json) => scalarText(fieldsIn(item)["type"]) ?? []);
}

/** The argument ends its name at the first equals sign. */
function isOverride(key: string, item: Json): boolean {
  return (isChanged(key) || (typeof item === "string" && isChanged(item))) && !key.includes("=");
}

function isChanged(text: string): boolean {
  return text.normalize("NFC") !== text;
}

function escaped(value: Json): Json {
  if (typeof value === "string") return escapedText(value);
  if (Array.isArray(value)) return value.map(escaped);
  if (!isJsonObject(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([name, item]) => [escapedText(name), escaped(item)]));
}

function escapedText(text: string): string {
  // A function, because `$$` in a replacement is one dollar.
  return text.replace(/([$%])\{/g, (_, sign: string) => `${sign}${sign}{`);
}
