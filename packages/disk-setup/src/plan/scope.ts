import type { Probe } from "../probe/probe-data.ts";
import type { Scope } from "./plan-data.ts";

/** Decides whether to act: only on GitHub's own machines, which are thrown away after the job. */
export function decideScope({ runner, machine }: Probe, architectures: "x64" | "any"): Scope {
  const owner = decideOwner(runner.environment, "linux");
  if (owner.kind === "no-op") return owner;
  if (machine.kind === "container") {
    return {
      kind: "no-op",
      reason: "container",
      detail: "this job runs in a container, which cannot reach the machine's disks and daemons",
    };
  }
  if (runner.arch !== "X64" && architectures === "x64") {
    return {
      kind: "no-op",
      reason: "architecture",
      detail: `this is an ${runner.arch} runner; only X64 is acted on unless --any-arch is given`,
    };
  }
  return { kind: "act" };
}

/**
 * Decides by `RUNNER_ENVIRONMENT` and the operating system alone, before anything of the machine is looked at.
 *
 * @param platform Node's word: `linux`, `darwin`, `win32`
 */
export function decideOwner(environment: string | null, platform: string): Scope {
  if (environment === null) {
    return {
      kind: "no-op",
      reason: "not-in-actions",
      detail: "RUNNER_ENVIRONMENT is not set: this is not a GitHub Actions runner",
    };
  }
  if (environment !== "github-hosted") {
    return {
      kind: "no-op",
      reason: "not-github-hosted",
      detail: `RUNNER_ENVIRONMENT is "${environment}", not "github-hosted": this machine belongs to someone`,
    };
  }
  if (platform !== "linux") {
    return { kind: "no-op", reason: "not-linux", detail: `this is ${platform}, not Linux` };
  }
  return { kind: "act" };
}
