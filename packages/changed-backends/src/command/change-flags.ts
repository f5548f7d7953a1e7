/** A flag of a command line, as commander takes it. */
export interface ChangeFlag {
  readonly flags: string;
  readonly description: string;
  readonly parse?: (text: string) => readonly string[];
}

/** The flags that say what changed, the same for every command that asks; their values are `ChangeFlags`. */
export const CHANGE_FLAGS: readonly ChangeFlag[] = [
  { flags: "--event-name <name>", description: "the event (default: GITHUB_EVENT_NAME)" },
  { flags: "--event-path <file>", description: "its payload (default: GITHUB_EVENT_PATH)" },
  { flags: "--base <revision>", description: "compare with this commit (default outside Actions: HEAD~1)" },
  {
    flags: "--head <revision>",
    description: "compare this commit, and read the files from it (default: HEAD, and the work tree)",
  },
  { flags: "--files-from <file>", description: "a list of changed files; - reads standard input" },
  { flags: "--force-all", description: "select everything (also: FORCE_ALL=true)" },
  {
    flags: "--only <backends>",
    description: "select these backends, separated by commas",
    parse: (text) => text.split(","),
  },
];
