import { isJsonObject, type Json, type JsonObject } from "@fanfold-internal/kit/read/json";
import type { AttributeForm } from "../keys/build-keys.ts";

const EXPECTED: Readonly<Record<AttributeForm, string>> = {
  text: "a text",
  flag: "true or false",
  map: "a mapping of names to texts",
  list: "a list of texts",
  fields: "a list of texts with commas (id=npm,env=NPM_TOKEN) or of mappings",
};

/** What an attribute should be and is not; undefined: it is. Empty values are unset, and right in every form. */
export function formFault(form: AttributeForm, value: Json | undefined): string | undefined {
  return isEmpty(value) || hasForm(form, value) ? undefined : `expected ${EXPECTED[form]}, found ${shown(value)}`;
}

/** Absent, null or an empty text: unset. */
export function isEmpty(value: Json | undefined): value is undefined | null | "" {
  return value === undefined || value === null || value === "";
}

/** Values are what YAML made of them: `1` and `true` count as their text. */
export function isScalar(value: Json | undefined): value is string | number | boolean {
  return typeof value === "string" || typeof value === "number" || typeof value === "boolean";
}

function hasForm(form: AttributeForm, value: Json | undefined): boolean {
  switch (form) {
    case "text":
      return isScalar(value);
    case "flag":
      return typeof value === "boolean" || value === "true" || value === "false";
    case "map":
      return isJsonObject(value) && Object.values(value).every((item) => item === null || isScalar(item));
    case "list":
      return Array.isArray(value) && value.every(isScalar);
    case "fields":
      return Array.isArray(value) && value.every((item: Json) => isScalar(item) || isFields(item));
  }
}

function isFields(value: Json): boolean {
  return (
    isJsonObject(value) &&
    Object.values(value).every((item) => isScalar(item) || (Array.isArray(item) && item.every(isScalar)))
  );
}

function shown(value: Json | undefined): string {
  const text = JSON.stringify(value) ?? "nothing";
  return text.length <= 80 ? text : `${text.slice(0, 79)}…`;
}

/** An item of `secret`, `attest` and the like as a mapping: `id=npm,env=NPM_TOKEN` is one in text. */
export function fieldsIn(item: Json): JsonObject {
  return isJsonObject(item) ? item : Object.fromEntries(fieldsOf(isScalar(item) ? String(item) : ""));
}

/** `id=npm,env=NPM_TOKEN` as its fields. Values with commas stand in quotes, as in CSV. */
function fieldsOf(text: string): readonly (readonly [key: string, value: string])[] {
  const fields = text.match(/(?:"(?:[^"]|"")*"|[^,"])+/g) ?? [];
  return fields.map((field) => {
    const plain = field.startsWith('"') ? field.slice(1, -1).replaceAll('""', '"') : field;
    const at = plain.indexOf("=");
    return at === -1
      ? ([plain.trim(), ""] as const)
      : ([plain.slice(0, at).trim().toLowerCase(), plain.slice(at + 1)] as const);
  });
}
