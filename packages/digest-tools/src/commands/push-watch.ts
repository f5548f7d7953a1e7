import { type Host, inActions } from "@fanfold-internal/kit/process/host";
import { printable } from "@fanfold-internal/kit/text/printable";
import type { CopyStep } from "../stores/copy.ts";

const CLEAR = "\r\u001b[2K";
const WIDTH = 20;

/**
 * Tells people how a copy goes, on standard error: a bar on a terminal, else a line for each blob and manifest, folded
 * in Actions.
 */
export class PushWatch {
  readonly #host: Host;
  readonly #totals = new Map<string, number>();
  #done = 0;

  constructor(host: Host) {
    this.#host = host;
  }

  readonly onProgress = ({ store, kind, descriptor, outcome, total }: CopyStep): void => {
    const begins = this.#done === 0;
    this.#done++;
    this.#totals.set(store.name, total);
    if (this.#host.terminal) {
      this.#host.stderr(`${CLEAR}${this.#bar()}`);
      return;
    }
    if (begins && inActions(this.#host)) this.#host.stderr("::group::copying\n");
    const line = `${outcome.padEnd(7)}  ${store.name}  ${kind} ${descriptor.digest}  ${descriptor.size} bytes`;
    this.#host.stderr(`${printable(line)}\n`);
  };

  /** Also after a failure: what is said next belongs neither into the fold nor behind the bar. */
  end(): void {
    if (this.#done === 0) return;
    if (this.#host.terminal) this.#host.stderr(CLEAR);
    else if (inActions(this.#host)) this.#host.stderr("::endgroup::\n");
  }

  #bar(): string {
    const total = [...this.#totals.values()].reduce((sum, one) => sum + one, 0);
    const full = Math.floor((WIDTH * this.#done) / total);
    return `[${"#".repeat(full)}${"-".repeat(WIDTH - full)}] copied ${this.#done}/${total}`;
  }
}
