import type { RunProgram } from "./program.ts";

export const ENGINES = ["layout", "docker"] as const;
export type EngineName = (typeof ENGINES)[number];

export interface EngineChoice {
  readonly engine: EngineName;
  readonly reason: string;
}

// An engine behind a network that swallows everything answers neither yes nor no.
const PATIENCE_MS = 10_000;

/** Docker where it can build and push by digest, else layouts; and why. */
export async function chooseEngine(wanted: EngineName | undefined, run: RunProgram): Promise<EngineChoice> {
  if (wanted !== undefined) return { engine: wanted, reason: "as told by --engine" };
  const ask = (...args: string[]) => run(["docker", ...args], { timeoutMs: PATIENCE_MS });
  const buildx = await ask("buildx", "version");
  if (buildx.exitCode !== 0) return { engine: "layout", reason: `no docker buildx here: ${firstLine(buildx.output)}` };
  const info = await ask("info", "--format", "{{.ServerVersion}}");
  if (info.exitCode !== 0) return { engine: "layout", reason: `no engine answers: ${firstLine(info.output)}` };
  const builder = await ask("buildx", "inspect");
  // https://docs.docker.com/build/builders/drivers/docker/: neither OCI layouts nor pushes by digest, whatever the store.
  if (/^Driver:\s*docker$/m.test(builder.output)) {
    const fix = "docker buildx create --use makes a builder that can";
    return { engine: "layout", reason: `docker's built-in builder cannot push by digest; ${fix}` };
  }
  return { engine: "docker", reason: `an engine answers, version ${firstLine(info.output)}` };
}

function firstLine(output: string): string {
  return output.trim().split("\n", 1).join("");
}
