import { readdirSync } from "node:fs";
import { join } from "node:path";
import { DEFAULT_CONFIG } from "./config.ts";

/** All configs of a repository, from its root: `.github/fanfold.yml` first, then `.github/fanfold.<name>.yml` by name. */
export function findConfigs(root: string): readonly string[] {
  return namesIn(join(root, ".github"))
    .filter((name) => /^fanfold(?:\..+)?\.yml$/.test(name))
    .map((name) => `.github/${name}`)
    .sort(
      (left, right) => Number(right === DEFAULT_CONFIG) - Number(left === DEFAULT_CONFIG) || (left < right ? -1 : 1),
    );
}

function namesIn(directory: string): readonly string[] {
  try {
    return readdirSync(directory);
  } catch {
    return [];
  }
}
