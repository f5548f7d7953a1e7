/** `TARGET…` arguments of a platform such as `linux/arm/v7`, in BuildKit's normal form; none for what it could not be. */
export function platformArguments(platform: string): ReadonlyMap<string, string> | undefined {
  const [os = "", architecture = "", variant = "", ...others] = platform.toLowerCase().split("/");
  if (others.length > 0 || os === "" || architecture === "" || !/^[a-z0-9_.-]+$/.test(os + architecture + variant)) {
    return undefined;
  }
  const [arch, kind] = normalized(architecture, variant);
  return new Map([
    ["TARGETPLATFORM", [os === "macos" ? "darwin" : os, arch, kind].filter((part) => part !== "").join("/")],
    ["TARGETOS", os === "macos" ? "darwin" : os],
    ["TARGETOSVERSION", ""],
    ["TARGETARCH", arch],
    ["TARGETVARIANT", kind],
  ]);
}

/** Arguments that BuildKit sets by itself; those of the builder's own machine are not known. */
export const PLATFORM_ARGUMENTS: readonly string[] = [
  ...["BUILDPLATFORM", "BUILDOS", "BUILDOSVERSION", "BUILDARCH", "BUILDVARIANT"],
  ...["TARGETPLATFORM", "TARGETOS", "TARGETOSVERSION", "TARGETARCH", "TARGETVARIANT"],
];

/** Other names of an architecture, as containerd's `platforms` has them. */
function normalized(architecture: string, variant: string): readonly [string, string] {
  switch (architecture) {
    case "i386":
      return ["386", ""];
    case "x86_64":
    case "x86-64":
    case "amd64":
      return ["amd64", variant === "v1" ? "" : variant];
    case "aarch64":
    case "arm64":
      if (["8", "v8", "v8.0"].includes(variant)) return ["arm64", ""];
      return ["arm64", ["9", "9.0", "v9.0"].includes(variant) ? "v9" : variant];
    case "armhf":
      return ["arm", "v7"];
    case "armel":
      return ["arm", "v6"];
    case "arm":
      if (variant === "" || variant === "7") return ["arm", "v7"];
      return ["arm", ["5", "6", "8"].includes(variant) ? `v${variant}` : variant];
    default:
      return [architecture, variant];
  }
}
