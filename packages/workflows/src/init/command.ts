import { basename, join } from "node:path";
import { compileInputs, openCheckout, RuleMatcher } from "@fanfold/changed-backends/internal";
import { report } from "@fanfold-internal/kit/process/annotation";
import { UsageError } from "@fanfold-internal/kit/process/command";
import type { Diagnostic } from "@fanfold-internal/kit/process/diagnostic";
import type { Host } from "@fanfold-internal/kit/process/host";
import { countOf, fewNames } from "@fanfold-internal/kit/text/words";
import own from "../../package.json" with { type: "json" };
import { isBakePath } from "../bake/bake-spec.ts";
import { isCalledDockerfile } from "../base/dockerfile-names.ts";
import { WorkflowsError } from "../base/error.ts";
import { DEFAULT_CONFIG, DEFAULT_MATRIX } from "../config/config.ts";
import { workTree } from "../generate/repository/work-tree.ts";
import { firstFiles } from "./first-files.ts";
import type { FirstImage } from "./first-images.ts";
import { ownerAndName, publishingPlace } from "./publishing-place.ts";
import { isThere, writeNew } from "./write-new.ts";

export interface InitFlags {
  readonly registry?: string | undefined;
  readonly platforms?: string | undefined;
  readonly exclude?: readonly string[] | undefined;
  readonly dryRun?: boolean | undefined;
}

/**
 * `fanfold init`: a first matrix file and config for the Dockerfiles that git tracks, or the config alone beside a matrix
 * file. Overwrites nothing.
 *
 * @throws UsageError for a registry, a platform or a glob that is none
 */
export async function runInit(flags: InitFlags, host: Host): Promise<void> {
  const platforms = platformsGiven(flags.platforms);
  const excluded = excluding(flags.exclude ?? []);
  const checkout = await openCheckout(host.cwd, host);
  if (checkout === undefined) {
    throw new WorkflowsError({
      code: "no-repository",
      message: `git finds no repository in ${host.cwd}`,
      fix: "run it in a clone, or git init one",
    });
  }
  const { root } = checkout;
  const origin = ownerAndName(await checkout.originUrl());
  const publishedTo = publishingPlace(flags.registry, origin);
  const tracked = await checkout.trackedFiles();
  // Loaded only here: no other command writes first files.
  const { firstImages } = await import("./first-images.ts");
  const { withoutBadBases } = await import("./first-graph.ts");
  const tree = await workTree(checkout, tracked.filter(mayCount));
  const paths = tracked.filter((path) => !excluded(path));
  const repository = origin?.name ?? basename(root);
  const keeps = isThere(join(root, DEFAULT_MATRIX)) && !isThere(join(root, DEFAULT_CONFIG));
  const branch = await checkout.defaultBranch();
  const filesFor = (images: readonly FirstImage[] | undefined): ReadonlyMap<string, string> =>
    firstFiles({
      ...{ images, publishedTo, branch, version: own.version },
      ignore: images === undefined ? [] : safeIgnores(images, tracked),
    });
  const found = firstImages({ tree, paths, repository, platforms });
  const { images, findings } = keeps
    ? { images: [], findings: [] }
    : await withoutBadBases(found.images, { root, branch, filesFor });
  if (!keeps) for (const finding of [...bakeHints(tracked), ...found.findings, ...findings]) report(host, finding);
  if (images.length === 0 && !keeps) {
    throw new WorkflowsError({
      code: "not-found",
      message: `git tracks no Dockerfile in ${root}${found.findings.length + findings.length === 0 ? "" : " that could be built"}`,
      fix: "git add a Dockerfile (Dockerfile, Dockerfile.x, x.Dockerfile, Containerfile) first",
    });
  }
  const files = filesFor(keeps ? undefined : images);
  if (flags.dryRun !== true) writeNew(root, files, "init");
  // A place for each image says all of it.
  if (origin === undefined && publishedTo.shared) {
    report(host, {
      code: "no-remote",
      severity: "warning",
      message: "there is no remote origin to tell where images are published",
      at: { file: DEFAULT_CONFIG },
      fix: `replace ${publishedTo.images} under images`,
    });
  }
  if (flags.dryRun === true) {
    host.stdout([...files].map(([file, text]) => `--- ${file}\n${text}`).join(""));
    return;
  }
  const written = [...files.keys()].map((file) => `wrote ${file}\n`).join("");
  const legs = images.reduce((sum, image) => sum + image.platforms.length, 0);
  const what = keeps
    ? `kept ${DEFAULT_MATRIX}`
    : `${countOf(images.length, "image")}, ${countOf(legs, "entry", "entries")}`;
  host.stdout(`${written}${what}; next: fanfold check, fanfold plan --force-all\n`);
}

