import { spawn } from "node:child_process";
import { mkdir } from "node:fs/promises";
import { dirname } from "node:path";

/**
 * Runs `work` while no other process runs some under the same lock file. flock(1) holds the lock, so that it ends with this
 * process, however that ends.
 */
export async function withLock<T>(file: string, work: () => Promise<T>): Promise<T> {
  await mkdir(dirname(file), { recursive: true });
  const holder = spawn("/usr/bin/flock", [file, "sh", "-c", "echo locked; cat"], {
    stdio: ["pipe", "pipe", "inherit"],
  });
  await new Promise<void>((resolve, reject) => {
    holder.stdout.once("data", () => resolve());
    holder.once("error", reject).once("exit", (code) => reject(new Error(`flock ended with ${code}`)));
  });
  try {
    return await work();
  } finally {
    holder.stdin.end();
  }
}
