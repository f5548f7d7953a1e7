import type { Environment } from "@fanfold-internal/kit/process/host";
import { UsageError } from "@fanfold-internal/kit/process/usage-error";

/** What a command line says about what to compare. */
export interface ChangeFlags {
  /** The matrix file as typed: where there is no repository around the command, it may be around the file. */
  readonly matrix?: string | undefined;
  readonly eventName?: string | undefined;
  readonly eventPath?: string | undefined;
  readonly base?: string | undefined;
  readonly head?: string | undefined;
  readonly filesFrom?: string | undefined;
  readonly forceAll?: boolean | undefined;
  readonly only?: readonly string[] | undefined;
}

/** A flag of a command line, as commander takes it. */
export interface ChangeFlag {
  /** The heading that it stands below in help. */
  readonly group: "What changed:" | "What is built:";
  readonly flags: string;
  readonly description: string;
  readonly parse?: (text: string) => readonly string[];
}

const CHANGED = "What changed:";
const BUILT = "What is built:";

/** The flags that say what changed, the same for every command that asks; their values are `ChangeFlags`. */
export const CHANGE_FLAGS: readonly ChangeFlag[] = [
  { group: CHANGED, flags: "--event-name <name>", description: "the event (default: GITHUB_EVENT_NAME)" },
  { group: CHANGED, flags: "--event-path <file>", description: "its payload (default: GITHUB_EVENT_PATH)" },
  {
    group: CHANGED,
    flags: "--base <revision>",
    description: "compare with this commit (default outside Actions: HEAD~1)",
  },
  {
    group: CHANGED,
    flags: "--head <revision>",
    description: "compare this commit, and read the files from it (default: HEAD, and the work tree)",
  },
  {
    group: CHANGED,
    flags: "--files-from <file>",
    description: "a list of changed files, one a line; - reads standard input",
  },
  { group: BUILT, flags: "--force-all", description: "select everything (also: FORCE_ALL=true)" },
  {
    group: BUILT,
    flags: "--only <names>",
    description: "select these images, by their names, backends or tag-suffixes, separated by commas",
    parse: (text) => text.split(","),
  },
];

/** @throws UsageError when flags exclude each other */
export function checkFlags({ eventName, eventPath, base, head, filesFrom }: ChangeFlags, env: Environment): void {
  const ways = [
    eventName !== undefined || eventPath !== undefined ? "--event-name/--event-path" : undefined,
    base !== undefined ? "--base" : undefined,
    filesFrom !== undefined ? "--files-from" : undefined,
  ].filter((way) => way !== undefined);
  if (ways.length > 1) throw new UsageError(`${ways.join(" and ")} exclude each other: each says what to compare`);
  if (head !== undefined && base === undefined) throw new UsageError("--head needs --base: what to compare it with");
  if (eventPath !== undefined && !eventName && !env["GITHUB_EVENT_NAME"]) {
    throw new UsageError("--event-path needs --event-name: a payload does not say which event it is of");
  }
}

const ON = ["true", "1", "yes", "on"];
const OFF = ["", "false", "0", "no", "off"];

/** Whether `--force-all` or FORCE_ALL asks for everything. @throws UsageError for a FORCE_ALL that is neither on nor off */
export function isForced({ forceAll }: ChangeFlags, env: Environment): boolean {
  const value = (env["FORCE_ALL"] ?? "").trim().toLowerCase();
  if (!ON.includes(value) && !OFF.includes(value)) {
    throw new UsageError(
      `FORCE_ALL must be one of ${ON.join(", ")} or one of ${OFF.slice(1).join(", ")} (or empty), found ${JSON.stringify(env["FORCE_ALL"])}`,
    );
  }
  return forceAll === true || ON.includes(value);
}
