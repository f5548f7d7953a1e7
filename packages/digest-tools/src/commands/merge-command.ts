import { refused, UsageError } from "@fanfold-internal/kit/process/command";
import type { Host } from "@fanfold-internal/kit/process/host";
import { nameOf, pathFrom, readText } from "@fanfold-internal/kit/read/text";
import { Command, Option } from "commander";
import { DigestToolsError } from "../base/error.ts";
import { readEventContext, readRunContext } from "../base/event-context.ts";
import { dockerRunner } from "../docker/docker.ts";
import { mergeAll } from "../merge/all.ts";
import { chooseGroups, type ImageChoice } from "../merge/choice.ts";
import { groupOfRecords, groupsOfPlan, type MergeGroup } from "../merge/groups.ts";
import { type GroupReport, type MergeOptions, mergeGroups } from "../merge/run.ts";
import { parseShortShaLength } from "../metadata/read-event.ts";
import { OWN_PREFIX } from "../oci/annotations.ts";
import type { Platform } from "../oci/descriptor.ts";
import { parsePlatforms } from "../oci/platform.ts";
import { assertPlanOfRun, type MergePlan, parsePlan } from "../record/plan-file.ts";
import { describeSearch, readAllRecords } from "../record/records.ts";
import { CosignSigner } from "../sign/signer.ts";
import { computeTags, parseTag, parseTagLatest, type Tag, type TagLatest } from "../tags/tags.ts";
import { type StoreFlags, text, value, values, withImageFlag, withStoreFlags, withStores } from "./flags.ts";
import { MergeProgress } from "./merge-progress.ts";
import { publishedLines, reportJson, stepLines, titleOf } from "./merge-report.ts";

interface MergeFlags extends StoreFlags {
  readonly recordDir: readonly string[];
  readonly engine: "registry" | "buildx";
  readonly immutable: boolean;
  readonly allowRollback: boolean;
  readonly dryRun: boolean;
  readonly json: boolean;
}

interface MergeOneFlags extends MergeFlags {
  readonly plan?: string;
  readonly image: readonly string[];
  readonly tag?: readonly Tag[];
  readonly expect: readonly Platform[];
  readonly tagSuffix?: string;
  readonly tagLatest: TagLatest;
  readonly annotation: readonly Annotation[];
}

type Annotation = readonly [key: string, value: string];

/** `merge`: one image, as its flags say; a plan says by whom it is signed. */
export function mergeCommand(host: Host): Command {
  const command = new Command("merge")
    .description("Make the index of one image's legs and set its tags.")
    .optionsGroup("Which image:")
    .option(
      "--tag <tag>",
      "a tag to publish (repeatable); without it the tags follow from GitHub's event",
      values(parseTag),
    )
    .requiredOption(
      "--expect <platforms>",
      "exactly the platforms that the image must have: linux/amd64,linux/arm64",
      value(parsePlatforms),
    )
    .option("--plan <file>", "the plan of this run, which says by whom images are signed; - is standard input", text)
    .option("--tag-suffix <suffix>", "the image, if the record directory holds several")
    .option(
      "--tag-latest <when>",
      "whether the event's tags include latest: auto, true or false",
      value(parseTagLatest),
      "auto",
    )
    .addOption(
      new Option("--annotation <key=value>", "an annotation of the index (repeatable)")
        .argParser(values(parseAnnotation))
        .default([], "none"),
    );
  return withMergeFlags(withImageFlag(command)).action(async (flags: MergeOneFlags) => {
    const repositories = [...new Set(flags.image)];
    checkEngine(flags, repositories);
    const directories = flags.recordDir.map((directory) => pathFrom(host, directory));
    const signer = flags.plan === undefined ? undefined : signerOf(readPlan(flags.plan, host), flags, host);
    const { tags, revision } = tagsFor(flags, host);
    const records = await readAllRecords(directories, flags.tagSuffix);
    const { tagSuffix, expect: expected } = flags;
    const annotations = Object.fromEntries(flags.annotation);
    const group = groupOfRecords({ tagSuffix, repositories, expected, tags, annotations, revision }, records);
    const searched = await describeSearch(directories, [...records.keys()]);
    await run(host, flags, 1, (options) =>
      mergeGroups({ groups: [group], records, searched, run: readRunContext(host.env) }, { ...options, signer }),
    );
  });
}

/** @throws DigestToolsError `invalid-options` */
function parseAnnotation(given: string): Annotation {
  const [, key = "", text = ""] = /^([^=]*)=(.*)$/s.exec(given) ?? [];
  if (key !== "" && !key.startsWith(OWN_PREFIX)) return [key, text];
  throw new DigestToolsError({
    code: "invalid-options",
    message:
      key === ""
        ? `expected key=value, found ${JSON.stringify(given)}`
        : `${key} is an annotation that merge writes itself`,
  });
}

interface MergeAllFlags extends MergeFlags, ImageChoice {
  readonly plan: string;
}

