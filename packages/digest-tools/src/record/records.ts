import type { Dirent } from "node:fs";
import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { systemCodeOf } from "@fanfold-internal/kit/process/errors";
import { countOf, fewNames } from "@fanfold-internal/kit/text/words";
import { artifactName, artifactOfUpload, uploadsOf } from "@fanfold-internal/matrix/names";
import { DigestToolsError } from "../base/error.ts";
import { compareRuns, formatRecord, type LegRecord } from "./record.ts";
import {
  type FoundRecord,
  isBareName,
  RECORD_FILE,
  readArtifact,
  readRecord,
  twoRecords,
  unusable,
} from "./record-file.ts";

/** By the artifact's name, without an attempt. */
export type FoundRecords = ReadonlyMap<string, FoundRecord>;

/**
 * The records of these artifacts, and of no others, from one or several directories: of several attempts the highest. A
 * directory may also hold one record.json itself, which is where actions/download-artifact puts a single match. What is
 * wrong with one record is in its result and does not keep the others from being read. A directory that does not exist is an
 * empty one: actions/download-artifact makes none when nothing was uploaded.
 * @throws DigestToolsError `io` when a directory cannot be read at all
 */
export async function readRecords(directories: readonly string[], names: readonly string[]): Promise<FoundRecords> {
  const folders = await Promise.all(directories.map(recordFolder));
  // Synchronously: hundreds of small files one after the other take a third of the time that node:fs/promises takes.
  return new Map(names.map((name) => [name, newestOf(folders.flatMap((folder) => uploadsIn(folder, name)))]));
}

/**
 * All records of these directories; with a tag-suffix those whose folder's name is one of that image.
 * @throws DigestToolsError `io` when a directory cannot be read at all
 */
export async function readAllRecords(directories: readonly string[], tagSuffix?: string): Promise<FoundRecords> {
  const folders = await Promise.all(directories.map(recordFolder));
  const byArtifact = new Map<string, Upload[]>();
  for (const { directory, entries, lone } of folders) {
    const found = entries
      .filter((entry) => entry.isDirectory() && isOfImage(tagSuffix, entry.name))
      .map(({ name }) => ({ name, record: readArtifact(join(directory, name)) }));
    const alone = lone?.kind === "record" ? [{ name: artifactOf(lone.record), record: lone }] : [];
    for (const { name, record } of [...found, ...alone.filter((one) => isOfImage(tagSuffix, one.name))]) {
      const artifact = artifactIn(name, record);
      const [upload] = uploadsOf(artifact, [name]);
      byArtifact.set(artifact, [...(byArtifact.get(artifact) ?? []), { attempt: upload?.attempt, record }]);
    }
  }
  const names = [...byArtifact.keys()].toSorted();
  return new Map(names.map((name) => [name, newestOf(byArtifact.get(name) ?? [])]));
}

/**
 * Where the records of these artifacts were looked for, as the end of a sentence; where none of them is, with what is there
 * instead. @throws DigestToolsError `io`
 */
export async function describeSearch(directories: readonly string[], names: readonly string[]): Promise<string> {
  const places = (await Promise.all(directories.map(recordFolder))).map((folder) => describeFolder(folder, names));
  return `in ${places.join(" and ")}`;
}

/** Artifacts in these directories, by their names without an attempt, that are none of the known. @throws DigestToolsError `io` */
export async function otherArtifacts(
  directories: readonly string[],
  known: ReadonlySet<string>,
): Promise<readonly string[]> {
  const folders = await Promise.all(directories.map(recordFolder));
  const names = folders.flatMap(({ entries }) =>
    entries.filter((entry) => entry.isDirectory()).map(({ name }) => name),
  );
  const others = names.filter((name) => !known.has(name) && !known.has(artifactOfUpload(name)));
  return [...new Set(others.map(artifactOfUpload))].toSorted();
}

interface RecordFolder {
  readonly directory: string;
  readonly exists: boolean;
  readonly entries: readonly Dirent[];
  /** Names of entries by the artifacts that they may be uploads of. */
  readonly named: ReadonlyMap<string, readonly string[]>;
  /** Its own record.json. */
  readonly lone: FoundRecord | undefined;
}

interface Upload {
  /** By the folder's name; undefined: it has none. */
  readonly attempt: number | undefined;
  readonly record: FoundRecord;
}

async function recordFolder(directory: string): Promise<RecordFolder> {
  let entries: readonly Dirent[];
  try {
    entries = await readdir(directory, { withFileTypes: true });
  } catch (cause) {
    if (systemCodeOf(cause) === "ENOENT")
      return { directory, exists: false, entries: [], named: new Map(), lone: undefined };
    throw unusable(directory, "cannot be read", cause, "name the directory that holds the legs' artifacts");
  }
  const holdsRecord = entries.some((entry) => entry.name === RECORD_FILE && !entry.isDirectory());
  const lone = holdsRecord ? readRecord(join(directory, RECORD_FILE)) : undefined;
  return { directory, exists: true, entries, named: namesByArtifact(entries.map(({ name }) => name)), lone };
}

