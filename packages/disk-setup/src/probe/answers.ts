import { isJsonObject, type Json, type JsonObject, parseJson } from "@fanfold-internal/kit/read/json";

// Programs answer in the forms of their versions: what is not as expected counts as absent.

export function objectIn(text: string): JsonObject | undefined {
  const parsed = parseJson(text);
  return parsed.kind === "ok" ? asObject(parsed.value) : undefined;
}

export const asObject = (value: Json | undefined): JsonObject | undefined =>
  value !== undefined && isJsonObject(value) ? value : undefined;

export const asString = (value: Json | undefined): string | undefined =>
  typeof value === "string" ? value : undefined;

export const asCount = (value: Json | undefined): number => (typeof value === "number" && value > 0 ? value : 0);
