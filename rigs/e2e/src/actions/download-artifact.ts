import { cpSync, existsSync, globSync, mkdirSync } from "node:fs";
import { join } from "node:path";

// Stands in for actions/download-artifact: one by its name into `path`, those of a pattern each into a folder with its
// name below `path`. None for a pattern is no error, as there.
const env = process.env;
const path = env["INPUT_PATH"] ?? "";
const name = env["INPUT_NAME"] ?? "";
const run = join(env["STAND_IN_ARTIFACTS"] ?? "", env["GITHUB_RUN_ID"] ?? "");

if (name !== "") {
  if (!existsSync(join(run, name))) throw new Error(`Artifact '${name}' not found`);
  mkdirSync(path, { recursive: true });
  cpSync(join(run, name), path, { recursive: true });
} else {
  for (const found of globSync(env["INPUT_PATTERN"] ?? "*", { cwd: run })) {
    cpSync(join(run, found), join(path, found), { recursive: true });
  }
}
