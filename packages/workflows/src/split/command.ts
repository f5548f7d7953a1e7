import { readFileSync } from "node:fs";
import { join } from "node:path";
import { isatty } from "node:tty";
import { report } from "@fanfold-internal/kit/process/annotation";
import type { Host } from "@fanfold-internal/kit/process/host";
import { findConfigs } from "../config/config-files.ts";
import { type Family, type FamilyPaths, type FileFlags, familyPaths, readFamily } from "../config/family.ts";
import { repositoryRoot } from "../generate/files/project-files.ts";
import { unifiedDiff } from "../generate/files/render-drift.ts";
import { type FileChange, writeFiles } from "../generate/files/write-files.ts";
import { splitMatrix } from "./split-matrix.ts";

export interface SplitFlags extends FileFlags {
  readonly write?: boolean | undefined;
}

/** `fanfold split`: shows what native legs make of the matrix files, and with `--write` writes it. */
export async function runSplit(flags: SplitFlags, host: Host): Promise<void> {
  const root = await repositoryRoot(host);
  const changes: FileChange[] = [];
  let entries = 0;
  let legs = 0;
  for (const { config, matrix, identity } of await familiesToSplit(root, flags, host)) {
    const before = readFileSync(join(root, matrix.file), "utf8").replace(/^\uFEFF/, "");
    const split = splitMatrix(before, matrix, {
      runners: config.config.workflow?.runners ?? {},
      identify: identity.identify,
    });
    for (const finding of split.left) report(host, finding);
    if (split.entries === 0) continue;
    host.stdout(unifiedDiff(matrix.file, before, split.text, host.terminal && isatty(1)));
    changes.push({ path: matrix.file, text: split.text });
    entries += split.entries;
    legs += split.legs;
  }
  if (flags.write === true) writeFiles(root, changes);
  host.stdout(`${summary(entries, legs, flags.write === true)}\n`);
}

function summary(entries: number, legs: number, written: boolean): string {
  if (entries === 0) return "nothing to split";
  const what = `${entries} ${entries === 1 ? "entry" : "entries"} to ${legs} native legs`;
  return written ? `${what}, written; next: fanfold generate` : `${what}; fanfold split --write writes it`;
}

/** Each matrix file once. */
async function familiesToSplit(root: string, flags: FileFlags, host: Host): Promise<readonly Family[]> {
  const given = familyPaths(root, host.cwd, flags);
  const configs = given.config === undefined ? findConfigs(root) : [];
  const paths: readonly FamilyPaths[] =
    configs.length === 0 ? [given] : configs.map((config) => ({ ...given, config }));
  const source = { root, readInput: async (path: string): Promise<string> => readFileSync(join(root, path), "utf8") };
  const all = await Promise.all(paths.map((each) => readFamily(source, each, host)));
  // Each platform of a bake target is a leg already.
  const families = all.filter(({ baked }) => !baked);
  return [...new Map(families.toReversed().map((family) => [family.matrix.file, family])).values()].reverse();
}
