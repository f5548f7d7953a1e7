import { spawn } from "node:child_process";
import { once } from "node:events";
import { text } from "node:stream/consumers";
import { fileURLToPath } from "node:url";

const BIN = fileURLToPath(new URL("../../bin/fanfold.js", import.meta.url));

export interface FanfoldRun {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs the built bin as a process of its own, with nothing in its environment but what it is given. */
export async function runFanfold(
  args: readonly string[],
  {
    cwd,
    env,
    stdin = "",
  }: { readonly cwd: string; readonly env: NodeJS.ProcessEnv; readonly stdin?: string | Uint8Array },
): Promise<FanfoldRun> {
  const child = spawn(process.execPath, [BIN, ...args], { cwd, env });
  child.stdin.end(stdin);
  const [stdout, stderr] = [text(child.stdout), text(child.stderr)];
  const [code] = await once(child, "close");
  return { code, stdout: await stdout, stderr: await stderr };
}

/** The same on a terminal, which `script` makes; what it shows is both outputs. */
export async function runOnTerminal(
  args: readonly string[],
  { cwd, env }: { readonly cwd: string; readonly env: NodeJS.ProcessEnv },
): Promise<string> {
  const command = ['"$FANFOLD_NODE" "$FANFOLD_BIN"', ...args].join(" ");
  const child = spawn("/usr/bin/env", ["script", "--quiet", "--return", "--command", command, "/dev/null"], {
    cwd,
    env: { ...env, TERM: "xterm", FANFOLD_NODE: process.execPath, FANFOLD_BIN: BIN },
    stdio: ["ignore", "pipe", "inherit"],
  });
  const shown = text(child.stdout);
  const [code] = await once(child, "close");
  if (code !== 0) throw new Error(`fanfold ${args.join(" ")} exited with ${code}: ${await shown}`);
  return await shown;
}
