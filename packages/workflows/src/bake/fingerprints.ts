import { createHash } from "node:crypto";
import { canonicalJson, isJsonObject, type JsonObject, parseJson } from "@fanfold-internal/kit/read/json";
import type { BakeSpec } from "./bake-spec.ts";

/** What an imported matrix file says of where it came from. */
export interface ImportMark {
  /** `docker-bake.hcl`, with the targets that were asked for. */
  readonly spec: Pick<BakeSpec, "files" | "targets">;
  /** Of each image's target as it was printed then. */
  readonly fingerprints: ReadonlyMap<string, string>;
}

/** Of a target, as it is printed with what it is linked to. */
export function fingerprint(target: JsonObject): string {
  return createHash("sha256").update(canonicalJson(target)).digest("hex").slice(0, 12);
}

/** The line of a matrix file that says that it was imported. */
export function importLine({ files, targets }: ImportMark["spec"]): string {
  return `Imported from ${JSON.stringify({ files, targets })}`;
}

/** The line above the entries of a target. */
export function targetLine(place: string, target: string, print: string): string {
  return `${place} target ${JSON.stringify(target)} (${print})`;
}

/** Reads both; undefined: it was not imported. */
export function readImportMark(text: string): ImportMark | undefined {
  const [, written = ""] = /^# Imported from (\{.*\})$/m.exec(text) ?? [];
  const spec = specOf(written);
  if (spec === undefined) return undefined;
  const lines = [...text.matchAll(/^\s*# \S+ target "([\w.-]+)" \(([0-9a-f]{12})\)$/gm)];
  return { spec, fingerprints: new Map(lines.map(([, name = "", print = ""]) => [name, print])) };
}

function specOf(written: string): ImportMark["spec"] | undefined {
  const parsed = parseJson(written);
  if (parsed.kind !== "ok" || !isJsonObject(parsed.value)) return undefined;
  const [files, targets] = [parsed.value["files"], parsed.value["targets"]].map((value) =>
    Array.isArray(value) ? value.map(String) : [],
  );
  const [first, ...others] = files ?? [];
  return first === undefined ? undefined : { files: [first, ...others], targets: targets ?? [] };
}
