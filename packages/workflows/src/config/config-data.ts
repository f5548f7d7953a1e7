import type { InputsConfig } from "@fanfold/changed-backends";

/** A login of the build jobs, by the names of its secrets. */
export interface RegistryLogin {
  readonly host: string;
  /** `GITHUB_ACTOR`: whoever started the run. */
  readonly username: string;
  /** `GITHUB_TOKEN`: the job's own token. */
  readonly password: string;
  /** The registry collects untagged images, so legs are tagged until they are merged. */
  readonly anchor?: boolean;
}

/** What the generated workflows are made of. */
export interface WorkflowConfig {
  /** Names the files: `<name>.yml`, `<name>_pr.yml`, … Default `backend`. */
  readonly name?: string;
  readonly branches?: readonly string[];
  /** Patterns; default `*`. */
  readonly tags?: readonly string[];
  readonly cron?: string;
  /** Jobs at once, per shard. */
  readonly "max-parallel"?: number;
  readonly "timeout-minutes"?: number;
  /** Of records and plan. */
  readonly "retention-days"?: number;
  /** `60GB` */
  readonly "need-disk"?: string;
  /** Build argument to text with `{key}` placeholders of the entry. */
  readonly "build-args"?: Readonly<Record<string, string>>;
  /** Those that every entry must have a value for. */
  readonly "required-build-args"?: readonly string[];
  /** Platform to runner, for `fanfold split`. */
  readonly runners?: Readonly<Record<string, string>>;
  readonly cache?: { readonly ref: string; readonly mode?: "min" | "max" };
  readonly registries?: readonly RegistryLogin[];
  readonly merge?: "batch" | "matrix";
  /** Whether the generated build workflow is an input of every entry it builds. Default true. */
  readonly "rebuild-on-change"?: boolean;
  /** Hand-written reusable workflows for lists other than `include`. */
  readonly lists?: Readonly<
    Record<string, { readonly uses: string; readonly with?: Readonly<Record<string, string | number | boolean>> }>
  >;
}

/** One family of images and workflows. */
export interface Config extends InputsConfig {
  readonly matrix?: string;
  /** Repositories that every group is published to. */
  readonly images?: readonly string[];
  readonly workflow?: WorkflowConfig;
}
