import { resolve } from "node:path";
import { refused, UsageError } from "@fanfold-internal/kit/process/command";
import type { Host } from "@fanfold-internal/kit/process/host";
import { Command, Option } from "commander";
import { DigestToolsError } from "../base/error.ts";
import { type Environment, readEventContext } from "../base/event-context.ts";
import { problemOf } from "../base/group-problem.ts";
import { mergeAll } from "../merge/all.ts";
import { artifactsOf, groupOfRecords, groupsOfPlan } from "../merge/groups.ts";
import { type GroupReport, type MergeOptions, mergeGroups } from "../merge/run.ts";
import type { Platform } from "../oci/descriptor.ts";
import { parsePlatforms } from "../oci/platform.ts";
import { type Plan, parsePlan } from "../record/plan-file.ts";
import { describeSearch, listArtifacts, readRecords } from "../record/record-file.ts";
import { computeTags, parseShortShaLength, parseTag, parseTagLatest, type Tag, type TagLatest } from "../tags/tags.ts";
import {
  readTextFile,
  type StoreFlags,
  text,
  value,
  values,
  withImageFlag,
  withStoreFlags,
  withStores,
} from "./flags.ts";
import { publishedLines, reportJson, stepLines, titleOf } from "./merge-report.ts";
import { MergeWatch } from "./merge-watch.ts";

interface MergeFlags extends StoreFlags {
  readonly recordDir: readonly string[];
  readonly engine: "registry" | "buildx";
  readonly immutable: boolean;
  readonly allowRollback: boolean;
  readonly dryRun: boolean;
  readonly json: boolean;
}

interface MergeOneFlags extends MergeFlags {
  readonly image: readonly string[];
  readonly tag?: readonly Tag[];
  readonly expect: readonly Platform[];
  readonly tagSuffix?: string;
  readonly tagLatest: TagLatest;
}

/** `merge`: one group, without a plan. */
export function mergeCommand(host: Host): Command {
  const command = new Command("merge")
    .description("Make the index of one image's legs and put its tags on it.")
    .option(
      "--tag <tag>",
      "a tag to publish (again for more); left out, they follow from GitHub's event",
      values(parseTag),
    )
    .requiredOption(
      "--expect <platforms>",
      "the platforms that the image must have: linux/amd64,linux/arm64",
      value(parsePlatforms),
    )
    .option("--tag-suffix <suffix>", "the image, where the record directory holds several")
    .option(
      "--tag-latest <when>",
      "auto, true or false, for tags that follow from the event",
      value(parseTagLatest),
      "auto",
    );
  return withMergeFlags(withImageFlag(command)).action(async (flags: MergeOneFlags) => {
    const repositories = [...new Set(flags.image)];
    checkEngine(flags, repositories);
    const directories = flags.recordDir.map((directory) => resolve(host.cwd, directory));
    const { tags, revision } = tagsFor(flags, host.env);
    const all = await listArtifacts(directories);
    const names = flags.tagSuffix === undefined ? all : artifactsOf(flags.tagSuffix, all);
    const records = await readRecords(directories, names);
    const group = groupOfRecords({ tagSuffix: flags.tagSuffix, expected: flags.expect, tags, revision }, records);
    const searched = await describeSearch(directories, names);
    await run(host, flags, 1, (options) => mergeGroups({ groups: [group], records, repositories, searched }, options));
  });
}

/** `merge-all`: every group of a plan. */
export function mergeAllCommand(host: Host): Command {
  const command = new Command("merge-all")
    .description("Merge every image of a plan, in one process: each complete, or refused by name.")
    .requiredOption("--plan <file>", "what fanfold plan --json prints; - reads standard input");
  return withMergeFlags(command).action(async (flags: MergeFlags & { readonly plan: string }) => {
    const plan = readPlan(host, flags.plan);
    checkEngine(flags, plan.images);
    const shortShaLength = parseShortShaLength(host.env["DOCKER_METADATA_SHORT_SHA_LENGTH"]);
    const recordDirectories = flags.recordDir.map((directory) => resolve(host.cwd, directory));
    const total = groupsOfPlan(plan, shortShaLength).length;
    await run(host, flags, total, (options) => mergeAll({ plan, recordDirectories, shortShaLength }, options));
  });
}

function readPlan(host: Host, file: string): Plan {
  let content: string;
  try {
    content = readTextFile(host, file);
  } catch (error) {
    if (!(error instanceof DigestToolsError)) throw error;
    const fix = "name with --plan the file that fanfold plan --json printed into; - reads standard input";
    throw new DigestToolsError({ ...problemOf(error), fix, cause: error });
  }
  return parsePlan(content, file === "-" ? "<stdin>" : file);
}

function withMergeFlags(command: Command): Command {
  return withStoreFlags(
    command
      .requiredOption("--record-dir <dir>", "where the legs' records lie (again for more)", values(text))
      .addOption(
        new Option("--engine <engine>", "what makes and pushes the index")
          .choices(["registry", "buildx"])
          .default("registry"),
      )
      .option("--immutable", "a fixed tag that stands for something else is refused, not overwritten", false)
      .option("--allow-rollback", "moving tags go to an older image too", false)
      .option("--dry-run", "print what would be requested; request nothing but what bare records leave out", false)
      .option("--json", "one JSON document and nothing else on standard output", false),
  );
}

function checkEngine({ engine, immutable }: MergeFlags, repositories: readonly string[]): void {
  if (engine !== "buildx") return;
  if (immutable) {
    throw new UsageError("--immutable needs --engine registry: what docker will make is not known before");
  }
  const layout = repositories.find((name) => name.startsWith("oci:"));
  if (layout !== undefined) {
    throw new UsageError(`${layout} needs --engine registry: docker puts indexes into registries only`);
  }
}

async function run(
  host: Host,
  flags: MergeFlags,
  total: number,
  merge: (options: MergeOptions) => Promise<readonly GroupReport[]>,
): Promise<void> {
  const watch = new MergeWatch(host, total);
  const { engine, concurrency, immutable, allowRollback, dryRun } = flags;
  const reports = await withStores(host, flags, (stores) =>
    merge({
      openStore: (name) => stores.open(name),
      engine,
      // Most of the time an image waits for one request: with twice as many of them every place is taken.
      concurrency: 2 * concurrency,
      immutable,
      allowRollback,
      dryRun,
      onGroup: watch.onGroup,
    }),
  );
  watch.end(reports);
  if (flags.json) host.stdout(reportJson(reports));
  else for (const report of reports) host.stdout(lines(report));
  watch.summarize(reports);
  if (reports.some(({ verdict }) => verdict === "refused")) refused();
}

function lines(report: GroupReport): string {
  const shown =
    report.steps === undefined ? publishedLines(report) : [`# ${titleOf(report)}`, ...stepLines(report.steps)];
  return shown.map((line) => `${line}\n`).join("");
}

function tagsFor(
  { tag, tagSuffix, tagLatest }: MergeOneFlags,
  env: Environment,
): { readonly tags: readonly Tag[]; readonly revision: string | undefined } {
  if (tag !== undefined) return { tags: tag, revision: undefined };
  if (tagSuffix === undefined) throw new UsageError("name the tags with --tag, or the image with --tag-suffix");
  const event = readEventContext(env);
  const shortShaLength = parseShortShaLength(env["DOCKER_METADATA_SHORT_SHA_LENGTH"]);
  return { tags: computeTags(event, { tagLatest, tagSuffix, shortShaLength }), revision: event.sha };
}
