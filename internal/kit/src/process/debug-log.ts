import type { Secrets } from "../text/secrets.ts";

/**
 * What `--verbose` and RUNNER_DEBUG=1 show: every request and every program run. Messages are made only when somebody
 * reads them, and the secrets that are known by then are hidden in every spelling.
 */
export class DebugLog {
  readonly secrets: Secrets;
  readonly #write: (line: string) => void;
  #enabled: boolean;

  constructor(options: {
    readonly write: (line: string) => void;
    readonly enabled: boolean;
    readonly secrets: Secrets;
  }) {
    this.#write = options.write;
    this.#enabled = options.enabled;
    this.secrets = options.secrets;
  }

  get enabled(): boolean {
    return this.#enabled;
  }

  enable(): void {
    this.#enabled = true;
  }

  log(message: () => string): void {
    if (this.#enabled) this.#write(this.secrets.hide(message()));
  }
}
