import type { Host } from "./host.ts";

const CLEAR = "\r\u001b[2K";
const BAR_WIDTH = 20;

/**
 * The last line on a terminal, which says how far work is and is written anew as it goes on. Nothing where standard
 * error is no terminal.
 */
export class StatusLine {
  readonly #host: Pick<Host, "stderr" | "terminal">;

  constructor(host: Pick<Host, "stderr" | "terminal">) {
    this.#host = host;
  }

  /** In the place of what was shown; what is wider than the terminal is cut off, since a second line could not be cleared. */
  show(text: string): void {
    if (!this.#host.terminal) return;
    // A terminal that does not know its width says 0.
    const columns = process.stderr.columns || 80;
    this.#host.stderr(`${CLEAR}${text.slice(0, columns - 1)}`);
  }

  /** Makes room for what is written next. */
  clear(): void {
    if (this.#host.terminal) this.#host.stderr(CLEAR);
  }
}

/** `[#####---------------]` */
export function bar(done: number, total: number): string {
  const full = total === 0 ? BAR_WIDTH : Math.floor((BAR_WIDTH * Math.min(done, total)) / total);
  return `[${"#".repeat(full)}${"-".repeat(BAR_WIDTH - full)}]`;
}
