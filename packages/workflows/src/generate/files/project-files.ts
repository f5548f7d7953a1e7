import { existsSync, readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import type { PlannedEvent } from "@fanfold/changed-backends";
import { openCheckout } from "@fanfold/changed-backends/internal";
import { reasonOf } from "@fanfold-internal/kit/process/errors";
import type { Host } from "@fanfold-internal/kit/process/host";
import { WorkflowsError } from "../../base/error.ts";
import { type FamilyGraph, readFamilyGraph } from "../../bases/family-graph.ts";
import { DEFAULT_CONFIG } from "../../config/config.ts";
import { findConfigs } from "../../config/config-files.ts";
import { type Family, familyPaths, readFamily, refuseBadGroups } from "../../config/family.ts";
import { ACTION_DIRECTORY, WORKFLOW_DIRECTORY } from "../blueprint/paths.ts";

/** What is there: the families to generate for, and the texts of all workflows, composite actions and public keys. */
export interface Project {
  readonly families: readonly Family[];
  /** What images of each family are built from. */
  readonly graphs: FamilyGraphs;
  /** Whether `families` are all that the repository has. */
  readonly complete: boolean;
  readonly files: ReadonlyMap<string, string>;
}

/** Null: nobody says. */
type DefaultBranch = Pick<PlannedEvent, "defaultBranch">;

export type FamilyGraphs = ReadonlyMap<Family, FamilyGraph>;

/**
 * What images are built from by the Dockerfiles that lie there, committed or not: those that are committed with what is made.
 * The default branch is the one that plans go by: `requestComparison` knows it.
 */
export async function graphsHere(
  root: string,
  families: readonly Family[],
  { defaultBranch }: DefaultBranch,
): Promise<FamilyGraphs> {
  const request = { readInput: fileReader(root), event: { defaultBranch } };
  const graphs = families.map(async (family) => [family, await readFamilyGraph(request, family)] as const);
  return new Map(await Promise.all(graphs));
}

/** The root of the repository around the directory that a command runs in; that directory, where there is none. */
export async function repositoryRoot(host: Host): Promise<string> {
  return (await openCheckout(host.cwd, host))?.root ?? host.cwd;
}

/**
 * Reads what files are generated from, and the files that are there. `config`: only this family.
 * @throws WorkflowsError `not-found` without a config, `unreadable-input`, `bad-rule`, `bad-group`
 */
export async function readProject(
  root: string,
  host: Host,
  { config, event }: { readonly config: string | undefined; readonly event: DefaultBranch },
): Promise<Project> {
  const named = config === undefined ? undefined : familyPaths(root, host.cwd, { config }).config;
  const configs = named === undefined ? findConfigs(root) : [named];
  if (configs.length === 0) {
    throw new WorkflowsError({
      code: "not-found",
      message: "there is no config to generate workflows from",
      at: { file: DEFAULT_CONFIG },
      fix: "write a first one with fanfold init",
    });
  }
  const source = { root, readInput: fileReader(root) };
  const families = await Promise.all(
    configs.map((path) => readFamily(source, { config: path, matrix: undefined }, host)),
  );
  for (const family of families) refuseBadGroups(family);
  return {
    families,
    graphs: await graphsHere(root, families, event),
    complete: named === undefined,
    files: workflowFiles(root, families),
  };
}

/** The texts of all workflows, of all actions of the repository, and of the public keys of families. */
export function workflowFiles(root: string, families: readonly Family[]): ReadonlyMap<string, string> {
  const workflows = list(join(root, WORKFLOW_DIRECTORY))
    .filter((name) => /\.ya?ml$/.test(name))
    .map((name) => `${WORKFLOW_DIRECTORY}/${name}`);
  const actions = list(join(root, ACTION_DIRECTORY)).flatMap((name) =>
    ["yml", "yaml"].map((ending) => `${ACTION_DIRECTORY}/${name}/action.${ending}`),
  );
  const paths = [...workflows, ...actions, ...families.flatMap(publicKeyPaths)].filter((path) =>
    isFile(join(root, path)),
  );
  return new Map(paths.map((path) => [path, read(root, path)]));
}

function publicKeyPaths({ config: { config } }: Family): readonly string[] {
  return config.sign === undefined || config.sign === "cosign" ? [] : [config.sign.public];
}

function fileReader(root: string): (path: string) => Promise<string> {
  return async (path) => readFileSync(join(root, path), "utf8");
}

function list(directory: string): readonly string[] {
  return existsSync(directory) ? readdirSync(directory).sort() : [];
}

function isFile(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isFile() === true;
}

function read(root: string, path: string): string {
  try {
    return readFileSync(join(root, path), "utf8");
  } catch (cause) {
    throw new WorkflowsError({
      code: "unreadable-input",
      message: `cannot be read: ${reasonOf(cause)}`,
      at: { file: path },
      fix: "make it readable: the pins of actions in it are kept",
      cause,
    });
  }
}
