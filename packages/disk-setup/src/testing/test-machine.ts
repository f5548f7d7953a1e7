import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { testbed } from "@fanfold-rigs/testbed";
import { execa } from "execa";

/** What a machine for tests needs of this one, or why there can be none. */
export function machineTools(): { readonly tools: readonly string[] } | { readonly unavailable: string } {
  if (process.platform !== "linux" || process.getuid?.() !== 0) {
    return { unavailable: "mounting disks needs root on Linux" };
  }
  if (!existsSync("/dev/loop-control")) return { unavailable: "there are no loop devices" };
  if (!existsSync(fileURLToPath(new URL("../../dist/cli.js", import.meta.url))))
    return { unavailable: "not built yet" };
  const bed = testbed();
  if ("unavailable" in bed) return bed;
  const { dockerd, containerd, runc, docker, busyboxAmd64 } = bed.tools;
  const shim = join(dirname(containerd), "containerd-shim-runc-v2");
  const programs = {
    dockerd,
    containerd,
    "containerd-shim-runc-v2": shim,
    runc,
    docker,
    node: process.execPath,
    busybox: busyboxAmd64,
  };
  return { tools: Object.entries(programs).map(([name, path]) => `${name}=${path}`) };
}

export interface MachineOptions {
  readonly second?: { readonly mount: string; readonly size: string };
  readonly daemonJson?: string;
  readonly docker?: "started" | "stopped";
}

export interface Ran {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Environment of a step on a hosted runner. */
const STEP = {
  RUNNER_ENVIRONMENT: "github-hosted",
  RUNNER_ARCH: "X64",
  ImageOS: "ubuntu24",
  GITHUB_ENV: "/home/runner/env",
  GITHUB_OUTPUT: "/home/runner/output",
  GITHUB_STEP_SUMMARY: "/home/runner/summary",
};

/**
 * A machine with disks, processes and network of its own (testdata/machine/boot.sh): 3 GB of root directory, a real
 * engine, perhaps a second disk. What is done in it is gone when it is halted, and reaches nothing outside.
 */
export class TestMachine {
  readonly #scratch: string;
  readonly #pid: string;

  private constructor(scratch: string, pid: string) {
    this.#scratch = scratch;
    this.#pid = pid;
  }

  static async boot({ second, daemonJson, docker }: MachineOptions = {}): Promise<TestMachine> {
    const found = machineTools();
    if ("unavailable" in found) throw new Error(found.unavailable);
    const scratch = mkdtempSync(join(tmpdir(), "disk-setup-machine-"));
    const script = fileURLToPath(new URL("../../testdata/machine/boot.sh", import.meta.url));
    const isolated = ["--mount", "--pid", "--net", "--fork", "--kill-child", "--propagation", "private"];
    const args = [scratch, "3G", second?.mount ?? "none", second?.size ?? "0", ...found.tools];
    const booting = execa("/usr/bin/unshare", [...isolated, "bash", script, ...args], {
      reject: false,
      all: true,
      stdin: "ignore",
    });
    for (let tries = 0; !existsSync(join(scratch, "booted")); tries++) {
      const ended = await Promise.race([booting, sleep(50)]);
      if (ended !== undefined || tries > 600) throw new Error(`the machine does not boot: ${ended?.all ?? "timeout"}`);
    }
    const machine = new TestMachine(scratch, readFileSync(join(scratch, "pid"), "utf8"));
    await machine.must("touch /home/runner/{env,output,summary}; chown 1001:1001 /home/runner/*");
    if (daemonJson !== undefined) await machine.write("/etc/docker/daemon.json", daemonJson);
    if (docker !== "stopped") await machine.must("systemctl start containerd.service docker.service");
    return machine;
  }

  /** A line of bash in the machine, as root, with the environment of a step. */
  bash(line: string, env: Readonly<Record<string, string>> = {}): Promise<Ran> {
    return this.#enter([], line, env);
  }

  /** The same as the user `runner`, who may use Docker and sudo. */
  asRunner(line: string, env: Readonly<Record<string, string>> = {}): Promise<Ran> {
    return this.#enter(["setpriv", "--reuid=1001", "--regid=1001", "--groups=1001,999"], line, env);
  }

  /** Standard output of a line that has to succeed. */
  async must(line: string): Promise<string> {
    const { code, stdout, stderr } = await this.bash(line);
    if (code !== 0) throw new Error(`${line}\nended with ${code}: ${stderr}`);
    return stdout;
  }

  async write(path: string, text: string): Promise<void> {
    writeFileSync(join(this.#scratch, "handed-over"), text);
    await this.must(`cp /share/handed-over '${path}'`);
  }

  async #enter(user: readonly string[], line: string, env: Readonly<Record<string, string>>): Promise<Ran> {
    const variables = { PATH: "/usr/local/bin:/usr/bin:/usr/sbin", HOME: "/home/runner", ...STEP, ...env };
    const inside = ["-t", this.#pid, "-m", "-p", "-n", "-r", "-w", "--", ...user, "bash", "-c", line];
    const { exitCode, stdout, stderr } = await execa("/usr/bin/nsenter", inside, {
      env: variables,
      extendEnv: false,
      reject: false,
      stdin: "ignore",
    });
    return { code: exitCode ?? -1, stdout, stderr };
  }

  /** Ends all its processes, and with them its mounts and disks. */
  async halt(): Promise<void> {
    process.kill(Number(this.#pid), "SIGKILL");
    while (existsSync(`/proc/${this.#pid}`)) await sleep(20);
    rmSync(this.#scratch, { recursive: true, force: true });
  }
}
