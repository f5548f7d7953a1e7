import { closeSync, lstatSync, mkdirSync, openSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { openCheckout } from "@fanfold/changed-backends/internal";
import { report } from "@fanfold-internal/kit/process/annotation";
import type { Host } from "@fanfold-internal/kit/process/host";
import own from "../../package.json" with { type: "json" };
import { WorkflowsError } from "../base/error.ts";
import { repositoryName } from "../config/images.ts";
import { refuseLinks } from "../generate/files/write-files.ts";
import { firstFiles } from "./first-files.ts";
import type { FirstImage } from "./first-images.ts";

/** `fanfold init`: a first matrix file and config for the Dockerfiles that git tracks. Overwrites nothing. */
export async function runInit(host: Host): Promise<void> {
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
  const tracked = await checkout.trackedFiles();
  // Loaded only here: no other command reads Dockerfiles.
  const { firstImages } = await import("./first-images.ts");
  const images = firstImages({
    tracked,
    repository: origin?.name ?? basename(root),
    read: (path) => readIfThere(join(root, path)),
  });
  if (images.length === 0) {
    throw new WorkflowsError({
      code: "not-found",
      message: `git tracks no Dockerfile in ${root}`,
      fix: "git add a Dockerfile (Dockerfile, Dockerfile.x, x.Dockerfile, Containerfile) first",
    });
  }
  const publishedTo = `ghcr.io/${origin?.owner ?? "owner"}/${origin?.name ?? "name"}`;
  const branch = await checkout.defaultBranch();
  const ignore = documentation(tracked, images);
  const files = firstFiles({ images, publishedTo, ignore, branch, version: own.version });
  writeNew(root, files);
  if (origin === undefined) {
    report(host, {
      code: "no-remote",
      severity: "warning",
      message: "there is no remote origin to tell where images are published",
      at: { file: ".github/fanfold.yml" },
      fix: `replace ${publishedTo} under images`,
    });
  }
  const legs = images.reduce((sum, { platforms }) => sum + platforms.length, 0);
  const written = [...files.keys()].map((file) => `wrote ${file}\n`).join("");
  host.stdout(`${written}${images.length} images, ${legs} entries; next: fanfold check, fanfold plan --force-all\n`);
}

/** `owner/name` of a remote repository's address, as a registry takes it. */
function ownerAndName(url: string | undefined): { readonly owner: string; readonly name: string } | undefined {
  const [, owner, name] =
    /^(?:[a-z+]+:\/\/[^/]+\/|[^/:]+:)(?:.*\/)?([^/]+)\/([^/]+?)(?:\.git)?\/?$/.exec(url?.toLowerCase() ?? "") ?? [];
  if (owner === undefined || name === undefined || repositoryName(`ghcr.io/${owner}/${name}`) === undefined) return;
  return { owner, name };
}

/** Globs for documentation, where there is any, and where no image is made of it. */
function documentation(tracked: readonly string[], images: readonly FirstImage[]): readonly string[] {
  const read = images.flatMap(({ dockerfile, context, copied }) => [dockerfile, context, ...copied]);
  const inDocs = (path: string): boolean => path === "docs" || path.startsWith("docs/");
  return [
    ...(tracked.some((file) => file.endsWith(".md")) && !read.some((path) => path.endsWith(".md")) ? ["**/*.md"] : []),
    ...(tracked.some(inDocs) && !read.some(inDocs) ? ["docs/**"] : []),
  ];
}

function readIfThere(path: string): string | undefined {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return undefined;
  }
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
