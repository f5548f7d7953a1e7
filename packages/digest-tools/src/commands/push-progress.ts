import { report } from "@fanfold-internal/kit/process/annotation";
import { type Host, inActions } from "@fanfold-internal/kit/process/host";
import { bar, StatusLine } from "@fanfold-internal/kit/process/status-line";
import { printable } from "@fanfold-internal/kit/text/printable";
import { nameIn } from "../oci/image-name.ts";
import type { BuildRetry } from "../push/build.ts";
import type { Pushed, PushInput } from "../push/push.ts";
import type { CopyStep } from "../stores/copy.ts";

/**
 * Shows people how a copy goes, on standard error: a bar on a terminal, otherwise a line for each blob and manifest, folded
 * in Actions.
 */
export class PushProgress {
  readonly #host: Host;
  readonly #status: StatusLine;
  readonly #totals = new Map<string, number>();
  #done = 0;

  constructor(host: Host) {
    this.#host = host;
    this.#status = new StatusLine(host);
  }

  readonly onProgress = ({ store, kind, descriptor, outcome, total }: CopyStep): void => {
    const begins = this.#done === 0;
    this.#done++;
    this.#totals.set(store.name, total);
    if (this.#host.terminal) {
      const sum = [...this.#totals.values()].reduce((all, one) => all + one, 0);
      this.#status.show(`${bar(this.#done, sum)} copied ${this.#done}/${sum}`);
      return;
    }
    if (begins && inActions(this.#host)) this.#host.stderr("::group::copying\n");
    const line = `${outcome.padEnd(7)}  ${store.name}  ${kind} ${descriptor.digest}  ${descriptor.size} bytes`;
    this.#host.stderr(`${printable(line)}\n`);
  };

  /** Clears the bar or closes the log group, also after a failure. */
  end(): void {
    if (this.#done === 0) return;
    this.#status.clear();
    if (!this.#host.terminal && inActions(this.#host)) this.#host.stderr("::endgroup::\n");
  }
}

/** What was pushed and tagged on standard output, a line for each; all else on standard error. */
export function tellPushed(host: Host, { repositories }: Pick<PushInput, "repositories">, pushed: Pushed): void {
  for (const name of repositories) {
    host.stdout(`${printable(nameIn({ name }, pushed.digest))}\n`);
    for (const { repository, tag, outcome } of pushed.tags) {
      if (repository !== name || outcome === "kept") continue;
      host.stdout(`${printable(nameIn({ name }, tag.name))}@${pushed.digest}\n`);
    }
  }
  for (const warning of pushed.warnings) report(host, warning);
  host.stderr(`recorded in ${printable(pushed.recordFile)}\n`);
}

/**
 * How lines of docker are shown where they have to be read too. On a terminal docker draws itself, unless a build may be
 * tried again.
 */
export function sayOn(host: Host, retries: number): ((line: string) => void) | undefined {
  return host.terminal && retries === 0 ? undefined : (line) => host.stderr(`${line}\n`);
}

export function retryLine({ number, ms }: BuildRetry, retries: number): string {
  return `a registry or the network failed: trying again in ${Math.round(ms / 1000)} s (${number} of ${retries})\n`;
}
