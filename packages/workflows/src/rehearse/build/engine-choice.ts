import type { RunProgram } from "./program.ts";

export const ENGINES = ["layout", "docker"] as const;
export type EngineName = (typeof ENGINES)[number];

export interface EngineChoice {
  readonly engine: EngineName;
  readonly reason: string;
}

/** Where builds are to put images. `nothing`: they keep none. */
export type Destination = "layouts" | "registries" | "nothing";

// An engine behind a network that swallows everything answers neither yes nor no.
const PATIENCE_MS = 10_000;

/** Docker where it can build and deliver, else packed contexts; and why. */
export async function chooseEngine(
  wanted: EngineName | undefined,
  destination: Destination,
  run: RunProgram,
): Promise<EngineChoice> {
  if (wanted !== undefined) return { engine: wanted, reason: "as told by --engine" };
  const ask = (...args: string[]) => run(["docker", ...args], { timeoutMs: PATIENCE_MS });
  const buildx = await ask("buildx", "version");
  if (buildx.exitCode !== 0) return { engine: "layout", reason: `no docker buildx here: ${firstLine(buildx.output)}` };
  const info = await ask("info", "--format", "{{.ServerVersion}} {{json .DriverStatus}}");
  if (info.exitCode !== 0) return { engine: "layout", reason: `no engine answers: ${firstLine(info.output)}` };
  const builder = await ask("buildx", "inspect");
  const obstacle = /^Driver:\s*docker$/m.test(builder.output) ? builtInObstacle(destination, info.output) : undefined;
  if (obstacle !== undefined) {
    const fix = "docker buildx create --use makes a builder that can";
    return { engine: "layout", reason: `docker's built-in builder cannot ${obstacle}; ${fix}` };
  }
  const [version = ""] = info.output.split(" ");
  return { engine: "docker", reason: `an engine answers, version ${version}` };
}

/**
 * What the `docker` driver cannot do: never push by digest, and export OCI layouts only with containerd's image store
 * (https://docs.docker.com/build/builders/drivers/docker/, https://docs.docker.com/engine/storage/containerd/).
 */
function builtInObstacle(destination: Destination, info: string): string | undefined {
  switch (destination) {
    case "registries":
      return "push by digest";
    case "layouts":
      return info.includes("io.containerd.snapshotter") ? undefined : "export OCI layouts";
    case "nothing":
      return undefined;
  }
}

function firstLine(output: string): string {
  return output.trim().split("\n", 1).join("");
}
