import { printable } from "../../internal/kit/src/text/printable.ts";

/** Why a release does not go on, in one message; nothing was changed by what threw it. */
export class Refusal extends Error {
  static {
    Refusal.prototype.name = "Refusal";
  }
}

/** To standard error, lines after the first indented; other programs' words are in it. */
export function say(text: string): void {
  process.stderr.write(`${text.split("\n").map(printable).join("\n  ")}\n`);
}

/** Runs a script's `main`: a refusal is its message and exit code 1. Anything else is a fault, with its stack. */
export async function run(main: () => Promise<void> | void): Promise<void> {
  try {
    await main();
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    say(`error: ${error.message}`);
    process.exitCode = 1;
  }
}
