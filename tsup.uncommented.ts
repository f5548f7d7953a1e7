import { readFile } from "node:fs/promises";
import type { Options } from "tsup";

type Plugin = NonNullable<Options["esbuildPlugins"]>[number];
type ChunkPlugin = NonNullable<Options["plugins"]>[number];
type Esbuild = Parameters<Plugin["setup"]>[0]["esbuild"];

/**
 * Bundles third-party code without its comments, in the shortest syntax and with short names: a sixth of what the packages
 * weighed with its names. What is written then goes through the same once more, which takes the bundler's own comments with
 * the path of each module and those of our code. Our code keeps its names and is printed line by line, so that a stack trace
 * still names functions and lines that a reader finds in `dist`; where a file holds third-party code alone, or is all of an
 * action, which each job fetches, it is printed in lines of a hundred characters. Comments that hold a licence stay.
 */
export function uncommented(print: "packages" | "action"): {
  readonly esbuildPlugin: Plugin;
  readonly chunkPlugin: ChunkPlugin;
} {
  let tool: Esbuild | undefined;
  // Only minifyWhitespace makes esbuild drop comments.
  const shortest = { loader: "js", minifyWhitespace: true, minifySyntax: true } as const;
  return {
    esbuildPlugin: {
      name: "uncommented",
      setup({ onLoad, esbuild }) {
        tool = esbuild;
        onLoad({ filter: /[\\/]node_modules[\\/].*\.[cm]?js$/ }, async ({ path }) => {
          // The bundler prints what it gets on lines of their own again.
          const source = await readFile(path, "utf8");
          const { code } = await esbuild.transform(source, { ...shortest, minifyIdentifiers: true, sourcefile: path });
          return { contents: code, loader: "js" };
        });
      },
    },
    chunkPlugin: {
      name: "uncommented",
      async renderChunk(code, { path }) {
        if (tool === undefined || !/\.m?js$/.test(path)) return undefined;
        if (isThirdParty(code))
          return { code: (await tool.transform(code, { ...shortest, minifyIdentifiers: true, lineLimit: 100 })).code };
        if (print === "action") return { code: (await tool.transform(code, { ...shortest, lineLimit: 100 })).code };
        const bare = await tool.transform(code, shortest);
        const printed = await tool.transform(bare.code, { loader: "js" });
        return { code: printed.code };
      },
    },
  };
}

/** By the bundler's comments, which name the module that follows. In a validator's place stands what ajv made of it. */
function isThirdParty(code: string): boolean {
  const modules = [...code.matchAll(/^\/\/ (\S+\.[cm]?[jt]s)$/gm)].map(([, path = ""]) => path);
  return (
    modules.length > 0 && modules.every((path) => path.includes("node_modules/") || path.endsWith("-validator.ts"))
  );
}