/** Files that say already what is built; of many, all of a kind in one notice. */
function bakeHints(tracked: readonly string[]): readonly Diagnostic[] {
  const bake = tracked.filter((path) => isBakePath(path) && basename(path).startsWith("docker-bake"));
  const compose = tracked.filter((path) => /^(?:docker-)?compose\.ya?ml$/.test(path));
  const hints = compose.map((file) =>
    hint(file, NOT_READ, `fanfold import compose ${file} writes what its services build as data`),
  );
  const [first, ...others] = bake;
  if (first === undefined) return hints;
  const read = `matrix: ${first} takes it as it is, and fanfold import bake ${first} writes it as data`;
  if (others.length === 0) return [hint(first, NOT_READ, read), ...hints];
  const message = `it and ${fewNames(others)} say already what is built, and are not read here`;
  const fix =
    "matrix: { files: [FILE, …] } takes those of one build as they are, and fanfold import bake FILE writes one as data";
  return [hint(first, message, fix), ...hints];
}

const NOT_READ = "says already what is built, and is not read here";

function hint(file: string, message: string, fix: string): Diagnostic {
  return { code: "bake-file", severity: "notice", message, at: { file }, fix };
}

/** Dockerfiles and ignore files: texts that say what is built. */
function mayCount(path: string): boolean {
  return isCalledDockerfile(path) || path.endsWith(".dockerignore");
}

const PAIR = ["linux/amd64", "linux/arm64"];

function platformsGiven(text: string | undefined): readonly string[] {
  if (text === undefined) return PAIR;
  const platforms = text.split(",").map((platform) => platform.trim());
  const bad = platforms.find((platform) => !/^linux\/[a-z0-9]+(?:\/[a-z0-9.]+)?$/.test(platform));
  if (bad !== undefined) {
    throw new UsageError(
      `--platforms takes Linux platforms such as linux/amd64,linux/arm64, found ${JSON.stringify(bad)}`,
    );
  }
  return [...new Set(platforms)];
}

/** Whether a path is left out. */
function excluding(globs: readonly string[]): (path: string) => boolean {
  const { inputs, problems } = compileInputs({ inputs: [], ignore: globs }, { keys: new Set(), lists: [] });
  const [problem] = problems;
  if (problem !== undefined) throw new UsageError(`--exclude: ${problem.message}`);
  const matcher = new RuleMatcher([], inputs.ignore);
  return (path) => matcher.match([path]).unmentioned.length === 0;
}

/** Globs for documentation, where there is any, and where no image reads it. */
function safeIgnores(images: readonly FirstImage[], tracked: readonly string[]): readonly string[] {
  const matcher = new RuleMatcher(
    [...new Set(images.map(({ inferred }) => inferred))].map(({ exact, context, repository }) =>
      [...exact, context, repository].flatMap((input) =>
        input === undefined ? [] : [{ id: "", paths: [input.pattern], except: [] }],
      ),
    ),
    [],
  );
  const isRead = (path: string): boolean => matcher.match([path]).hits.length > 0;
  const documents = [
    { glob: "**/*.md", holds: (path: string) => path.endsWith(".md") },
    { glob: "docs/**", holds: (path: string) => path.startsWith("docs/") },
  ];
  return documents.flatMap(({ glob, holds }) => {
    const found = tracked.filter(holds);
    return found.length > 0 && !found.some(isRead) ? [glob] : [];
  });
}
