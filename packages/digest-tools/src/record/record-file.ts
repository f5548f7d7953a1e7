import { randomUUID } from "node:crypto";
import { type Dirent, lstatSync, readdirSync, readFileSync } from "node:fs";
import { mkdir, readdir, rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { reasonOf, systemCodeOf } from "@fanfold-internal/kit/process/errors";
import { fewNames } from "@fanfold-internal/kit/text/words";
import { artifactName } from "@fanfold-internal/matrix/artifact-name";
import { DigestToolsError } from "../base/error.ts";
import type { Digest } from "../oci/descriptor.ts";
import { compareRuns, formatRecord, type LegRecord, parseRecord } from "./record.ts";

/** What was found under one artifact's name. */
export type FoundRecord =
  | { readonly kind: "record"; readonly file: string; readonly record: LegRecord }
  /** Only a digest, as the name of an empty file; the registry is asked for the rest. */
  | { readonly kind: "bare"; readonly file: string; readonly digest: Digest }
  /** `holds`: what lies in the artifact's folder instead; undefined where there is no folder. */
  | { readonly kind: "missing"; readonly holds?: readonly string[] }
  | { readonly kind: "unreadable"; readonly error: DigestToolsError };

export type FoundRecords = ReadonlyMap<string, FoundRecord>;

const FILE = "record.json";
// A record of a thousand repositories has a few hundred kilobytes; what is larger is none, and is not loaded.
const MAX_BYTES = 4 * 1024 * 1024;

/**
 * Writes `<directory>/<artifact name>/record.json`: as a whole or not at all. Returns the file.
 * @throws DigestToolsError `io`
 */
export async function writeRecord(directory: string, record: LegRecord): Promise<string> {
  const folder = join(directory, artifactName(record.tagSuffix, record.platformTag));
  const file = join(folder, FILE);
  const temporary = join(folder, `.${randomUUID()}`);
  try {
    await mkdir(folder, { recursive: true });
    await writeFile(temporary, formatRecord(record), { flag: "wx" });
    await rename(temporary, file);
  } catch (cause) {
    // What is in the way of the file may be in the way of this too; the first failure is the one to tell.
    await rm(temporary, { force: true }).catch(() => {});
    throw unusable(file, "cannot be written", cause, "name a directory that can be written, with push --record-dir");
  }
  return file;
}

/**
 * The records of these artifacts, and of no others, from one or several directories; of two attempts the higher one.
 * What is wrong with one record is in its result and does not keep the others from being read. A directory that is not there
 * is an empty one: actions/download-artifact makes none when nothing was uploaded.
 * @throws DigestToolsError `io` when a directory cannot be read at all
 */
export async function readRecords(directories: readonly string[], names: readonly string[]): Promise<FoundRecords> {
  for (const directory of directories) await listFolders(directory);
  // At once: hundreds of small files one after the other take a third of the time that node:fs/promises takes for them.
  return new Map(names.map((name) => [name, readEverywhere(directories, name)]));
}

/** The names of all artifacts in these directories, sorted. @throws DigestToolsError `io` */
export async function listArtifacts(directories: readonly string[]): Promise<readonly string[]> {
  const names = await Promise.all(directories.map(listFolders));
  return [...new Set(names.flat())].sort();
}

/**
 * Where the records of these artifacts were looked for, as the end of a sentence; where nothing of them is, with what is there
 * instead. @throws DigestToolsError `io`
 */
export async function describeSearch(directories: readonly string[], names: readonly string[]): Promise<string> {
  const wanted = new Set(names);
  const places = directories.map(async (directory) => {
    const entries = await listEntries(directory);
    if (entries === undefined) return `${directory}, which is not there`;
    if (entries.length === 0) return `${directory}, which is empty`;
    const found = entries.map(({ name }) => name).toSorted();
    return found.some((name) => wanted.has(name)) ? directory : `${directory}, which holds ${fewNames(found)}`;
  });
  return `in ${(await Promise.all(places)).join(" and ")}`;
}

async function listFolders(directory: string): Promise<readonly string[]> {
  const entries = (await listEntries(directory)) ?? [];
  return entries.filter((entry) => entry.isDirectory()).map(({ name }) => name);
}

/** Undefined when there is no such directory. */
async function listEntries(directory: string): Promise<readonly Dirent[] | undefined> {
  try {
    return await readdir(directory, { withFileTypes: true });
  } catch (cause) {
    if (isAbsent(cause)) return undefined;
    throw unusable(directory, "cannot be read", cause, "name the directory that holds the legs' artifacts");
  }
}

function readEverywhere(directories: readonly string[], name: string): FoundRecord {
  let best: FoundRecord = { kind: "missing" };
  for (const directory of directories) best = newer(best, readArtifact(join(directory, name)));
  return best;
}

/** A record that cannot be read is not passed over for an older one: nobody knows which attempt it is of. */
function newer(left: FoundRecord, right: FoundRecord): FoundRecord {
  if (left.kind === "missing" && right.kind === "missing") return left.holds === undefined ? right : left;
  if (right.kind === "missing" || left.kind === "unreadable") return left;
  if (left.kind === "missing" || right.kind === "unreadable") return right;
  if (left.kind === "record" && right.kind === "record") {
    const order = compareRuns(left.record.run, right.record.run);
    if (order !== 0) return order < 0 ? right : left;
    if (formatRecord(left.record) === formatRecord(right.record)) return left;
  }
  if (left.kind === "bare" && right.kind === "bare" && left.digest === right.digest) return left;
  return twoRecords(left.file, right.file);
}

function readArtifact(folder: string): FoundRecord {
  let names: readonly string[];
  try {
    if (!lstatSync(folder).isDirectory()) return { kind: "unreadable", error: notPlain(folder, "a folder") };
    names = readdirSync(folder);
  } catch (cause) {
    if (isAbsent(cause)) return { kind: "missing" };
    return { kind: "unreadable", error: unusable(folder, "cannot be read", cause, "make it readable") };
  }
  const digests = names.filter((name) => /^[0-9a-f]{64}$/.test(name)).map((hex): Digest => `sha256:${hex}`);
  const [digest, ...more] = digests;
  const file = join(folder, digest?.slice("sha256:".length) ?? FILE);
  if (more[0] !== undefined) return twoRecords(file, join(folder, more[0].slice("sha256:".length)));
  if (!names.includes(FILE)) return digest === undefined ? { kind: "missing", holds: names } : readBare(file, digest);
  const found = readRecord(join(folder, FILE));
  if (found.kind !== "record" || digest === undefined) return found;
  const same = found.record.images.some(({ descriptor }) => descriptor.digest === digest);
  return same ? found : twoRecords(found.file, file);
}

function readBare(file: string, digest: Digest): FoundRecord {
  const found = lstatSync(file);
  const empty = found.isFile() && found.size === 0;
  return empty ? { kind: "bare", file, digest } : { kind: "unreadable", error: notPlain(file, "an empty file") };
}

function readRecord(file: string): FoundRecord {
  try {
    // A link could lead anywhere; an artifact that holds one was not made by us.
    const found = lstatSync(file);
    if (!found.isFile() || found.size > MAX_BYTES)
      return { kind: "unreadable", error: notPlain(file, "a file of at most 4 MiB") };
    return { kind: "record", file, record: parseRecord(readFileSync(file, "utf8"), file) };
  } catch (cause) {
    const error =
      cause instanceof DigestToolsError ? cause : unusable(file, "cannot be read", cause, "make it readable");
    return { kind: "unreadable", error };
  }
}

function twoRecords(left: string, right: string): FoundRecord {
  const error = new DigestToolsError({
    code: "duplicate-record",
    message: `two records for one leg, and nothing tells which one counts: ${left} and ${right}`,
    fix: "remove the one that is not of this run",
  });
  return { kind: "unreadable", error };
}

function notPlain(file: string, expected: string): DigestToolsError {
  return new DigestToolsError({
    code: "invalid-record",
    message: `is not ${expected}`,
    at: { file },
    fix: "a record is written by digest-tools push; remove what is there",
  });
}

function isAbsent(cause: unknown): boolean {
  return systemCodeOf(cause) === "ENOENT";
}

function unusable(file: string, what: string, cause: unknown, fix: string): DigestToolsError {
  return new DigestToolsError({ code: "io", message: `${what}: ${reasonOf(cause)}`, at: { file }, fix, cause });
}
