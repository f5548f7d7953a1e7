import { type Host, inActions } from "@fanfold-internal/kit/process/host";
import { bar, StatusLine } from "@fanfold-internal/kit/process/status-line";
import { countOf } from "@fanfold-internal/kit/text/words";

// A terminal shows no more, and a log should not.
const EACH_MS = 100;
const STEPS = 10;

/** Shows on standard error how far a replay is: a bar on a terminal, in Actions a folded block of some lines, else nothing. */
export class ReplayProgress {
  readonly #host: Host;
  readonly #status: StatusLine;
  #begun = false;
  #total = 0;
  #done = 0;
  #shown = 0;

  constructor(host: Host) {
    this.#host = host;
    this.#status = new StatusLine(host);
  }

  begin(total: number): void {
    this.#total = total;
    this.#begun = true;
    if (inActions(this.#host)) this.#host.stderr(`::group::replay of ${countOf(total, "push", "pushes")}\n`);
  }

  step(): void {
    this.#done += 1;
    const last = this.#done === this.#total;
    if (inActions(this.#host)) {
      const before = Math.floor((STEPS * (this.#done - 1)) / this.#total);
      if (Math.floor((STEPS * this.#done) / this.#total) > before) this.#host.stderr(`${this.#done}/${this.#total}\n`);
    }
    const now = performance.now();
    if (!last && now - this.#shown < EACH_MS) return;
    this.#shown = now;
    this.#status.show(`${bar(this.#done, this.#total)} ${this.#done}/${this.#total} pushes`);
  }

  /** Makes room for what is written next, also where something went wrong. */
  end(): void {
    this.#status.clear();
    if (this.#begun && inActions(this.#host)) this.#host.stderr("::endgroup::\n");
  }
}
