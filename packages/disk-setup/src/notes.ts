import type { Notes } from "@fanfold-internal/kit/help/notes";

const RUNNER = {
  "RUNNER_ENVIRONMENT RUNNER_ARCH ImageOS ImageVersion":
    "which machine this is; only `github-hosted` Linux runners are ever changed",
  "AGENT_TOOLSDIRECTORY RUNNER_TOOL_CACHE": "where tools that may be deleted are",
  "GITHUB_WORKSPACE TMPDIR": "the workspace, and where temporary files go",
  DOCKER_HOST: "the engine whose store is looked at",
};
const FILES = { "GITHUB_OUTPUT GITHUB_STEP_SUMMARY": "files that outputs and summary are added to" };
const UNMET = "A need that cannot be met is a warning, and no failure.";

/** What help and reference say of each command. */
export const NOTES: Notes = {
  "disk-setup": {
    about:
      "It looks at what the machine has, and does as little as meets the need, the fastest first: moves Docker's store to a " +
      "disk with more room, or deletes tools that the job does not use. Anywhere but on GitHub's own Linux runners it changes " +
      "nothing and says so. run does it; plan shows what it would do.",
    examples: [
      { does: "make room for a build, ahead of it", line: "disk-setup run --need 60GB --keep dotnet" },
      { does: "what that would do, and why", line: "disk-setup plan --need 60GB --keep dotnet" },
    ],
    gives: "What its commands give.",
    fails: "something failed, and what was under way is undone",
  },
  probe: {
    about:
      "Disks, mounts, Docker's store, and large tools that may be deleted. It needs neither Docker nor root. Keep what it prints " +
      "to plan for that machine somewhere else.",
    examples: [
      { does: "what this machine has", line: "disk-setup probe" },
      { does: "keep it, and plan from it on another machine", line: "disk-setup probe > probe.json" },
    ],
    gives: "One JSON document, schema `fanfold.disk-probe/1`; sizes are bytes.",
    fails: "the machine cannot be looked at",
    environment: RUNNER,
  },
  plan: {
    about: "Each step with what it frees and how long it takes, and each that is left out with the reason.",
    examples: [
      { does: "what would make 60 GB free", line: "disk-setup plan --need 60GB" },
      { does: "in the workspace, too", line: "disk-setup plan --need 60GB --at ." },
      {
        does: "for the machine that a file describes",
        line: "disk-setup plan --need 60GB --probe probe.json",
      },
      { does: "as data, for a program", line: "disk-setup plan --need 60GiB --json" },
    ],
    gives: `Text for people, or with \`--json\` the plan: steps, reasons, what is expected then, in bytes. ${UNMET}`,
    fails: "a probe that cannot be read",
    environment: RUNNER,
  },
  script: {
    about:
      "For machines that have no Node, or to read what would be run. It checks all that the plan relies on once more.",
    examples: [
      { does: "read it", line: "disk-setup script --need 60GB" },
      {
        does: "run it on the machine that the file describes",
        line: "disk-setup script --need 60GB --probe probe.json > free.sh",
      },
    ],
    gives: "One bash file on standard output.",
    fails: "a probe that cannot be read",
    environment: RUNNER,
  },
  run: {
    about: "What a job calls before anything starts containers. A run that was killed is undone by the next one.",
    examples: [
      {
        does: "60 GB for images and for the workspace; the job uses .NET",
        line: "disk-setup run --need 60GB --at . --keep dotnet",
      },
      {
        does: "delete behind the steps that follow, and wait for it later",
        line: "disk-setup run --need 100GB --background",
      },
      { does: "plan and outcome as data", line: "disk-setup run --need 60GB --json" },
    ],
    gives:
      "What it does, on standard error; with `--json` plan and outcome. [Outputs](../../packages/disk-setup/README.md#command): " +
      `\`need-met\`, \`free\`, \`freed\`, \`tmpdir\` and more. ${UNMET}`,
    fails: "a step failed; a move that was under way is undone",
    environment: { ...RUNNER, ...FILES },
  },
  wait: {
    about: "Behind run --background: returns as soon as there is enough.",
    examples: [
      { does: "until 60 GB are free", line: "disk-setup wait --need 60GB" },
      { does: "until nothing is deleted any more, here too", line: "disk-setup wait --need 100GB --at ." },
    ],
    gives: `What it waits for, on standard error; the output \`need-met\`. ${UNMET}`,
    fails: "what is free cannot be measured",
    environment: { ...RUNNER, ...FILES },
  },
};
