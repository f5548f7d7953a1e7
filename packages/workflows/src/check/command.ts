import { type ComparisonRequest, requestComparison, selectChanges } from "@fanfold/changed-backends";
import { openCheckout } from "@fanfold/changed-backends/internal";
import { report } from "@fanfold-internal/kit/process/annotation";
import { refused, UsageError } from "@fanfold-internal/kit/process/command";
import { type Diagnostic, diagnosticJson } from "@fanfold-internal/kit/process/diagnostic";
import { isFanfoldError } from "@fanfold-internal/kit/process/errors";
import type { Host } from "@fanfold-internal/kit/process/host";
import { jsonText } from "@fanfold-internal/kit/text/json-text";
import { printable } from "@fanfold-internal/kit/text/printable";
import { countOf, fewNames } from "@fanfold-internal/kit/text/words";
import { imageText } from "@fanfold-internal/matrix/identity";
import { distinct } from "../base/distinct.ts";
import { WorkflowsError } from "../base/error.ts";
import { readFamilyGraph } from "../bases/family-graph.ts";
import { waveNames } from "../bases/graph-view.ts";
import { lookForConfigs } from "../config/config-files.ts";
import { type Family, type FamilyPaths, type FileFlags, familyPaths, readFamily } from "../config/family.ts";
import { readClone } from "../generate/repository/clone.ts";
import { checkFamily } from "./check.ts";
import { unbuiltDockerfiles } from "./dockerfiles.ts";
import { checkFamilies } from "./families.ts";
import { checkImported } from "./imported.ts";
import { surveyBuilds } from "./surveyed-builds.ts";
import { recentCommits } from "./wide-rules.ts";

export interface CheckFlags extends FileFlags {
  readonly json?: boolean | undefined;
}

/** Names of images that are built from each other, wave by wave. */
type Waves = ReturnType<typeof waveNames>;

/** What `fanfold check --json` prints. */
interface CheckDocument {
  readonly schema: "fanfold.check/1";
  /** Those that could be read; null: without a config, by the built-in rules. */
  readonly families: readonly {
    readonly config: string | null;
    readonly matrix: string;
    readonly entries: number;
    readonly waves: Waves;
  }[];
  readonly errors: number;
  readonly warnings: number;
  readonly findings: readonly ReturnType<typeof diagnosticJson>[];
}

/** `fanfold check`: every family of the repository against the files that git tracks. Errors end it with exit code 1. */
export async function runCheck(flags: CheckFlags, host: Host): Promise<void> {
  const checkout = await openCheckout(host.cwd, host);
  if (checkout === undefined) {
    throw new WorkflowsError({
      code: "no-repository",
      message: `git finds no repository in ${host.cwd}`,
      fix: "run it in a clone: globs and paths are checked against the files that git tracks",
    });
  }
  const request = await requestComparison({ forceAll: true }, host);
  const tracked = await checkout.trackedFiles();
  const families: Family[] = [];
  const waves = new Map<Family, Waves>();
  const named = new Set<string>();
  const findings: Diagnostic[] = [];
  const { configs, misspelt } = lookForConfigs(request.root);
  findings.push(...misspelt);
  for (const paths of familiesToCheck(request.root, configs, flags, host.cwd)) {
    try {
      const family = await readFamily(request, paths, host);
      families.push(family);
      const everything = await selectChanges(request, family.ground);
      // What lies there, committed or not, as in all that is checked.
      const graph = await readFamilyGraph({ readInput: request.readInput, event: request.event }, family);
      waves.set(family, waveNames(graph));
      const survey = await surveyBuilds(family, checkout);
      for (const path of survey.named) named.add(path);
      findings.push(...(await checkImported(request, family, host)));
      const clone = await readClone(checkout, [family]);
      const commits = await recentCommits(family, checkout, host);
      findings.push(...checkFamily(family, tracked, { everything, graph, survey, clone, commits }));
    } catch (error) {
      if (!isFanfoldError(error)) throw error;
      findings.push(...error.diagnostics);
    }
  }
  // Of families that were left out, or are not in order, nobody knows.
  const complete = flags.config === undefined && flags.matrix === undefined && !findings.some(isError);
  if (complete) findings.push(...unbuiltDockerfiles(tracked, named));
  findings.push(...checkFamilies(families), ...(await checkWorkflows(request, families, configs, flags)));
  const once = distinct(findings);
  for (const finding of once) report(host, finding);
  const found = document(families, waves, once);
  host.stdout(flags.json === true ? jsonText(found) : summary(found));
  if (found.errors > 0) refused();
}

/** What is, or would be, generated. Of families that could not be read, and of another matrix file than theirs, nothing is known. */
async function checkWorkflows(
  { root, event }: Pick<ComparisonRequest, "root" | "event">,
  families: readonly Family[],
  configs: readonly string[],
  flags: FileFlags,
): Promise<readonly Diagnostic[]> {
  if (flags.matrix !== undefined) return [];
  const { checkGenerated } = await import("../generate/check-generated.ts");
  const { graphsHere, workflowFiles } = await import("../generate/files/project-files.ts");
  const complete = flags.config === undefined && families.length === configs.length;
  const ours = families.filter(({ config }) => config.file !== null);
  return checkGenerated({
    families: ours,
    graphs: await graphsHere(root, ours, event),
    complete,
    files: workflowFiles(root, ours),
  });
}

function isError({ severity }: Diagnostic): boolean {
  return severity === "error";
}

function familiesToCheck(
  root: string,
  configs: readonly string[],
  flags: FileFlags,
  cwd: string,
): readonly FamilyPaths[] {
  const given = familyPaths(root, cwd, flags);
  if (given.config !== undefined) return [given];
  if (given.matrix !== undefined && configs.length > 1) {
    throw new UsageError(`--matrix needs --config where there are several: ${configs.join(", ")}`);
  }
  return configs.length === 0 ? [given] : configs.map((config) => ({ ...given, config }));
}

function document(
  families: readonly Family[],
  waves: ReadonlyMap<Family, Waves>,
  findings: readonly Diagnostic[],
): CheckDocument {
  return {
    schema: "fanfold.check/1",
    families: families.map((family) => ({
      config: family.config.file,
      matrix: family.matrix.file,
      entries: family.matrix.lists.reduce((sum, { entries }) => sum + entries.length, 0),
      waves: waves.get(family) ?? [],
    })),
    errors: findings.filter(({ severity }) => severity === "error").length,
    warnings: findings.filter(({ severity }) => severity === "warning").length,
    findings: findings.map(diagnosticJson),
  };
}

// Enough to recognise them; --json has all.
const MAX_NAMES = 12;

function summary({ families, errors, warnings }: CheckDocument): string {
  const entries = families.reduce((sum, family) => sum + family.entries, 0);
  const what = `${countOf(families.length, "matrix file")}, ${countOf(entries, "entry", "entries")}`;
  const lines = families.flatMap(({ matrix, waves }) =>
    waves.map((names, index) => `  wave ${index + 1} of ${matrix}: ${fewNames(names.map(imageText), MAX_NAMES)}`),
  );
  return `${[`${what}: ${countOf(errors, "error")}, ${countOf(warnings, "warning")}`, ...lines.map(printable)].join("\n")}\n`;
}
