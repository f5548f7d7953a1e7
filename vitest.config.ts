import { fileURLToPath } from "node:url";
import { defineConfig } from "vitest/config";
import { TotalReporter } from "./scripts/total-reporter.ts";

const source = (name: string, entry = "index") =>
  fileURLToPath(new URL(`packages/${name}/src/${entry}.ts`, import.meta.url));
// GitHub's packages import JSON without saying so, which Node refuses and Vite takes.
const server = { deps: { inline: [/@actions\//] } };
const setupFiles = ["scripts/property-seed.ts"];
const names = ["merge-matrix", "changed-backends", "digest-tools", "disk-setup", "workflows"];

// `src`: unit tests, and the public API from its sources. `dist`: the public API again, as users get it.
// `itg`: against real programs: git, the built bins, registries, an engine.
export default defineConfig({
  test: {
    reporters: ["default", new TotalReporter()],
    // Golden files are written by `vitest -u` alone: one that is missing, or looked for in the wrong place, fails its test.
    update: "none",
    // By default one core stays idle, and on two cores files run one after the other.
    maxWorkers: "100%",
    projects: [
      {
        resolve: {
          alias: names.flatMap((name) => [
            { find: `@fanfold/${name}/internal`, replacement: source(name, "internal") },
            { find: `@fanfold/${name}/planning`, replacement: source(name, "planning") },
            { find: `@fanfold/${name}/asking`, replacement: source(name, "asking") },
            { find: `@fanfold/${name}`, replacement: source(name) },
          ]),
        },
        test: {
          name: "src",
          // Unit tests leave no trace in their process: all files of a worker share it, at half of the CPU time.
          isolate: false,
          // Properties run hundreds of cases, and a machine may be busy.
          testTimeout: 30_000,
          server,
          setupFiles,
          include: ["{packages,internal,rigs}/*/src/**/*.test.ts", "scripts/**/*.test.ts"],
          exclude: ["**/*.itg.test.ts", "**/node_modules/**"],
        },
      },
      { test: { name: "dist", isolate: false, include: ["packages/*/src/**/*.api.test.ts"] } },
      {
        test: {
          name: "itg",
          server,
          setupFiles,
          include: ["{packages,internal,rigs}/*/src/**/*.itg.test.ts", "scripts/**/*.itg.test.ts"],
          globalSetup: ["rigs/testbed/src/vitest-global-setup.ts"],
          testTimeout: 60_000,
          hookTimeout: 120_000,
        },
      },
    ],
  },
});
