import { cpSync, existsSync, globSync, mkdirSync, readdirSync } from "node:fs";
import { join } from "node:path";

// Stands in for actions/download-artifact v8.0.1
// (https://github.com/actions/download-artifact/blob/v8.0.1/src/download-artifact.ts): one by its name goes into `path`.
// Of a pattern (without one: of all in the run) none is no error, and makes no folder; a single one goes into `path`
// itself, as one by its name does; several go into folders with their names below it, or with `merge-multiple` all of
// them into `path`.
const env = process.env;
const path = env["INPUT_PATH"] || ".";
const name = env["INPUT_NAME"] ?? "";
const pattern = env["INPUT_PATTERN"] ?? "";
const run = join(env["STAND_IN_ARTIFACTS"] ?? "", env["GITHUB_RUN_ID"] ?? "");

function unpack(artifact: string, into: string): void {
  mkdirSync(into, { recursive: true });
  cpSync(join(run, artifact), into, { recursive: true });
}

if (name !== "") {
  if (!existsSync(join(run, name))) throw new Error(`Artifact not found for name: ${name}`);
  unpack(name, path);
} else {
  const there = existsSync(run) ? readdirSync(run) : [];
  const matching = new Set(pattern === "" ? there : globSync(pattern, { cwd: run }));
  const found = there.filter((artifact) => matching.has(artifact));
  const together = env["INPUT_MERGE-MULTIPLE"] === "true" || found.length === 1;
  for (const artifact of found) unpack(artifact, together ? path : join(path, artifact));
}
