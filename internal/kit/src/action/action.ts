import type { Command } from "commander";
import type { Host } from "../process/host.ts";

/** A command as a GitHub Action: what its `action.yml` says, and how it is run. Its inputs are the command's options. */
export interface Action {
  /** The folder below `actions/`. */
  readonly name: string;
  readonly title: string;
  readonly description: string;
  /** The program that holds the command, as its bin makes it. */
  readonly program: (host: Host) => Command;
  /** The command's name in that program. */
  readonly command: string;
  readonly version: string;
  /** Options that are no inputs. */
  readonly without: readonly string[];
  /** Options that may be given several times: one value on each line of the input. */
  readonly lists: readonly string[];
  /** Values of inputs that a workflow does not give; expressions too. */
  readonly defaults: Readonly<Record<string, string>>;
  /** Inputs besides the options, each handed over as an environment variable. */
  readonly variables: Readonly<Record<string, { readonly variable: string; readonly description: string }>>;
  /** Words of the command line that are the action's own. */
  readonly always: readonly string[];
  /** What the command writes to GITHUB_OUTPUT. */
  readonly outputs: Readonly<Record<string, string>>;
  /** The file in RUNNER_TEMP that takes the command's standard output; without it the log does. */
  readonly result?: string;
}
