import { DEFAULT_METADATA, type Metadata, parseMetadata } from "@fanfold/digest-tools/planning";
import type { Diagnostic } from "@fanfold-internal/kit/process/diagnostic";
import { didYouMean } from "@fanfold-internal/kit/read/nearest";
import { templateValue } from "@fanfold-internal/matrix/entry-values";
import { entryRefs } from "@fanfold-internal/matrix/find-image";
import type { Identify } from "@fanfold-internal/matrix/identity";
import type { MatrixFile } from "@fanfold-internal/matrix/matrix-file";
import type { LoadedConfig } from "./config.ts";

/** What is found in `metadata` of a config, and in the values that entries give it. */
export const METADATA_CODES = {
  "bad-metadata": "A line of `metadata` is not in docker/metadata-action's grammar, as far as Fanfold takes it.",
  "unknown-metadata-key": "A line of `metadata` names a `{key}` that no entry has.",
  "metadata-key-not-text": "A `{key}` of `metadata` is a list or a mapping in an entry.",
  "tags-differ-between-legs":
    "A `{key}` of `metadata.tags` or `flavor` differs between legs of one image, which has one set of tags.",
} as const;

type MetadataFinding = Diagnostic<keyof typeof METADATA_CODES>;

export interface ConfigMetadata {
  readonly metadata: Metadata;
  /** With an error among them `metadata` is the default one. */
  readonly findings: readonly MetadataFinding[];
  /** Images whose legs would have different tags. */
  readonly legFindings: readonly MetadataFinding[];
}

/** Entries say these whether they have the keys or not: absent ones have a meaning. */
const ALWAYS_KNOWN = ["tag-suffix", "tag-latest", "platform-tag"];

/** Reads `metadata` of a config, and holds its keys against the entries. */
export function configMetadata(config: LoadedConfig, matrix: MatrixFile, identify: Identify): ConfigMetadata {
  const parsed = parseMetadata({ ...DEFAULT_METADATA, ...config.config.metadata });
  if (parsed.kind === "ok") {
    const { metadata } = parsed;
    const tagKeys = new Set(metadata.keys.flatMap(({ list, key }) => (list === "labels" ? [] : [key])));
    return {
      metadata,
      findings: keyFindings(metadata, config, matrix),
      legFindings: legFindings(tagKeys, matrix, identify),
    };
  }
  const findings = parsed.problems.map(
    ({ list, index, message }): MetadataFinding => ({
      code: "bad-metadata",
      severity: "error",
      message: `metadata.${list}: ${message}`,
      at: config.place(["metadata", list, index]),
      fix: "write it as https://github.com/docker/metadata-action describes it",
    }),
  );
  return { metadata: defaultMetadata(), findings, legFindings: [] };
}

function defaultMetadata(): Metadata {
  const parsed = parseMetadata(DEFAULT_METADATA);
  if (parsed.kind === "ok") return parsed.metadata;
  throw new Error("the default metadata cannot be read");
}

function keyFindings({ keys }: Metadata, config: LoadedConfig, matrix: MatrixFile): readonly MetadataFinding[] {
  const refs = entryRefs(matrix.lists);
  const known = new Set(refs.flatMap(({ entry }) => Object.keys(entry)));
  if (known.has("backend")) known.add("image");
  // An empty matrix knows no key, and proves none wrong.
  const unknown = refs.length === 0 ? [] : keys.filter(({ key }) => !known.has(key) && !ALWAYS_KNOWN.includes(key));
  return [
    ...unknown.map(
      ({ list, index, key }): MetadataFinding => ({
        code: "unknown-metadata-key",
        severity: "error",
        message: `no entry has the key ${JSON.stringify(key)}${didYouMean(key, known)}`,
        at: config.place(["metadata", list, index]),
        fix: "name a key of the matrix file's entries",
      }),
    ),
    ...valueFindings(new Set(keys.map(({ key }) => key)), matrix),
  ];
}

function valueFindings(keys: ReadonlySet<string>, matrix: MatrixFile): readonly MetadataFinding[] {
  return entryRefs(matrix.lists).flatMap(({ list, index, entry }) =>
    [...keys].flatMap((key): readonly MetadataFinding[] => {
      const value = Object.hasOwn(entry, key) ? entry[key] : undefined;
      if (typeof value !== "object" || value === null) return [];
      return [
        {
          code: "metadata-key-not-text",
          severity: "error",
          message: `${list}[${index}]: metadata needs a text for {${key}}, found ${JSON.stringify(value).slice(0, 80)}`,
          at: matrix.place(list, index, key),
          fix: "write it as text, or give the entry another key for metadata",
        },
      ];
    }),
  );
}

/** Tags are those of the whole image. Of `tag-latest` the first leg's value wins, as merge-matrix says. */
function legFindings(keys: ReadonlySet<string>, matrix: MatrixFile, identify: Identify): readonly MetadataFinding[] {
  const images = Map.groupBy(entryRefs(matrix.lists), ({ entry }) => identify(entry).id);
  return [...images.values()].flatMap(([first, ...others]) =>
    [...keys].flatMap((key): readonly MetadataFinding[] => {
      if (first === undefined || key === "tag-latest") return [];
      const value = templateValue(first.entry, key);
      const other = others.find(({ entry }) => templateValue(entry, key) !== value);
      if (other === undefined) return [];
      const [here, there] = [templateValue(other.entry, key), value].map((text) => JSON.stringify(text ?? ""));
      return [
        {
          code: "tags-differ-between-legs",
          severity: "error",
          message: `image ${JSON.stringify(identify(first.entry).name)}: {${key}} stands in metadata and is ${here} here, ${there} in ${first.list}[${first.index}]`,
          at: Object.hasOwn(other.entry, key)
            ? matrix.place(other.list, other.index, key)
            : matrix.place(other.list, other.index),
          fix: `give all legs of the image the same ${key}, or add it to group-by to make them images of their own`,
        },
      ];
    }),
  );
}
