import type { Notes } from "@fanfold-internal/kit/help/notes";

/** What help and reference say of the command. */
export const NOTES: Notes = {
  "changed-backends": {
    about:
      "A matrix file lists build jobs. This says which of them a change concerns, by the files that each one's Dockerfile reads and " +
      "by rules of your own. On a GitHub runner the event says what changed; elsewhere it is the last commit. What cannot be found " +
      "out is selected, and the output says so.",
    examples: [
      { does: "what the last commit concerns", line: "changed-backends" },
      {
        does: "what a branch concerns, with rules of your own",
        line: "changed-backends --inputs .github/rules.yml --base origin/main",
        needs: "a file with rules",
      },
      {
        does: "by a list of files, wherever it comes from",
        line: "git diff --name-only HEAD~1 | changed-backends --files-from -",
      },
      { does: "as data, for a program", line: "changed-backends --base HEAD~1 --json" },
    ],
    gives:
      "The selected entries, each with its causes. With `GITHUB_OUTPUT` in the environment also " +
      "[outputs](../../packages/changed-backends/README.md#outputs), with `GITHUB_STEP_SUMMARY` a table for people. `--json`: " +
      "one document, schema `fanfold.selection/1`.",
    fails: "a file that cannot be read or is wrong, more shards than the workflow has, outputs that cannot be written",
    environment: {
      "GITHUB_EVENT_NAME GITHUB_EVENT_PATH": "the event and its payload, where no option says what changed",
      "GITHUB_SHA GITHUB_REF GITHUB_REPOSITORY": "what the event is about",
      GITHUB_TOKEN: "what GitHub's API is asked with; without it the local clone is asked",
      "GITHUB_API_URL GITHUB_SERVER_URL": "where GitHub is; default github.com",
      GITHUB_WORKSPACE: "where files are, if no repository is around the command",
      FORCE_ALL: "`true`, `1`, `yes`, `on`: as `--force-all`; `false`, `0`, `no`, `off` or empty: not",
      "HTTPS_PROXY HTTP_PROXY NO_PROXY": "proxies, in small letters too",
      GIT_SSH_COMMAND: "how git reaches a remote; without it `ssh` that asks nothing",
      "GITHUB_OUTPUT GITHUB_STEP_SUMMARY": "files that outputs and summary are added to",
    },
  },
};
