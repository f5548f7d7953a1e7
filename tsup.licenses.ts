import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import type { Options } from "tsup";

type Plugin = NonNullable<Options["esbuildPlugins"]>[number];

/**
 * Writes the licences of all bundled third-party packages to `file`. (The plugins there are write into a folder that
 * tsup has not made yet, or need Rollup.)
 */
export const licenses = (file: string): Plugin => ({
  name: "licenses",
  setup(build) {
    build.initialOptions.metafile = true;
    build.onEnd(({ metafile }) => {
      const inputs = Object.keys(metafile?.inputs ?? {}).filter((input) => input.includes("node_modules/"));
      const folders = new Set(inputs.map((input) => packageFolder(resolve(input))));
      mkdirSync(dirname(file), { recursive: true });
      writeFileSync(
        file,
        `${[...folders]
          .map(entry)
          .sort()
          .join(`\n\n${"-".repeat(80)}\n\n`)}\n`,
      );
    });
  },
});

function packageFolder(path: string): string {
  const match = /^.*\/node_modules\/(?:@[^/]+\/)?[^/]+/.exec(path);
  if (match === null) throw new Error(`${path} lies in no package`);
  return match[0];
}

function entry(folder: string): string {
  const { name, version, license } = JSON.parse(readFileSync(join(folder, "package.json"), "utf8"));
  const text = readdirSync(folder).find((name) => /^(licen[cs]e|copying)/i.test(name));
  if (text === undefined && license === undefined) throw new Error(`${name} is bundled and states no licence`);
  return `${name} ${version} (${license})\n\n${text === undefined ? `Licensed under ${license}.` : readFileSync(join(folder, text), "utf8").trim()}`;
}
