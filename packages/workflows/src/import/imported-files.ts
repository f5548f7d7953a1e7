import type { Diagnostic, Place } from "@fanfold-internal/kit/process/diagnostic";
import { isJsonObject, type Json, type JsonObject } from "@fanfold-internal/kit/read/json";
import type { MatrixEntry } from "@fanfold-internal/matrix/matrix-file";
import type { BakeSpec } from "../bake/bake-spec.ts";
import { importLine, targetLine } from "../bake/fingerprints.ts";
import { fieldsIn } from "../build/forms.ts";
import { DEFAULT_CONFIG, DEFAULT_MATRIX } from "../config/config.ts";
import { familyIdentity } from "../config/identity.ts";
import { BUILT_LIST } from "../config/lists.ts";
import { mapping, sequence, yamlText } from "../generate/yaml/text.ts";
import { loginTo } from "../init/first-files.ts";
import { schemaLine } from "../keys/schema-address.ts";
import { type ImportedPlaces, importedPlaces, tagLines } from "./imported-places.ts";
import { valueNode } from "./value-node.ts";

/** What bake files hold that was found out. */
export interface ImportSource {
  readonly spec: Pick<BakeSpec, "files" | "targets">;
  readonly entries: readonly MatrixEntry[];
  readonly placeOf: (target: string) => Place;
  readonly fingerprintOf: (target: string) => string;
  /** `ghcr.io/owner`: where images go that name no registry. */
  readonly by: string;
  readonly branch: string;
  readonly version: string;
}

export interface ImportedFiles {
  /** By their paths. */
  readonly files: ReadonlyMap<string, string>;
  /** What they do not hold. */
  readonly lost: readonly Diagnostic[];
}

/** A matrix file and a config that say what bake files say, but for what is lost. */
export function importedFiles(source: ImportSource): ImportedFiles {
  const { entries, placeOf, by } = source;
  const places = importedPlaces(entries, by);
  const lost = places.lost.map(({ target, message }) => notImported(target, message, placeOf(target)));
  const plain = entries.map((entry) => entryOf(entry, places));
  const groupBy = places.shared ? ["backend"] : [];
  const { identify } = familyIdentity({ images: places.images, "group-by": groupBy }, [
    { name: BUILT_LIST, entries: plain },
  ]);
  const names = new Map(plain.map((entry) => [String(entry["backend"]), identify(entry).name]));
  const linked = plain.map((entry) => withContexts(entry, names));
  for (const entry of entries) lost.push(...lostBuilds(entry, placeOf));
  return {
    files: new Map([
      [DEFAULT_MATRIX, matrixText(linked, source)],
      [DEFAULT_CONFIG, configText(linked, places, source)],
    ]),
    lost: [...new Map(lost.map((each) => [JSON.stringify(each), each])).values()],
  };
}

function notImported(target: string, message: string, at: Place): Diagnostic {
  return { code: "not-imported", severity: "warning", message: `target ${JSON.stringify(target)}: ${message}`, at };
}

/** As data has it: what is built inside it is no entry, and where it goes is said by keys. */
function entryOf({ tags: _tags, linked: _linked, ...entry }: MatrixEntry, { keys }: ImportedPlaces): MatrixEntry {
  const { backend = "", ...others } = entry;
  return { backend, ...keys.get(String(backend)), ...others };
}

/** Other entries are named as their images are called. */
function withContexts(entry: MatrixEntry, names: ReadonlyMap<string, string>): MatrixEntry {
  const { contexts } = entry;
  if (!isJsonObject(contexts)) return entry;
  const kept = Object.entries(contexts).flatMap(([name, value]): [string, Json][] => {
    const target = typeof value === "string" && value.startsWith(TARGET) ? value.slice(TARGET.length) : undefined;
    if (target === undefined) return [[name, value]];
    const image = names.get(target);
    return image === undefined ? [] : [[name, `${TARGET}${image}`]];
  });
  const { contexts: _contexts, ...others } = entry;
  return kept.length === 0 ? others : { ...others, contexts: Object.fromEntries(kept) };
}

