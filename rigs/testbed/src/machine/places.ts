import { join } from "node:path";

/** Every path the test bed writes to. All lie under `cache`. */
export interface Places {
  readonly cache: string;
  readonly tools: string;
  readonly lock: string;
  /** One file per test run that uses the test bed, named after its process. */
  readonly leases: string;
  /** Everything that `down` removes. */
  readonly state: string;
  readonly file: string;
  readonly record: string;
  readonly logs: string;
  readonly registries: string;
  readonly tokenKey: string;
  readonly tokenCertificate: string;
  readonly dockerConfig: string;
  readonly dockerSocket: string;
  readonly builderSocket: string;
  readonly engineConfig: string;
  readonly engineData: string;
  readonly engineRun: string;
  readonly enginePid: string;
}

/** `home` is the person's home directory; the environment's names are in this package's README. */
export function placesFor(env: Readonly<Record<string, string | undefined>>, home: string): Places {
  const cache = env["FANFOLD_TESTBED_CACHE"] || join(env["XDG_CACHE_HOME"] || join(home, ".cache"), "fanfold-testbed");
  const state = join(cache, "state");
  return {
    cache,
    tools: join(cache, "tools"),
    lock: join(cache, "lock"),
    leases: join(cache, "leases"),
    state,
    file: join(state, "testbed.json"),
    record: join(state, "running.json"),
    logs: join(state, "logs"),
    registries: join(state, "registries"),
    tokenKey: join(state, "token.key"),
    tokenCertificate: join(state, "token.crt"),
    dockerConfig: join(state, "docker"),
    dockerSocket: join(state, "docker.sock"),
    builderSocket: join(state, "builder.sock"),
    engineConfig: join(state, "engine.json"),
    engineData: join(state, "data"),
    engineRun: join(state, "run"),
    enginePid: join(state, "dockerd.pid"),
  };
}

/** The longest path a Unix socket may have on Linux, `sun_path` of unix(7) without its final zero byte. */
export const socketPathLimit = 107;

/** The longest socket path that the engine makes below `engineRun`. */
export function longestSocket(places: Places): string {
  return join(places.engineRun, "containerd", "containerd-debug.sock");
}
