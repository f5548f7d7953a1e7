import { existsSync } from "node:fs";
import { runProgram } from "../machine/program.ts";

/** The engine's own bridge. BuildKit runs SBOM scanners in the network `bridge`, and fails where the engine has none. */
export interface Bridge {
  /** At most 15 characters, the kernel's limit. */
  readonly name: string;
  readonly address: string;
}

/** One bridge per test bed, so that two on one machine do not meet. `seed`: hexadecimal digits, 6 or more. */
export function bridgeFor(seed: string): Bridge {
  // 198.18.0.0/15 is set aside for benchmarks of networks, https://www.rfc-editor.org/rfc/rfc2544#appendix-C.2.2
  const subnet = Number.parseInt(seed.slice(0, 4), 16);
  return { name: `fanfold-${seed.slice(0, 6)}`, address: `198.${18 + (subnet >> 15)}.${(subnet >> 7) & 255}.1/24` };
}

/** No packet leaves the machine through it: nothing forwards or translates. `busybox` is the path of one that runs here. */
export async function addBridge(busybox: string, { name, address }: Bridge): Promise<void> {
  if (existsSync(`/sys/class/net/${name}`)) return;
  await runProgram(busybox, ["brctl", "addbr", name]);
  await runProgram(busybox, ["ip", "address", "add", address, "dev", name]);
  await runProgram(busybox, ["ip", "link", "set", name, "up"]);
}

export async function removeBridge(busybox: string, { name }: Bridge): Promise<void> {
  if (!existsSync(`/sys/class/net/${name}`)) return;
  await runProgram(busybox, ["ip", "link", "set", name, "down"]);
  await runProgram(busybox, ["brctl", "delbr", name]);
}
