import { isJsonObject, type Json } from "@fanfold-internal/kit/read/json";
import type { PathStep } from "@fanfold-internal/kit/read/yaml-source";
import { type BuildConfig, isAttribute } from "./build-keys.ts";

/** A text of `build` that entries fill in, and the way to it from `build`. */
export interface BuildText {
  readonly path: readonly PathStep[];
  readonly text: string;
}

export function buildTexts(build: BuildConfig = {}): readonly BuildText[] {
  return Object.entries(build).flatMap(([name, value]) => (isAttribute(name) ? textsIn(value, [name]) : []));
}

function textsIn(value: Json | undefined, path: readonly PathStep[]): readonly BuildText[] {
  if (typeof value === "string") return [{ path, text: value }];
  if (Array.isArray(value)) return value.flatMap((item: Json, index) => textsIn(item, [...path, index]));
  if (!isJsonObject(value)) return [];
  return Object.entries(value).flatMap(([key, item]) => textsIn(item, [...path, key]));
}
