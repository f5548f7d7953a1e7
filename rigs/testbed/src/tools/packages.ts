import type { Testbed } from "../machine/testbed-file.ts";

export type ToolName = keyof Testbed["tools"];

/** One package of Debian, and the programs the test bed takes from it, by their paths in the package. */
export interface Package {
  readonly name: string;
  /** `new`: from the newer release. `own`: from the machine's, since the newer one's needs a newer C library. */
  readonly release: "new" | "own";
  /** The package's architecture; the machine's own if none is named. */
  readonly architecture?: "amd64" | "arm64";
  readonly programs: readonly Program[];
}

export interface Program {
  /** Its name in `tools` of testbed.json; null: only the engine or the client looks for it. */
  readonly tool: ToolName | null;
  /** The paths where releases have it. */
  readonly paths: readonly string[];
  /** What to run it with to see that it runs here; null: it is of another architecture, or not run by itself. */
  readonly probe: readonly string[] | null;
}

export const packages: readonly Package[] = [
  fromNew("docker.io", { tool: "dockerd", paths: ["usr/sbin/dockerd"], probe: ["--version"] }),
  fromNew("docker-cli", { tool: "docker", paths: ["usr/bin/docker"], probe: ["--version"] }),
  fromNew("docker-buildx", {
    tool: null,
    paths: ["usr/libexec/docker/cli-plugins/docker-buildx", "usr/lib/docker/cli-plugins/docker-buildx"],
    probe: ["version"],
  }),
  fromNew(
    "containerd",
    { tool: "containerd", paths: ["usr/bin/containerd"], probe: ["--version"] },
    { tool: null, paths: ["usr/bin/containerd-shim-runc-v2"], probe: ["-v"] },
  ),
  fromNew("docker-registry", { tool: "registry", paths: ["usr/bin/docker-registry"], probe: ["--version"] }),
  fromNew("crane", { tool: "crane", paths: ["usr/bin/crane"], probe: ["version"] }),
  fromNew("oras", { tool: "oras", paths: ["usr/bin/oras"], probe: ["version"] }),
  fromNew("cosign", { tool: "cosign", paths: ["usr/bin/cosign"], probe: ["version"] }),
  fromOwn("runc", { tool: "runc", paths: ["usr/sbin/runc", "usr/bin/runc"], probe: ["--version"] }),
  fromOwn("skopeo", { tool: "skopeo", paths: ["usr/bin/skopeo"], probe: ["--version"] }),
  busybox("amd64", "busyboxAmd64"),
  busybox("arm64", "busyboxArm64"),
];

function fromNew(name: string, ...programs: readonly Program[]): Package {
  return { name, release: "new", programs };
}

function fromOwn(name: string, ...programs: readonly Program[]): Package {
  return { name, release: "own", programs };
}

function busybox(architecture: "amd64" | "arm64", tool: ToolName): Package {
  return {
    name: "busybox-static",
    release: "own",
    architecture,
    programs: [{ tool, paths: ["bin/busybox", "usr/bin/busybox"], probe: null }],
  };
}
