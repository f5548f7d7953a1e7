import type { Diagnostic } from "@fanfold-internal/kit/process/diagnostic";
import type { Environment } from "@fanfold-internal/kit/process/host";
import type { ProgramEnd, RunProgram } from "@fanfold-internal/kit/process/program";
import { DiskSetupError } from "../base/error.ts";

/** What the script does, as it does it. */
export interface ScriptListener {
  /** A line for people. */
  readonly line: (text: string) => void;
  readonly problem: (problem: Diagnostic) => void;
}

/** Calls `stop` when this process is asked to end, until the returned function is called. */
export type OnStop = (stop: () => void) => () => void;

export interface ScriptEnd {
  readonly code: 0 | 1;
  /** `relocate`, `tmpdir`, `prune-images`, `background`: as far as they were done. */
  readonly events: readonly string[];
}

const EVENT = "disk-setup-event ";
const SPOKEN = /^disk-setup: (error|warning): (.*)$/;

/**
 * Runs a script that `renderScript` made. Asked to end, it stops the script, which undoes what it was doing, and waits.
 *
 * @throws DiskSetupError `bash-missing`
 */
export async function runScript(
  script: string,
  env: Environment,
  runProgram: RunProgram,
  onStop: OnStop,
  listener: ScriptListener,
): Promise<ScriptEnd> {
  const events: string[] = [];
  let pid: string | undefined;
  let stopping = false;
  // The script runs as root, so this process may not be allowed to send it signals.
  const stop = (): void => {
    stopping = true;
    if (pid === undefined) return;
    const kill = `kill -TERM ${pid} 2>/dev/null || sudo -n -- kill -TERM ${pid}`;
    void runProgram({ command: "bash", args: ["-c", kill], env });
  };
  const end = onStop(stop);
  const onLine = (text: string): void => {
    const [, severity, message = ""] = SPOKEN.exec(text) ?? [];
    if (text.startsWith(`${EVENT}pid `)) {
      pid = text.slice(EVENT.length + 4);
      if (stopping) stop();
    } else if (text.startsWith(EVENT)) events.push(text.slice(EVENT.length));
    else if (severity === "error") listener.problem({ code: "script-failed", severity, message });
    else if (severity === "warning") listener.problem({ code: "script-warning", severity, message });
    else listener.line(text);
  };
  try {
    // Through pipes both ways: the machine that needs this most has no room for a file.
    const ended = await runProgram({ command: "bash", args: [], input: script, env: scriptEnv(env), onLine });
    return { code: codeOf(ended), events };
  } finally {
    end();
  }
}

const scriptEnv = (env: Environment): Environment => ({ ...env, DISK_SETUP_EVENTS: "yes" });

function codeOf(end: ProgramEnd): 0 | 1 {
  if (end.kind === "missing") {
    throw new DiskSetupError({
      code: "bash-missing",
      message: `expected bash on PATH to carry the plan out, found none that starts (${end.reason}); nothing was changed`,
      fix: "install bash, or name its directory in PATH",
    });
  }
  return end.kind === "ended" && end.exitCode === 0 ? 0 : 1;
}
