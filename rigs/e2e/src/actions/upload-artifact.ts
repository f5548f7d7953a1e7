import { cpSync, existsSync, mkdirSync, rmSync, statSync } from "node:fs";
import { basename, join } from "node:path";

// Stands in for actions/upload-artifact. STAND_IN_ARTIFACTS holds a folder per run, shared by all its attempts, as on
// GitHub. One file or one directory; hidden files are left out, as there.
const env = process.env;
const name = env["INPUT_NAME"] ?? "artifact";
const path = env["INPUT_PATH"] ?? "";

// https://github.com/actions/toolkit/blob/main/packages/artifact/src/internal/upload/path-and-artifact-name-validation.ts
if (name === "" || /["\\/:<>|*?\r\n]/.test(name)) throw new Error(`the artifact name is not valid: ${name}`);
const target = join(env["STAND_IN_ARTIFACTS"] ?? "", env["GITHUB_RUN_ID"] ?? "", name);
if (!existsSync(path)) {
  if (env["INPUT_IF-NO-FILES-FOUND"] === "error") throw new Error(`no files were found with the path: ${path}`);
} else {
  if (existsSync(target)) {
    if (env["INPUT_OVERWRITE"] !== "true") throw new Error(`409: an artifact with this name already exists: ${name}`);
    rmSync(target, { recursive: true });
  }
  mkdirSync(target, { recursive: true });
  const visible = (file: string): boolean => !basename(file).startsWith(".");
  if (statSync(path).isDirectory()) cpSync(path, target, { recursive: true, filter: visible });
  else cpSync(path, join(target, basename(path)));
}
