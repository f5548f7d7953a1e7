import type { ComparisonRequest } from "@fanfold/changed-backends";
import { type AskedEntries, type FileByValue, readInputHashes } from "@fanfold/changed-backends/internal";
import { reasonOf, systemCodeOf } from "@fanfold-internal/kit/process/errors";
import type { Json } from "@fanfold-internal/kit/read/json";
import type { Config } from "../config/config.ts";
import type { Family } from "../config/family.ts";
import { BUILT_LIST } from "../config/lists.ts";
import { workflowMeaning } from "../config/workflow-meaning.ts";
import { buildOf } from "../keys/key-table.ts";
import { hashOf } from "./content-key.ts";

/**
 * Of each entry, by its list, a hash of what it is built from but other images, and null where nobody asked; or why nobody
 * knows, in a few words.
 */
export type EntryContents =
  | { readonly kind: "hashes"; readonly byList: ReadonlyMap<string, readonly (string | null)[]> }
  | { readonly kind: "unknown"; readonly reason: string };

/** The commit that is built, and its files. */
export type ContentRequest = Pick<ComparisonRequest, "event" | "root" | "sources" | "readInput" | "stateOf">;

/**
 * Hashes what the entries of a family are built from: their files, what they and the config say of the build, and the
 * workflow that builds them. `head`: the commit that is compared, where no event says what is built. `asked`: of which
 * entries, which is asked for once their files are read; of all without it.
 */
export async function readEntryContents(
  request: ContentRequest,
  { config, matrix, ground }: Pick<Family, "config" | "matrix" | "ground">,
  head: string | null,
  asked?: () => Promise<AskedEntries>,
): Promise<EntryContents> {
  const { workflow, generated = [] } = ground;
  const own = Object.entries(config.config.workflow?.lists ?? {}).map(
    ([list, { uses }]) => [list, uses.slice("./".length)] as const,
  );
  const paths = [...own.map(([, path]) => path), ...(workflow === undefined ? [] : [workflow.path])];
  const texts = await readMeanings(request, paths);
  if (typeof texts === "string") return { kind: "unknown", reason: texts };
  const matrixPaths = ground.matrixSource?.paths ?? [ground.matrixPath];
  const foreign = [...matrixPaths, config.file, ...paths].find(
    (path) => path !== null && request.stateOf(path) === "foreign",
  );
  if (foreign !== undefined) {
    return { kind: "unknown", reason: `${foreign} is not that of the commit` };
  }
  const isAsked = await asked?.();
  const read = await readInputHashes(
    request,
    {
      ...ground,
      known: [...matrixPaths, ...(ground.config === undefined ? [] : [ground.config.path]), ...(ground.known ?? [])],
      byValue: texts.filter(({ path }) => path === workflow?.path),
      silent: workflow === undefined ? generated : [...generated, workflow.path],
      asked: isAsked,
    },
    head,
  );
  if (read.kind === "unknown") return read;
  const byList = matrix.lists.map(({ name, entries }): [string, readonly (string | null)[]] => {
    const file = own.find(([list]) => list === name)?.[1];
    const ownWorkflow = texts.find(({ path }) => path === file)?.value ?? null;
    const values = hashOf([name, ...listValues(config.config, name), ownWorkflow]);
    const files = read.byList.get(name) ?? [];
    return [
      name,
      entries.map((entry, index) => {
        const hash = files[index] ?? null;
        return hash === null ? null : hashOf([values, entry, hash]);
      }),
    ];
  });
  return { kind: "hashes", byList: new Map(byList) };
}

/** What a config says of the build of all entries of a list. Where images go is no part of it. */
function listValues(config: Config, list: string): readonly Json[] {
  const build = Object.entries(buildOf(config)).filter(([key]) => /^(?:build|metadata)\./.test(key));
  const { checkout, lists } = config.workflow ?? {};
  const own = list === BUILT_LIST ? checkout : lists?.[list];
  return [Object.fromEntries(build), own === undefined ? null : { ...own }];
}

/** What these workflows do, of those that are there; or why one cannot be read. */
async function readMeanings(
  { readInput }: Pick<ContentRequest, "readInput">,
  paths: readonly string[],
): Promise<readonly FileByValue[] | string> {
  const found: FileByValue[] = [];
  for (const path of new Set(paths)) {
    try {
      const text = await readInput(path);
      found.push({ path, value: workflowMeaning(text) ?? text.replaceAll("\r\n", "\n") });
    } catch (error) {
      if (!["ENOENT", "ENOTDIR"].includes(systemCodeOf(error) ?? "")) return `${path}: ${reasonOf(error)}`;
    }
  }
  return found;
}
