import { existsSync, globSync, readFileSync } from "node:fs";
import { resolve } from "node:path";
import { fileURLToPath } from "node:url";
import type { Options } from "tsup";
import { assets } from "./tsup.assets.ts";
import { licenses } from "./tsup.licenses.ts";
import { uncommented } from "./tsup.uncommented.ts";
import { validators } from "./tsup.validators.ts";

const internal = (name: string): string[] => [fileURLToPath(new URL(`internal/${name}/src/*.ts`, import.meta.url))];

// Bundled CommonJS modules call require() for Node's own modules, which an ES module does not have.
const banner = {
  js: 'import { createRequire as __createRequire } from "node:module"; const require = __createRequire(import.meta.url);',
};

// What packages offer each other only, besides what they offer users.
const library = ["src/index.ts", "src/internal.ts", "src/planning.ts", "src/asking.ts"].filter((file) =>
  existsSync(file),
);

// Files of their own: code that ajv made, of which nobody reads lines or names.
const checks = globSync("src/**/*-validator.ts", { exclude: ["src/**/testing/**"] });

const short = { packages: uncommented("packages"), action: uncommented("action") };

/**
 * What every published package's build shares: ESM only, third-party code bundled with its licences, so that what runs
 * in someone's CI is what was published. Only other Fanfold packages stay imports.
 */
export const published = (overrides: Options = {}): Options => {
  const texts = assets();
  return {
    entry: [...library, "src/cli.ts", ...checks],
    format: ["esm"],
    platform: "node",
    target: "node22.19",
    splitting: true,
    clean: true,
    // Declarations name no third-party and no private package: a user's type check needs ours and Node's types.
    dts: {
      entry: library,
      compilerOptions: {
        paths: { "@fanfold-internal/kit/*": internal("kit"), "@fanfold-internal/matrix/*": internal("matrix") },
      },
    },
    noExternal: [/^(?!@fanfold\/|node:)/],
    external: [/^@fanfold\//],
    banner,
    esbuildPlugins: [
      validators(),
      texts.plugin,
      short.packages.esbuildPlugin,
      licenses("dist/THIRD-PARTY-LICENSES.txt", texts.sources),
    ],
    plugins: [short.packages.chunkPlugin],
    ...overrides,
  };
};

/**
 * The build of a GitHub Action, `actions/<name>/dist`: one file from `entry`, whose `main()` is run, with all that it needs
 * from Fanfold's own packages too.
 */
export const action = (name: string, entry: string, overrides: Options = {}): Options => {
  const outDir = fileURLToPath(new URL(`actions/${name}/dist`, import.meta.url));
  return {
    entry: { index: entry },
    outDir,
    outExtension: () => ({ js: ".mjs" }),
    format: ["esm"],
    platform: "node",
    target: "node24",
    splitting: false,
    clean: true,
    noExternal: [/^(?!node:)/],
    banner,
    esbuildPlugins: [
      started(entry),
      validators(),
      short.action.esbuildPlugin,
      licenses(`${outDir}/THIRD-PARTY-LICENSES.txt`),
    ],
    plugins: [short.action.chunkPlugin],
    ...overrides,
  };
};

/** Runs the entry's `main()`: within its module, since a bundle may hold several of that name. */
const started = (entry: string): NonNullable<Options["esbuildPlugins"]>[number] => ({
  name: "started",
  setup({ onLoad }) {
    const file = resolve(entry);
    onLoad({ filter: /\.ts$/ }, ({ path }) => {
      if (path !== file) return undefined;
      return { contents: `${readFileSync(file, "utf8")}\nprocess.exitCode = await main();\n`, loader: "ts" };
    });
  },
});
