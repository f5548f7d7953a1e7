import type { Notes } from "@fanfold-internal/kit/help/notes";

const EVENT = {
  "GITHUB_EVENT_NAME GITHUB_EVENT_PATH": "the event and its payload, where no option says what changed",
  "GITHUB_SHA GITHUB_REF GITHUB_REPOSITORY": "what the event is about",
  GITHUB_TOKEN: "what GitHub's API is asked with; without it the local clone is asked",
  "GITHUB_API_URL GITHUB_SERVER_URL": "where GitHub is; default github.com",
  GITHUB_WORKSPACE: "where files are, if no repository is around the command",
  FORCE_ALL: "`true`, `1`, `yes`, `on`: as `--force-all`; `false`, `0`, `no`, `off` or empty: not",
};
const PROXIES = { "HTTPS_PROXY HTTP_PROXY NO_PROXY": "proxies, in small letters too" };
const LOGINS = {
  "DOCKER_CONFIG HOME":
    "where Docker's logins are: `config.json` of `DOCKER_CONFIG`, else of `~/.docker`; credential helpers too",
};
const REUSE = {
  ...LOGINS,
  "GITHUB_RUN_ID GITHUB_WORKFLOW GITHUB_WORKFLOW_REF":
    "with `reuse`: which run this is, so that earlier ones are waited for",
};
const FILES = { "GITHUB_OUTPUT GITHUB_STEP_SUMMARY": "files that outputs and summary are added to" };

