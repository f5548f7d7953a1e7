import { createHash } from "node:crypto";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { Refusal } from "./refusal.ts";

/** Everything that a release publishes; it lies in one directory, made by one job and published by another. */
export interface Release {
  readonly version: string;
  /** The commit that it is built from. */
  readonly source: string;
  /** The commit of the actions, which the packages name. */
  readonly actions: string;
  /** In the order in which they are published. */
  readonly packages: readonly ReleasePackage[];
}

export interface ReleasePackage {
  readonly name: string;
  /** A tarball in `tarballs/`. */
  readonly file: string;
  /** As registries write it: `sha512-…`. */
  readonly integrity: string;
}

/** What stands where in the directory of a release. */
export const PLACES = {
  /** The `Release`. */
  about: "release.json",
  /** Of the release on GitHub. */
  notes: "notes.md",
  tarballs: "tarballs",
  /** What the commit of the actions holds. */
  actions: "branch",
} as const;

export function writeRelease(directory: string, release: Release): void {
  writeFileSync(join(directory, PLACES.about), `${JSON.stringify(release, null, 2)}\n`);
}

/** @throws Refusal where a tarball is not the one that was packed. */
export function readRelease(directory: string): Release {
  const release: Release = JSON.parse(readFileSync(join(directory, PLACES.about), "utf8"));
  for (const { file, integrity } of release.packages) {
    const found = integrityOf(join(directory, PLACES.tarballs, file));
    if (found !== integrity) throw new Refusal(`${file} is not what was packed: expected ${integrity}, found ${found}`);
  }
  return release;
}

function integrityOf(file: string): string {
  return `sha512-${createHash("sha512").update(readFileSync(file)).digest("base64")}`;
}
