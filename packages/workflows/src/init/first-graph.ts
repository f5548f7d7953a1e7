import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { Diagnostic } from "@fanfold-internal/kit/process/diagnostic";
import { readFamilyGraph } from "../bases/family-graph.ts";
import { DEFAULT_CONFIG } from "../config/config.ts";
import { readFamily } from "../config/family.ts";
import type { FirstImage } from "./first-images.ts";

/** Images that can be built together, and why the others are left out. */
export interface GraphedImages {
  readonly images: readonly FirstImage[];
  readonly findings: readonly Diagnostic[];
}

export interface GraphGround {
  readonly root: string;
  /** The default branch. */
  readonly branch: string;
  /** The files that would be written for images, by their paths. */
  readonly filesFor: (images: readonly FirstImage[]) => ReadonlyMap<string, string>;
}

/**
 * Takes away images until none is built from one that cannot be built before it: those whose lines `check` would refuse in
 * what is written. What such a line means its author knows, and no first file can say it for him.
 */
export async function withoutBadBases(all: readonly FirstImage[], ground: GraphGround): Promise<GraphedImages> {
  let images = all;
  const findings: Diagnostic[] = [];
  // Each round takes at least one image away, or ends.
  for (;;) {
    const errors = await graphErrors(images, ground);
    const blamed = new Map(
      errors.flatMap((error) => (error.at !== undefined && "file" in error.at ? [[error.at.file, error]] : [])),
    );
    const kept = images.filter(({ dockerfile }) => !blamed.has(dockerfile));
    if (kept.length === images.length) return { images, findings };
    for (const { dockerfile } of images) {
      const error = blamed.get(dockerfile);
      if (error === undefined) continue;
      findings.push({
        ...error,
        code: "dockerfile-left-out",
        severity: "warning",
        message: `is left out: ${error.message}`,
      });
    }
    images = kept;
  }
}

async function graphErrors(images: readonly FirstImage[], ground: GraphGround): Promise<readonly Diagnostic[]> {
  if (images.length === 0) return [];
  const { root, branch, filesFor } = ground;
  const written = filesFor(images);
  const readInput = async (path: string): Promise<string> =>
    written.get(path) ?? readFileSync(join(root, path), "utf8");
  const family = await readFamily({ root, readInput }, { config: DEFAULT_CONFIG, matrix: undefined });
  const { findings } = await readFamilyGraph({ readInput, event: { defaultBranch: branch } }, family);
  return findings.filter(({ severity }) => severity === "error");
}
