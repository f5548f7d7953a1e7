import type { DebugLog } from "./debug-log.ts";
import { debugLogOf, type Host } from "./host.ts";

/** A host for tests: an environment of its own, and what was written. */
export interface RecordingHost extends Host {
  readonly debug: DebugLog;
  readonly written: { stdout: string; stderr: string };
}

export function recordingHost(
  given: Partial<Pick<Host, "env" | "cwd" | "terminal">> & { readonly stdin?: string } = {},
): RecordingHost {
  const written = { stdout: "", stderr: "" };
  const env = given.env ?? {};
  const stderr = (text: string) => {
    written.stderr += text;
  };
  return {
    env,
    cwd: given.cwd ?? process.cwd(),
    terminal: given.terminal ?? false,
    stdin: () => given.stdin ?? "",
    stdout: (text) => {
      written.stdout += text;
    },
    stderr,
    debug: debugLogOf(env, stderr),
    written,
  };
}
