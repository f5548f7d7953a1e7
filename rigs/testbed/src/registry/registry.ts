import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { listeningPort, type ProcessRef, startProcess, waitUntil } from "../machine/process-ref.ts";
import { type RegistryPlan, renderRegistry } from "./registry-config.ts";

export interface Listening {
  readonly process: ProcessRef;
  readonly port: number;
}

/** Starts a `docker-registry serve` and waits for its port. @throws TestbedError `not-started` */
export async function launchRegistry(program: string, plan: RegistryPlan, detached: boolean): Promise<Listening> {
  const { config, files } = renderRegistry(plan);
  await mkdir(plan.folder, { recursive: true });
  for (const [path, content] of Object.entries(files)) await writeFile(path, content);
  const log = join(plan.folder, "log");
  // Not the environment: variables named REGISTRY_… would override the file.
  const env = { PATH: "/usr/bin:/bin" };
  const process = await startProcess({ command: program, args: ["serve", config], env, log, detached });
  const port = await waitUntil(() => listeningPort(process.pid), { process, log, seconds: 20 });
  return { process, port };
}

/** Whether a registry answers; that it wants credentials is an answer. */
export async function registryAnswers(port: number): Promise<boolean> {
  try {
    const response = await fetch(`http://127.0.0.1:${port}/v2/`, { signal: AbortSignal.timeout(3000) });
    await response.body?.cancel();
    return response.status === 200 || response.status === 401;
  } catch {
    return false;
  }
}
