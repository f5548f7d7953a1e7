import own from "../../../package.json" with { type: "json" };

/** A command of Fanfold that generated steps run. */
export type FanfoldCommand = "fanfold" | "digest-tools" | "disk-setup";

const EXACT: Readonly<Record<FanfoldCommand, string>> = {
  fanfold: `${own.name}@${own.version}`,
  "digest-tools": `@fanfold/digest-tools@${own.dependencies["@fanfold/digest-tools"]}`,
  "disk-setup": `@fanfold/disk-setup@${own.dependencies["@fanfold/disk-setup"]}`,
};

/**
 * How a step runs a command of Fanfold, by exact version; its arguments follow. Each package has one bin, which npx finds.
 * `--prefix` is where npx looks for a project: in the repository, its .npmrc, its node_modules or its `devEngines` would
 * have a say in what runs. The registry can be set by the runner's environment (npm_config_registry) alone. What is run is
 * `@fanfold/workflows` itself: by its second name, `fanfold`, each job would fetch one package more.
 */
export function fanfoldCommand(command: FanfoldCommand): string {
  return `npx --yes --prefix "$RUNNER_TEMP" ${EXACT[command]}`;
}