/** What help and reference say of each command. */
export const NOTES: Notes = {
  fanfold: {
    about:
      "For repositories that publish many container images with GitHub Actions. init writes two files, which say what there is to " +
      "build; check holds them against the repository; generate writes the workflows. In CI, plan says what a change concerns, " +
      "build builds one image for one architecture, and digest-tools merge-all publishes what is complete. All of " +
      "that works on any clone, without GitHub.",
    examples: [
      { does: "a first matrix file and config, shown and not written", line: "fanfold init --dry-run" },
      { does: "what the last commit would have built, and why", line: "fanfold plan" },
      { does: "the whole run on this machine: build, push, merge, verify", line: "fanfold rehearse --engine layout" },
    ],
    gives: "What its commands give.",
    fails: "something was refused or failed",
  },
  plan: {
    about:
      "On a GitHub runner the event says what changed; elsewhere it is the last commit, and neither network nor token is needed. " +
      "What cannot be found out is built, and the plan says so.",
    examples: [
      { does: "what the last commit would have built", line: "fanfold plan" },
      { does: "what a branch would build", line: "fanfold plan --base main" },
      { does: "what each of the last 20 commits would have built", line: "fanfold plan --last 20" },
      { does: "two images, whatever changed, as data", line: "fanfold plan --only kokoro,whisper --json" },
    ],
    gives:
      "What is built, by image, with causes. With `GITHUB_OUTPUT` in the environment also " +
      "[outputs](../../packages/workflows/README.md#outputs-of-plan), with `GITHUB_STEP_SUMMARY` a table for people. `--json`: " +
      "schema `fanfold.plan/1`, with `--last` `fanfold.replay/1`. `--html`: a page, one file that needs no network.",
    fails:
      "matrix file or config are wrong, the workflow has too few shards, or outputs cannot be written; nothing is written then",
    environment: { ...EVENT, ...PROXIES, ...REUSE, ...FILES },
  },
  explain: {
    about:
      "Every file that an image is built from, by which line or rule it is that; or every image that a file concerns.",
    examples: [
      { does: "which images a file concerns", line: "fanfold explain backend/python/common/loader.py" },
      { does: "an image, by its tag-suffix", line: "fanfold explain -cpu-kokoro" },
      { does: "a backend, for what a branch changes", line: "fanfold explain whisper --base main" },
    ],
    gives: "Text for people; `--json`: schema `fanfold.explain/1`.",
    fails: "nothing has the name, or several images have",
    environment: { ...EVENT, ...PROXIES, ...REUSE },
  },
  check: {
    about:
      "Slips of spelling, rules that nothing meets, files that a Dockerfile reads and no rule covers, images that could not be " +
      "merged, GitHub's limits. Each finding has a place, what to do, and a code with an example in docs/checks.md.",
    examples: [
      { does: "all configs of the repository", line: "fanfold check" },
      { does: "one of them", line: "fanfold check --config .github/fanfold.yml" },
      { does: "as data, for an editor or a bot", line: "fanfold check --json" },
    ],
    gives:
      "Findings on standard error; `--json`: schema `fanfold.check/1`, each finding with `code`, `severity`, `message`, `at`, `fix`.",
    fails: "an error was found; warnings and notices are 0",
  },
  status: {
    about:
      "Asks each registry what stands under the branch's tag, with Docker's logins. Images say what they were built from where " +
      "the config has reuse: published.",
    examples: [
      { does: "a table of all images", line: "fanfold status", needs: "registries" },
      {
        does: "for a job on a schedule: red where something is out of date",
        line: "fanfold status --fail-on stale",
        needs: "registries",
      },
      { does: "as data", line: "fanfold status --json", needs: "registries" },
    ],
    gives:
      "State, image, tag, digest, commit, age; `--json`: schema `fanfold.status/1`; `--html`: a page, one file that needs no " +
      "network.",
    fails: "matrix file or config are wrong; with `--fail-on stale` an image is stale, absent or incomplete",
    environment: { ...LOGINS, ...PROXIES },
  },
  replay: {
    about:
      "The past of a clone, planned push by push by the functions that plan: how much would have been built, for which rules " +
      "and lines of Dockerfiles, which images never, which files nothing mentions, and what another config would have missed. " +
      "Nothing is fetched and nothing written.",
    examples: [
      { does: "the last 100 pushes, by the files of today", line: "fanfold replay" },
      { does: "by the files of each push, from a day on", line: "fanfold replay --rules then --since 2026-01-31" },
      {
        does: "what a filter by folders would have missed, in minutes and queue, too",
        line: "fanfold replay --last 1000 --against prefix-filter.yml --durations durations.yml",
        needs: "a second config, and how long builds take",
      },
      {
        does: "commits as GitHub saw them pushed",
        line: "gh api repos/OWNER/NAME/activity --paginate --slurp | fanfold replay --pushes -",
        needs: "gh",
      },
    ],
    gives:
      "Text for 80 columns; `--json`: schema `fanfold.replay/1`; `--html`: a page, one file that needs no network. A bar on a " +
      "terminal shows how far it is. [What minutes and queue are simulated by](../replay-model.md).",
    fails:
      "by the files of today nothing can be planned, a list of pushes, a second config or durations are wrong, or GitHub does " +
      "not say how long jobs took. Pushes that their own files give no plan for are named, and do not fail it",
    environment: {
      "GITHUB_TOKEN GITHUB_REPOSITORY GITHUB_API_URL":
        "for `--durations github` alone: a token with `actions: read`, and the repository, where git's remote does not say it",
      ...PROXIES,
    },
  },
  generate: {
    about:
      "Workflows for pushes, pull requests, builds and merges. Files that were not generated are never overwritten, and pins of " +
      "actions in generated ones are kept.",
    examples: [
      { does: "write them", line: "fanfold generate" },
      { does: "in CI: fail where they are not what they would be", line: "fanfold generate --check" },
      { does: "those of one config", line: "fanfold generate --config .github/fanfold.yml" },
    ],
    gives:
      "Files below `.github/`, and how much of GitHub's limits they use. `--check` writes nothing and prints the difference.",
    fails: "a config cannot be generated from, or with `--check` a file differs; nothing is written then",
    environment: { GITHUB_REPOSITORY: "the repository, where git's remote does not say it" },
  },
  split: {
    about:
      "An entry for linux/amd64,linux/arm64 is built under emulation. Two entries are built on machines of their own.",
    examples: [
      { does: "what would become of the matrix file", line: "fanfold split" },
      { does: "write it; comments stay", line: "fanfold split --write" },
    ],
    gives: "The difference; with `--write` the changed matrix file.",
    fails: "an entry cannot be split: it is named with the reason",
  },
  build: {
    about:
      "Finds entry, tags, labels and bases in the plan, builds with Docker, pushes by digest, tests, and leaves a record.",
    examples: [
      {
        does: "one leg of a plan, pushed for the merge",
        line: "fanfold build --plan plan.json --artifact digests-cpu-kokoro--amd64 --publish leg --record-dir records",
        needs: "docker and a registry",
      },
      {
        does: "only whether it builds",
        line: "fanfold build --plan plan.json --artifact digests-cpu-kokoro--amd64 --publish nothing --record-dir records",
        needs: "docker",
      },
    ],
    gives: "The build's own output on standard error; `<record-dir>/<artifact>/record.json` (`fanfold.record/1`).",
    fails: "the plan is of another commit, the build or its test failed, or a registry refused",
    environment: {
      ...LOGINS,
      ...PROXIES,
      "GITHUB_SHA GITHUB_REF GITHUB_RUN_ID": "what the plan has to be of",
      "your secrets": "those that `secret: id=…,env=NAME` of the config names",
    },
  },
  import: {
    about: "From then on the matrix file counts. To stay with the bake file instead, name it as matrix: in the config.",
    examples: [
      {
        does: "a bake file, shown and not written",
        line: "fanfold import bake docker-bake.hcl --dry-run",
        needs: "a bake file, and docker with buildx",
      },
      {
        does: "a Compose file, its images in a registry",
        line: "fanfold import compose compose.yaml --registry ghcr.io/example",
        needs: "a Compose file, and docker with buildx",
      },
    ],
    gives: "`.github/backend-matrix.yml` and `.github/fanfold.yml`; nothing is overwritten.",
    fails: "a file is there already, or what it says has no place in a matrix file: each is named",
  },
  rehearse: {
    about: "The functions that the workflow's steps call, one after the other. What it made is removed at the end.",
    examples: [
      { does: "a push: the last commit, on this branch; without Docker", line: "fanfold rehearse --engine layout" },
      { does: "a release: everything, with latest", line: "fanfold rehearse --event tag --engine layout" },
      {
        does: "what a failed leg costs: its own image, and exit code 1",
        line: "fanfold rehearse --only kokoro --engine layout --fail digests-cpu-kokoro--arm64",
      },
      {
        does: "into a registry",
        line: "fanfold rehearse --only kokoro --registry localhost:5000/backends",
        needs: "a registry",
      },
    ],
    gives: "`NAME:TAG@DIGEST PLATFORMS` of what would have been published; `--json`: schema `fanfold.rehearsal/1`.",
    fails: "the run in CI would have failed",
    environment: LOGINS,
  },
  init: {
    about:
      "A pair of native legs for each Dockerfile that git tracks, with a context that holds what it reads. Beside a matrix file " +
      "that is there it writes the config alone. Nothing is overwritten.",
    examples: [
      { does: "what would be written", line: "fanfold init --dry-run" },
      {
        does: "for another registry, one architecture",
        line: "fanfold init --registry quay.io/team --platforms linux/amd64 --dry-run",
      },
      { does: "without what is only for tests", line: "fanfold init --exclude 'test/**,**/*.dev' --dry-run" },
    ],
    gives: "`.github/backend-matrix.yml` and `.github/fanfold.yml`, which pass `fanfold check`.",
    fails: "a config is there already, or git tracks no Dockerfile",
  },
};
