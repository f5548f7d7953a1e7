import { randomUUID } from "node:crypto";
import { lstatSync, readdirSync } from "node:fs";
import { mkdir, rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { reasonOf, systemCodeOf } from "@fanfold-internal/kit/process/errors";
import { readRegularFile } from "@fanfold-internal/kit/read/text";
import { artifactName } from "@fanfold-internal/matrix/names";
import { DigestToolsError } from "../base/error.ts";
import type { Digest } from "../oci/descriptor.ts";
import { formatRecord, type LegRecord, parseRecord } from "./record.ts";

/** What was found under one artifact's name. */
export type FoundRecord =
  | { readonly kind: "record"; readonly file: string; readonly record: LegRecord }
  /** Only a digest, as the name of an empty file; the registry is asked for the rest. */
  | { readonly kind: "bare"; readonly file: string; readonly digest: Digest }
  /** `holds`: what is in the artifact's folder instead; undefined where there is no folder. */
  | { readonly kind: "missing"; readonly holds?: readonly string[] }
  | { readonly kind: "unreadable"; readonly error: DigestToolsError };

export const RECORD_FILE = "record.json";
// A record of a thousand repositories has a few hundred kilobytes; a larger file is not a record and is not loaded.
const MAX_BYTES = 4 * 1024 * 1024;

/**
 * Writes `<directory>/<artifact name>/record.json`: as a whole or not at all. Returns the file.
 * @throws DigestToolsError `io`
 */
export async function writeRecord(
  directory: string,
  record: LegRecord,
  artifact: string = artifactName("", record.tagSuffix, record.platformTag),
): Promise<string> {
  const folder = join(directory, artifact);
  const file = join(folder, RECORD_FILE);
  const temporary = join(folder, `.${randomUUID()}`);
  try {
    await mkdir(folder, { recursive: true });
    await writeFile(temporary, formatRecord({ ...record, artifactName: artifact }), { flag: "wx" });
    await rename(temporary, file);
  } catch (cause) {
    // What is in the way of the file may be in the way of this too; the first failure is the one to report.
    await rm(temporary, { force: true }).catch(() => {});
    throw unusable(file, "cannot be written", cause, "name a directory that can be written, with push --record-dir");
  }
  return file;
}

/** The record in an artifact's folder. What is wrong with it is in the result. */
export function readArtifact(folder: string): FoundRecord {
  let names: readonly string[];
  try {
    if (!lstatSync(folder).isDirectory()) return { kind: "unreadable", error: notPlain(folder, "a folder") };
    names = readdirSync(folder);
  } catch (cause) {
    if (systemCodeOf(cause) === "ENOENT") return { kind: "missing" };
    return { kind: "unreadable", error: unusable(folder, "cannot be read", cause, "make it readable") };
  }
  const digests = names.filter(isBareName).map((hex): Digest => `sha256:${hex}`);
  const [digest, ...more] = digests;
  const file = join(folder, digest?.slice("sha256:".length) ?? RECORD_FILE);
  if (more[0] !== undefined) return twoRecords(file, join(folder, more[0].slice("sha256:".length)));
  if (!names.includes(RECORD_FILE)) {
    return digest === undefined ? { kind: "missing", holds: names } : readBare(file, digest);
  }
  const found = readRecord(join(folder, RECORD_FILE));
  if (found.kind !== "record" || digest === undefined) return found;
  const same = found.record.images.some(({ descriptor }) => descriptor.digest === digest);
  return same ? found : twoRecords(found.file, file);
}

/** A record's file, wherever it is. */
export function readRecord(file: string): FoundRecord {
  try {
    // A link could lead anywhere; an artifact that holds one was not made by push.
    const found = lstatSync(file);
    if (!found.isFile()) return { kind: "unreadable", error: notPlain(file, "a regular file") };
    if (found.size > MAX_BYTES) return { kind: "unreadable", error: notPlain(file, "a file of at most 4 MiB") };
    return { kind: "record", file, record: parseRecord(readRegularFile(file, MAX_BYTES), file) };
  } catch (cause) {
    const error =
      cause instanceof DigestToolsError ? cause : unusable(file, "cannot be read", cause, "make it readable");
    return { kind: "unreadable", error };
  }
}

/** Whether a file's name is the hexadecimal part of a digest, which is what a bare record is. */
export function isBareName(name: string): boolean {
  return /^[0-9a-f]{64}$/.test(name);
}

export function twoRecords(left: string, right: string): FoundRecord {
  const error = new DigestToolsError({
    code: "duplicate-record",
    message: `there are two records for one leg, and nothing decides between them: ${left} and ${right}`,
    fix: "remove the one that is not of this run",
  });
  return { kind: "unreadable", error };
}

export function unusable(file: string, what: string, cause: unknown, fix: string): DigestToolsError {
  return new DigestToolsError({ code: "io", message: `${what}: ${reasonOf(cause)}`, at: { file }, fix, cause });
}

function readBare(file: string, digest: Digest): FoundRecord {
  try {
    const found = lstatSync(file);
    if (found.isFile() && found.size === 0) return { kind: "bare", file, digest };
    return { kind: "unreadable", error: notPlain(file, "an empty file") };
  } catch (cause) {
    return { kind: "unreadable", error: unusable(file, "cannot be read", cause, "make it readable") };
  }
}

function notPlain(file: string, expected: string): DigestToolsError {
  return new DigestToolsError({
    code: "invalid-record",
    message: `is not ${expected}`,
    at: { file },
    fix: "a record is written by digest-tools push; remove what is there",
  });
}