/** `merge-all`: every image of a plan. */
export function mergeAllCommand(host: Host): Command {
  const command = new Command("merge-all")
    .description("Publish every image of a plan, in one process: each complete, or refused by name.")
    .optionsGroup("Which images:")
    .requiredOption("--plan <file>", "the output of fanfold plan --json; - is standard input")
    .option("--only <names>", "these images of the plan alone, by name, with commas (repeatable)", values(String))
    .option("--rest", "all images but those of two legs and more that are built, which have a job each");
  return withMergeFlags(command).action(async (flags: MergeAllFlags) => {
    const { only, rest } = flags;
    if (only !== undefined && rest === true) {
      throw new UsageError("--only and --rest exclude each other: each says which images are published");
    }
    const plan = readPlan(flags.plan, host);
    const shortShaLength = parseShortShaLength(host.env["DOCKER_METADATA_SHORT_SHA_LENGTH"]);
    const recordDirectories = flags.recordDir.map((directory) => pathFrom(host, directory));
    const groups = chosen(groupsOfPlan(plan, shortShaLength), { only, rest });
    checkEngine(flags, [...new Set(groups.flatMap(({ repositories }) => repositories))]);
    const signer = signerOf(plan, flags, host);
    await run(host, flags, groups.length, (options) =>
      mergeAll(
        { plan, only, rest, recordDirectories, shortShaLength, run: readRunContext(host.env) },
        { ...options, signer },
      ),
    );
  });
}

/** The plan of this run. @throws DigestToolsError, InputError */
function readPlan(file: string, host: Host): MergePlan {
  const source = {
    what: "the plan",
    fix: "name the file that holds what fanfold plan --json prints; - is standard input",
  };
  const plan = parsePlan(readText(host, file, source), nameOf(file));
  assertPlanOfRun(plan, host.env);
  return plan;
}

/** Undefined: the plan's images are not signed. */
function signerOf({ sign }: MergePlan, { plainHttp }: MergeFlags, { env, debug }: Host): CosignSigner | undefined {
  return sign === undefined ? undefined : new CosignSigner(sign, { env, debug, plainHttp });
}

/** A name that no image has was mistyped. @throws UsageError */
function chosen(groups: readonly MergeGroup[], choice: ImageChoice): readonly MergeGroup[] {
  try {
    return chooseGroups(groups, choice);
  } catch (error) {
    if (error instanceof DigestToolsError) throw new UsageError(`--only: ${error.message}`);
    throw error;
  }
}

function withMergeFlags(command: Command): Command {
  return withStoreFlags(
    command
      .optionsGroup("How it is published:")
      .requiredOption("--record-dir <dir>", "a directory with the legs' records (repeatable)", values(text))
      .addOption(
        new Option("--engine <engine>", "what makes and pushes the index")
          .choices(["registry", "buildx"])
          .default("registry"),
      )
      .option("--immutable", "refuse to overwrite a fixed tag that stands for something else", false)
      .option("--allow-rollback", "set moving tags even to an older image", false)
      .optionsGroup("Output:")
      .option("--dry-run", "print what would be requested; request only what reading the legs takes", false)
      .option("--json", "print one JSON document and nothing else on standard output", false),
  );
}

function checkEngine({ engine, immutable }: MergeFlags, repositories: readonly string[]): void {
  if (engine !== "buildx") return;
  if (immutable) {
    throw new UsageError("--immutable needs --engine registry: the index that docker makes is not known in advance");
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
  const progress = new MergeProgress(host, total);
  const { engine, concurrency, immutable, allowRollback, dryRun } = flags;
  const reports = await withStores(host, { ...flags, writes: !flags.dryRun }, (stores) =>
    merge({
      openStore: (name) => stores.open(name),
      engine,
      // An image mostly waits for one request: twice as many images as requests keep every place busy.
      concurrency: 2 * concurrency,
      immutable,
      allowRollback,
      dryRun,
      docker: dockerRunner(host.env, host.debug),
      onGroup: progress.onGroup,
    }),
  );
  progress.end(reports);
  if (flags.json) host.stdout(reportJson(reports));
  else for (const report of reports) host.stdout(lines(report));
  progress.summarize(reports);
  if (reports.some(({ verdict }) => verdict === "refused")) refused();
}

function lines(report: GroupReport): string {
  const shown =
    report.steps === undefined ? publishedLines(report) : [`# ${titleOf(report)}`, ...stepLines(report.steps)];
  return shown.map((line) => `${line}\n`).join("");
}

function tagsFor(
  { tag, tagSuffix, tagLatest }: MergeOneFlags,
  host: Host,
): { readonly tags: readonly Tag[]; readonly revision: string | undefined } {
  if (tag !== undefined) return { tags: tag, revision: undefined };
  if (tagSuffix === undefined) throw new UsageError("name the tags with --tag, or the image with --tag-suffix");
  const event = readEventContext(host);
  const shortShaLength = parseShortShaLength(host.env["DOCKER_METADATA_SHORT_SHA_LENGTH"]);
  return { tags: computeTags(event, { tagLatest, tagSuffix, shortShaLength }), revision: event.sha };
}
