import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { build, transform } from "esbuild";

// This module runs when the package is built, which puts its exports in its place (`tsup.assets.ts`), and when a command is run
// from its sources.
const client = join(import.meta.dirname, "client");

const bundle = await build({
  entryPoints: [join(client, "main.ts")],
  bundle: true,
  minify: true,
  write: false,
  metafile: true,
  format: "iife",
  target: "es2022",
  legalComments: "none",
  logLevel: "silent",
});

/** What runs in the page. */
export const script: string = bundle.outputFiles[0]?.text ?? "";

/** How it looks. */
export const style: string = (
  await transform(await readFile(join(client, "style.css"), "utf8"), { loader: "css", minify: true })
).code.trim();

/**
 * Files that the script is made of, for the licences of those that are not ours.
 * @public the build reads it
 */
export const sources: readonly string[] = Object.keys(bundle.metafile.inputs);
