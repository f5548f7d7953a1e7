import type { OwnAction, Pin, PinnedAction, PinnedImage } from "./pins.ts";

/** A scope of GITHUB_TOKEN, and why the job needs it: the reason stands beside it in the file. */
export interface Grant {
  readonly scope: string;
  readonly access: "read" | "write";
  readonly reason: string;
}

/** `inherited`: what the calling job has, which is all that a called job can ever get. */
export type Permissions =
  | { readonly kind: "granted"; readonly grants: readonly Grant[] }
  | { readonly kind: "inherited"; readonly reason: string };

export type Value = string | number | boolean;
export type Values = Readonly<Record<string, Value>>;

interface StepBase {
  readonly name: string;
  readonly id?: string;
  /** A comment above the step. */
  readonly why?: string;
  readonly if?: string;
  readonly env?: Values;
}

export type Step =
  | (StepBase & {
      readonly kind: "action";
      readonly action: PinnedAction;
      readonly with?: Values;
      readonly image?: ImageInput;
    })
  | (StepBase & { readonly kind: "own"; readonly action: OwnAction; readonly pin: Pin; readonly with: Values })
  | (StepBase & { readonly kind: "local"; readonly uses: string; readonly with?: Values })
  | (StepBase & { readonly kind: "run"; readonly run: string });

/** An input of an action that names an image, which is pinned as the action is. */
interface ImageInput {
  readonly input: string;
  /** What stands before the image in the input's value. */
  readonly prefix: string;
  readonly image: PinnedImage;
}

export interface Strategy {
  /** An expression that gives `{"include":[…]}`. */
  readonly matrix: string;
  readonly maxParallel?: number;
}

export type Concurrency =
  | { readonly group: string; readonly policy: "replace" }
  | { readonly group: string; readonly policy: "side-by-side" }
  /** One at a time, all of them: nothing that waits is replaced. */
  | { readonly group: string; readonly policy: "queue"; readonly why: string };

interface JobBase {
  readonly id: string;
  readonly name: string;
  /** A comment above the job. */
  readonly why?: string;
  readonly needs: readonly string[];
  readonly if?: { readonly condition: string; readonly why?: string };
  readonly permissions: Permissions;
  readonly strategy?: Strategy;
  readonly concurrency?: Concurrency;
}

export type Job =
  | (JobBase & {
      readonly kind: "call";
      readonly uses: string;
      readonly with: Values;
      /** Names of secrets that are handed on. */
      readonly secrets: readonly string[];
    })
  | (JobBase & {
      readonly kind: "steps";
      readonly runsOn: string;
      readonly timeoutMinutes: number;
      readonly outputs?: Readonly<Record<string, string>>;
      readonly env?: Values;
      readonly steps: readonly Step[];
    });

export interface Input {
  readonly description: string;
  readonly required: boolean;
  readonly type: "string";
}

/** What starts a workflow. */
export interface Triggers {
  readonly push?: { readonly branches: readonly string[]; readonly tags: readonly string[] };
  readonly cron?: string;
  readonly dispatchInputs?: Readonly<Record<string, Input>>;
  readonly pullRequest?: true;
  readonly call?: { readonly inputs: Readonly<Record<string, Input>>; readonly secrets: readonly string[] };
}

export interface Workflow {
  readonly kind: "workflow";
  /** From the repository's root. */
  readonly path: string;
  /** Lines of the comment at the top. */
  readonly header: readonly string[];
  readonly name: string;
  /** What a run is called, where that says more than its event; why is the comment above it. */
  readonly runName?: { readonly text: string; readonly why: string };
  readonly on: Triggers;
  readonly concurrency?: Concurrency;
  readonly jobs: readonly Job[];
}

/** A composite action. */
export interface CompositeAction {
  readonly kind: "action";
  readonly path: string;
  readonly header: readonly string[];
  readonly name: string;
  readonly description: string;
  readonly inputs: Readonly<Record<string, { readonly description: string; readonly required: boolean }>>;
  readonly outputs: Readonly<Record<string, { readonly description: string; readonly value: string }>>;
  readonly steps: readonly Step[];
}

/** A workflow or an action as the text of its file. */
export interface GeneratedFile {
  /** From the repository's root. */
  readonly path: string;
  readonly text: string;
  /** The config it was made from; undefined: it is the same for all. */
  readonly configFile: string | undefined;
}
