import type { Host } from "./host.ts";

/** A host for tests: an environment of its own, and what was written. */
export interface RecordingHost extends Host {
  readonly written: { stdout: string; stderr: string };
}

export function recordingHost(
  given: Partial<Pick<Host, "env" | "cwd" | "terminal">> & { readonly stdin?: string } = {},
): RecordingHost {
  const written = { stdout: "", stderr: "" };
  return {
    env: given.env ?? {},
    cwd: given.cwd ?? process.cwd(),
    terminal: given.terminal ?? false,
    stdin: () => given.stdin ?? "",
    stdout: (text) => {
      written.stdout += text;
    },
    stderr: (text) => {
      written.stderr += text;
    },
    written,
  };
}
