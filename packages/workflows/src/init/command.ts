import { closeSync, lstatSync, mkdirSync, openSync, rmSync, writeFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { compileInputs, openCheckout, RuleMatcher } from "@fanfold/changed-backends/internal";
import { report } from "@fanfold-internal/kit/process/annotation";
import { UsageError } from "@fanfold-internal/kit/process/command";
import type { Host } from "@fanfold-internal/kit/process/host";
import { countOf } from "@fanfold-internal/kit/text/words";
import own from "../../package.json" with { type: "json" };
import { isCalledDockerfile } from "../base/dockerfile-names.ts";
import { WorkflowsError } from "../base/error.ts";
import { workTree } from "../check/work-tree.ts";
import { DEFAULT_CONFIG, DEFAULT_MATRIX } from "../config/config.ts";
import { repositoryName } from "../config/images.ts";
import { refuseLinks } from "../generate/files/write-files.ts";
import { firstFiles } from "./first-files.ts";
import type { FirstImage } from "./first-images.ts";

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
  const publishedTo = publishedAt(flags.registry, origin);
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
  if (!keeps) for (const finding of [...found.findings, ...findings]) report(host, finding);
  if (images.length === 0 && !keeps) {
    throw new WorkflowsError({
      code: "not-found",
      message: `git tracks no Dockerfile in ${root}${found.findings.length + findings.length === 0 ? "" : " that could be built"}`,
      fix: "git add a Dockerfile (Dockerfile, Dockerfile.x, x.Dockerfile, Containerfile) first",
    });
  }
  const files = filesFor(keeps ? undefined : images);
  if (flags.dryRun !== true) writeNew(root, files);
  if (origin === undefined) {
    report(host, {
      code: "no-remote",
      severity: "warning",
      message: "there is no remote origin to tell where images are published",
      at: { file: DEFAULT_CONFIG },
      fix: `replace ${publishedTo} under images`,
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

/** `ghcr.io/owner/name`, or in the registry that is named, with or without a path of its own. */
function publishedAt(registry: string | undefined, origin: ReturnType<typeof ownerAndName>): string {
  const [owner, name] = [origin?.owner ?? "owner", origin?.name ?? "name"];
  const place = (registry ?? "ghcr.io").replace(/\/+$/, "");
  const repository = place.includes("/") ? `${place}/${name}` : `${place}/${owner}/${name}`;
  const host = place.split("/")[0] ?? "";
  if ((host.includes(".") || host.includes(":") || host === "localhost") && repositoryName(repository) !== undefined) {
    return repository;
  }
  throw new UsageError(
    `--registry takes a registry such as quay.io or quay.io/team, found ${JSON.stringify(registry)}`,
  );
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

/** `owner/name` of a remote repository's address, as a registry takes it. */
function ownerAndName(url: string | undefined): { readonly owner: string; readonly name: string } | undefined {
  const [, owner, name] =
    /^(?:[a-z+]+:\/\/[^/]+\/|[^/:]+:)(?:.*\/)?([^/]+)\/([^/]+?)(?:\.git)?\/?$/.exec(url?.toLowerCase() ?? "") ?? [];
  if (owner === undefined || name === undefined || repositoryName(`ghcr.io/${owner}/${name}`) === undefined) return;
  return { owner, name };
}

/** Writes all files, or none. @throws WorkflowsError `would-overwrite`, `unwritable` */
function writeNew(root: string, files: ReadonlyMap<string, string>): void {
  const there = [...files.keys()].filter((file) => isThere(join(root, file)));
  if (there.length > 0) {
    throw new WorkflowsError({
      code: "would-overwrite",
      message: "init writes first files, and overwrites none",
      problems: there.map((file) => ({
        code: "would-overwrite",
        severity: "error",
        message: "is there already",
        at: { file },
        fix: "keep it (fanfold check tells what it lacks), or move it away",
      })),
    });
  }
  for (const file of files.keys()) refuseLinks(root, file);
  const written: string[] = [];
  try {
    for (const [file, text] of files) {
      const path = join(root, file);
      mkdirSync(dirname(path), { recursive: true });
      // Made by us from here on, and so ours to take back.
      closeSync(openSync(path, "wx"));
      written.push(path);
      writeFileSync(path, text);
    }
  } catch (cause) {
    for (const path of written) rmSync(path, { force: true });
    const message = cause instanceof Error ? cause.message : String(cause);
    throw new WorkflowsError({
      code: "unwritable",
      message: `cannot be written: ${message}`,
      at: { file: root },
      cause,
    });
  }
}

/** A symbolic link that leads nowhere is there, too. */
function isThere(path: string): boolean {
  try {
    return lstatSync(path) !== undefined;
  } catch {
    return false;
  }
}
