import { pathToFileURL } from "node:url";
import type { Options } from "tsup";

type Plugin = NonNullable<Options["esbuildPlugins"]>[number];

/**
 * Puts in the place of each `*-asset.ts` the texts that it exports when it runs, here, once. Its other exports are for the build:
 * `sources` are the files that the texts are made of, whose licences belong to the package.
 */
export function assets(): { readonly plugin: Plugin; readonly sources: () => readonly string[] } {
  const sources: string[] = [];
  return {
    sources: () => sources,
    plugin: {
      name: "assets",
      setup({ onLoad }) {
        onLoad({ filter: /[\\/]src[\\/].*-asset\.ts$/ }, async ({ path }) => {
          const exports: Readonly<Record<string, unknown>> = await import(pathToFileURL(path).href);
          if (!Array.isArray(exports["sources"])) throw new Error(`${path} must export its sources`);
          sources.push(...exports["sources"]);
          const texts = Object.entries(exports).filter(([, text]) => typeof text === "string");
          const contents = texts.map(([name, text]) => `export const ${name} = ${JSON.stringify(text)};\n`).join("");
          return { contents, loader: "js" };
        });
      },
    },
  };
}