const TARGET = "target:";

function lostBuilds({ backend, linked }: MatrixEntry, placeOf: ImportSource["placeOf"]): readonly Diagnostic[] {
  if (!isJsonObject(linked)) return [];
  return Object.keys(linked).map((name) => ({
    ...notImported(String(backend), `${name}, which it is built with, is no image, and so no entry`, placeOf(name)),
    fix: `make it a stage of its Dockerfile, or give it tags; matrix: with the bake file itself builds it as it is`,
  }));
}

function matrixText(entries: readonly MatrixEntry[], source: ImportSource): string {
  const { spec, placeOf, fingerprintOf, version } = source;
  const [first = "", ...others] = spec.files;
  const seen = new Set<string>();
  const items = entries.map((entry) => {
    const target = String(entry["backend"]);
    const item = valueNode(entry);
    if (!seen.has(target))
      item.commentBefore = ` ${targetLine(placeText(placeOf(target)), target, fingerprintOf(target))}`;
    seen.add(target);
    return item;
  });
  const header = [
    schemaLine("matrix", version).slice(2),
    importLine(spec),
    `Each target of ${[first, ...others].join(", ")} is an image, each of its platforms an entry; above the first stands where`,
    "it came from. fanfold check says when that is another target by now. It is yours to change: what writes it, writes it once.",
  ];
  return yamlText(header, mapping([{ key: BUILT_LIST, value: sequence(items, "lines") }]));
}

function placeText(place: Place): string {
  if ("url" in place) return place.url;
  return place.line === undefined ? place.file : `${place.file}:${place.line}`;
}

function configText(entries: readonly MatrixEntry[], places: ImportedPlaces, source: ImportSource): string {
  const { spec, branch, version } = source;
  const from = spec.files.join(", ");
  const { images, shared, tags } = places;
  const hosts = new Set(
    entries
      .flatMap((entry) => familyIdentity({ images }, []).repositoriesOf(entry))
      .map((each) => each.split("/")[0] ?? ""),
  );
  const secrets = [...new Set(entries.flatMap(secretNames))].toSorted();
  const lines = [
    schemaLine("config", version),
    "",
    `matrix: ${DEFAULT_MATRIX}`,
    "",
    `# From tags of ${from}: {key} is a key of the entry, {image} its image, else its backend.`,
    `images: ${flow(images)}`,
    ...(shared
      ? ["", "# Targets that go to one repository are told apart by their names.", "group-by: [backend]"]
      : []),
    ...(tags === 0
      ? [
          "",
          "# No target has tags: they follow from branches, versions and commits, which is what metadata says by default.",
        ]
      : [
          "",
          `# From tags of ${from}, which give each image its own; docker/metadata-action's rules can stand here, too.`,
          "metadata:",
          "  tags:",
          ...tagLines(tags).map((line) => `    - ${JSON.stringify(line)}`),
          '  flavor: ["latest=false"]',
        ]),
    "",
    "# What the generated workflows are made of: whose pushes are built, and who publishes.",
    "workflow:",
    `  branches: ${flow([branch])}`,
    ...(secrets.length === 0 ? [] : [`  # From secret of ${from}.`, `  secrets: ${flow(secrets)}`]),
    "  registries:",
    ...[...hosts].map((host) => `    - ${loginTo(host)}`),
  ];
  return `${lines.join("\n")}\n`;
}

function flow(values: readonly string[]): string {
  return `[${values.map((value) => JSON.stringify(value)).join(", ")}]`;
}

function secretNames({ secret }: MatrixEntry): readonly string[] {
  if (!Array.isArray(secret)) return [];
  return secret.flatMap((each: Json) => {
    const fields: JsonObject = fieldsIn(each);
    const name =
      fields["env"] ?? (fields["src"] === undefined && fields["source"] === undefined ? fields["id"] : undefined);
    return typeof name === "string" && /^[A-Za-z_][A-Za-z0-9_]*$/.test(name) ? [name] : [];
  });
}
