import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import type { Options } from "tsup";
import { licenses } from "./tsup.licenses.ts";
import { uncommented } from "./tsup.uncommented.ts";
import { validators } from "./tsup.validators.ts";

const internal = (name: string): string[] => [fileURLToPath(new URL(`internal/${name}/src/*.ts`, import.meta.url))];

// What packages offer each other only, besides what they offer users.
const library = ["src/index.ts", ...(existsSync("src/internal.ts") ? ["src/internal.ts"] : [])];

const short = uncommented();

/**
 * What every published package's build shares: ESM only, third-party code bundled with its licences, so that what runs
 * in someone's CI is what was published. Only other Fanfold packages stay imports.
 */
export const published = (overrides: Options = {}): Options => ({
  entry: [...library, "src/cli.ts"],
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
  // Bundled CommonJS modules call require() for Node's own modules, which an ES module does not have.
  banner: {
    js: 'import { createRequire as __createRequire } from "node:module"; const require = __createRequire(import.meta.url);',
  },
  esbuildPlugins: [validators(), short.esbuildPlugin, licenses("dist/THIRD-PARTY-LICENSES.txt")],
  plugins: [short.chunkPlugin],
  ...overrides,
});
