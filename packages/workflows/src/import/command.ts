import { readFileSync } from "node:fs";
import { join } from "node:path";
import { fromRoot, openCheckout } from "@fanfold/changed-backends/internal";
import { report } from "@fanfold-internal/kit/process/annotation";
import { UsageError } from "@fanfold-internal/kit/process/command";
import { reasonOf, systemCodeOf } from "@fanfold-internal/kit/process/errors";
import type { Host } from "@fanfold-internal/kit/process/host";
import { countOf } from "@fanfold-internal/kit/text/words";
import own from "../../package.json" with { type: "json" };
import { bakedTargets } from "../bake/baked-targets.ts";
import { WorkflowsError } from "../base/error.ts";
import { DEFAULT_CONFIG, DEFAULT_MATRIX } from "../config/config.ts";
import { ownerAndName, publishedAt } from "../init/publishing-place.ts";
import { writeNew } from "../init/write-new.ts";
import { importedFiles } from "./imported-files.ts";

export interface ImportFlags {
  readonly target?: readonly string[] | undefined;
  readonly registry?: string | undefined;
  readonly dryRun?: boolean | undefined;
}

/**
 * `fanfold import bake|compose FILE…`: what bake files or Compose files build, as a matrix file and a config. Overwrites
 * nothing, and lists what could not be carried over.
 */
export async function runImport(kind: string, files: readonly string[], flags: ImportFlags, host: Host): Promise<void> {
  const compose = files.map((file) => /\.ya?ml$/i.test(file));
  if ((kind !== "bake" && kind !== "compose") || files.length === 0) {
    throw new UsageError("import takes bake or compose, and files: fanfold import bake docker-bake.hcl");
  }
  if (kind === "compose" && compose.includes(false)) throw new UsageError("a Compose file ends in .yaml or .yml");
  const checkout = await openCheckout(host.cwd, host);
  if (checkout === undefined) {
    throw new WorkflowsError({
      code: "no-repository",
      message: `git finds no repository in ${host.cwd}`,
      fix: "run it in a clone, or git init one",
    });
  }
  const { root } = checkout;
  const [first = "", ...others] = files.map((file) => fromRoot(root, host.cwd, file));
  const spec = { files: [first, ...others] as const, targets: flags.target ?? [], variables: [] };
  const named = new Set<string>(spec.files);
  const read = async (path: string): Promise<string> =>
    named.has(path) ? readSource(root, path) : readFileSync(join(root, path), "utf8");
  const { entries, findings, placeOf, fingerprintOf } = await bakedTargets(spec, read, { host, root, runners: {} });
  const problems = findings.filter(({ severity }) => severity === "error");
  if (problems.length > 0) {
    throw new WorkflowsError({ code: "unreadable-input", message: "the targets cannot be imported", problems });
  }
  const origin = ownerAndName(await checkout.originUrl());
  const by = publishedAt(flags.registry, origin).replace(/\/[^/]+$/, "");
  const branch = await checkout.defaultBranch();
  const imported = importedFiles({ spec, entries, placeOf, fingerprintOf, by, branch, version: own.version });
  if (flags.dryRun !== true) writeNew(root, imported.files, "import");
  for (const finding of [...findings, ...imported.lost]) report(host, finding);
  if (flags.dryRun === true) {
    host.stdout([...imported.files].map(([file, text]) => `--- ${file}\n${text}`).join(""));
    return;
  }
  const images = new Set(entries.map((entry) => entry["backend"])).size;
  const what = `${countOf(images, "image")}, ${countOf(entries.length, "entry", "entries")}`;
  const rest = imported.lost.length === 0 ? "" : `; ${countOf(imported.lost.length, "thing")} not carried over`;
  host.stdout(
    `wrote ${DEFAULT_MATRIX}\nwrote ${DEFAULT_CONFIG}\n${what}${rest}; next: fanfold check, fanfold generate\n`,
  );
}

const UNREADABLE: Readonly<Record<string, string>> = {
  ENOENT: "nothing",
  ENOTDIR: "nothing",
  EISDIR: "a directory",
};

function readSource(root: string, path: string): string {
  try {
    return readFileSync(join(root, path), "utf8");
  } catch (cause) {
    const found = UNREADABLE[systemCodeOf(cause) ?? ""] ?? reasonOf(cause);
    throw new WorkflowsError({
      code: "unreadable-input",
      message: `expected a bake file or a Compose file, found ${found}`,
      at: { file: path },
      fix: "name a file that is there",
      cause,
    });
  }
}
