import type { Probe } from "../probe/probe-data.ts";
import type { Scope } from "./plan-data.ts";

/** Whether to act: on GitHub's own machines only, where all that is deleted is thrown away with the machine anyway. */
export function decideScope({ runner, machine }: Probe, architectures: "x64" | "any"): Scope {
  const owner = decideOwner(runner.environment);
  if (owner.kind === "no-op") return owner;
  if (machine.kind === "container") {
    return {
      kind: "no-op",
      reason: "container",
      detail: "this job runs in a container: neither the disks nor the daemons of the machine can be reached",
    };
  }
  if (runner.arch !== "X64" && architectures === "x64") {
    return {
      kind: "no-op",
      reason: "architecture",
      detail: `this is an ${runner.arch} runner, which has room: only X64 is acted on unless --any-arch is given`,
    };
  }
  return { kind: "act" };
}

/** Whose machine this is, by `RUNNER_ENVIRONMENT`: known before anything of the machine is looked at. */
export function decideOwner(environment: string | null): Scope {
  if (environment === null) {
    return {
      kind: "no-op",
      reason: "not-in-actions",
      detail: "RUNNER_ENVIRONMENT is not set: this is no runner of GitHub Actions",
    };
  }
  if (environment !== "github-hosted") {
    return {
      kind: "no-op",
      reason: "not-github-hosted",
      detail: `RUNNER_ENVIRONMENT is "${environment}", not "github-hosted": this machine belongs to someone`,
    };
  }
  return { kind: "act" };
}
