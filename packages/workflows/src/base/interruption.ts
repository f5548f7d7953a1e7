const SIGNALS = ["SIGINT", "SIGTERM", "SIGHUP"] as const;

/**
 * Ends what runs when it is told to: the first signal starts nothing new and ends the programs that run, so that everybody
 * cleans up; the second one removes and ends at once.
 */
export class Interruption {
  readonly #controller = new AbortController();
  readonly #first: () => void;
  readonly #second: () => void;
  #received: NodeJS.Signals | undefined;

  constructor(on: { readonly first: () => void; readonly second: () => void }) {
    this.#first = on.first;
    this.#second = on.second;
    for (const signal of SIGNALS) process.on(signal, this.#onSignal);
  }

  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  /** Listens no more. When there was a signal, the process ends by it, as its parent expects. */
  end(): void {
    for (const signal of SIGNALS) process.off(signal, this.#onSignal);
    if (this.#received !== undefined) process.kill(process.pid, this.#received);
  }

  readonly #onSignal = (signal: NodeJS.Signals): void => {
    if (this.#received === undefined) {
      this.#received = signal;
      this.#first();
      this.#controller.abort(new Error(`ended by ${signal}`));
      return;
    }
    this.#second();
    this.end();
  };
}
