import { readdirSync, rmSync } from "node:fs";
import { mkdir, mkdtemp } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** What a rehearsal has made on this machine, to be removed when it ends, however it ends. */
export class Leftovers {
  readonly #made = new Set<string>();
  readonly #keep: boolean;

  constructor(keep: boolean) {
    this.#keep = keep;
  }

  /** A new directory for what is thrown away. */
  async workspace(): Promise<string> {
    const directory = await mkdtemp(join(tmpdir(), "fanfold-rehearsal-"));
    this.#made.add(directory);
    return directory;
  }

  /** Makes a directory with those above it; what was there before is not among the leftovers. */
  async directory(path: string): Promise<void> {
    const first = await mkdir(path, { recursive: true });
    if (first !== undefined) this.#made.add(first);
  }

  /** Removes everything, or only what holds nothing, where it is to be kept. Synchronous, so that a handler of signals can call it. */
  remove(): void {
    for (const path of this.#made) {
      if (this.#keep && !isEmpty(path)) continue;
      rmSync(path, { recursive: true, force: true, maxRetries: 3 });
    }
  }
}

function isEmpty(path: string): boolean {
  try {
    return readdirSync(path).length === 0;
  } catch {
    // It is gone.
    return true;
  }
}