/** Each name as that of an artifact, and as that of an attempt's upload. */
function namesByArtifact(names: readonly string[]): ReadonlyMap<string, readonly string[]> {
  const found = Map.groupBy(names, (name) => name);
  for (const name of names) {
    const artifact = artifactOfUpload(name);
    if (artifact !== name) found.set(artifact, [...(found.get(artifact) ?? []), name]);
  }
  return found;
}

function uploadsIn({ directory, named, lone }: RecordFolder, name: string): readonly Upload[] {
  const folders = uploadsOf(name, named.get(name) ?? []).map(({ uploaded, attempt }) => ({
    attempt,
    record: ownRecord(name, join(directory, uploaded)),
  }));
  const alone = lone?.kind === "record" && artifactOf(lone.record) === name;
  return alone ? [...folders, { attempt: undefined, record: lone }] : folders;
}

/** An image of the same tag-suffix in another repository has another artifact: its record says which. */
function ownRecord(name: string, folder: string): FoundRecord {
  const found = readArtifact(folder);
  const recorded = found.kind === "record" ? found.record.artifactName : undefined;
  if (recorded === undefined || recorded === name) return found;
  const error = new DigestToolsError({
    code: "invalid-record",
    message: `is the record of the artifact ${recorded}, expected that of ${name}`,
    at: { file: join(folder, RECORD_FILE) },
    fix: "unpack each artifact into a folder of its own name",
  });
  return { kind: "unreadable", error };
}

function newestOf(uploads: readonly Upload[]): FoundRecord {
  const [first, ...others] = uploads;
  return first === undefined ? { kind: "missing" } : others.reduce(newer, first).record;
}

/**
 * Of two uploads of one artifact that of the later run, or of the later attempt. One that cannot be read is passed over only
 * where its name says that it is of an earlier attempt.
 */
function newer(left: Upload, right: Upload): Upload {
  const byRun = compareRunIds(left.record, right.record);
  if (byRun !== 0) return byRun < 0 ? right : left;
  const byAttempt = attemptOf(left) - attemptOf(right);
  if (byAttempt === 0) return { ...left, record: same(left.record, right.record) };
  const [earlier, later] = byAttempt < 0 ? [left, right] : [right, left];
  return earlier.record.kind === "unreadable" && earlier.attempt === undefined ? earlier : later;
}

function attemptOf({ attempt, record }: Upload): number {
  return attempt ?? (record.kind === "record" ? (record.record.run?.attempt ?? 0) : 0);
}

function compareRunIds(left: FoundRecord, right: FoundRecord): number {
  if (left.kind !== "record" || right.kind !== "record") return 0;
  const [one, other] = [left.record.run, right.record.run];
  return compareRuns(one && { ...one, attempt: 1 }, other && { ...other, attempt: 1 });
}

/** Two of one attempt must say the same. */
function same(left: FoundRecord, right: FoundRecord): FoundRecord {
  if (left.kind === "missing" && right.kind === "missing") return left.holds === undefined ? right : left;
  if (right.kind === "missing" || left.kind === "unreadable") return left;
  if (left.kind === "missing" || right.kind === "unreadable") return right;
  if (left.kind === "record" && right.kind === "record" && formatRecord(left.record) === formatRecord(right.record)) {
    return left;
  }
  if (left.kind === "bare" && right.kind === "bare" && left.digest === right.digest) return left;
  return twoRecords(left.file, right.file);
}

function artifactOf({ artifactName: recorded, tagSuffix, platformTag }: LegRecord): string {
  return recorded ?? artifactName("", tagSuffix, platformTag);
}

/** Which artifact a folder is of: a record says so itself, a bare one is known by its name alone. */
function artifactIn(folder: string, found: FoundRecord): string {
  if (found.kind !== "record") return /^digests.*--/s.test(folder) ? artifactOfUpload(folder) : folder;
  const own = artifactOf(found.record);
  return uploadsOf(own, [folder]).length > 0 ? own : folder;
}

/** Whether a folder's name is one of that image, with or without an attempt; undefined: of any. */
function isOfImage(tagSuffix: string | undefined, folder: string): boolean {
  if (tagSuffix === undefined) return true;
  return [folder, artifactOfUpload(folder)].some((name) => {
    const [, platformTag] = /--(.*)$/s.exec(name) ?? [];
    return platformTag !== undefined && artifactName("", tagSuffix, platformTag) === name;
  });
}

function describeFolder({ directory, exists, entries, lone }: RecordFolder, names: readonly string[]): string {
  if (!exists) return `${directory}, which does not exist`;
  if (entries.length === 0) return `${directory}, which is empty`;
  const found = entries.map(({ name }) => name).toSorted();
  if (lone !== undefined) {
    const of = lone.kind === "record" ? `that of ${artifactOf(lone.record)}` : "one that cannot be read";
    return `${directory}, which holds one ${RECORD_FILE} itself, ${of} (actions/download-artifact puts a single artifact there; with merge-multiple each overwrites the one before: leave that out)`;
  }
  const bare = found.filter(isBareName).length;
  if (bare > 0) {
    return `${directory}, which holds ${countOf(bare, "digest")} without the folders that say whose they are (leave merge-multiple out of actions/download-artifact)`;
  }
  if (names.some((name) => uploadsOf(name, found).length > 0)) return directory;
  return `${directory}, which holds ${fewNames(found)}`;
}
