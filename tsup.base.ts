import license from "esbuild-plugin-license";
import type { Options } from "tsup";

/**
 * What every published package's build shares: ESM only, third-party code bundled with its licences, so that what runs
 * in someone's CI is what was published. Only other Fanfold packages stay imports.
 */
export const published = (overrides: Options = {}): Options => ({
  entry: ["src/index.ts", "src/cli.ts"],
  format: ["esm"],
  platform: "node",
  target: "node22.19",
  splitting: true,
  clean: true,
  // Declarations name no third-party and no private package: a user's type check needs nothing but ours.
  dts: { entry: "src/index.ts", resolve: true },
  noExternal: [/^(?!@fanfold\/|node:)/],
  external: [/^@fanfold\//],
  // Bundled CommonJS modules call require() for Node's own modules, which an ES module does not have.
  banner: {
    js: 'import { createRequire as __createRequire } from "node:module"; const require = __createRequire(import.meta.url);',
  },
  esbuildPlugins: [
    license({
      thirdParty: {
        output: {
          file: "THIRD-PARTY-LICENSES.txt",
          template: (dependencies) =>
            dependencies
              .map(({ packageJson, licenseText }) => `${packageJson.name} ${packageJson.version} (${packageJson.license})\n\n${licenseText}`)
              .sort()
              .join(`\n\n${"-".repeat(80)}\n\n`),
        },
      },
    }),
  ],
  ...overrides,
});
