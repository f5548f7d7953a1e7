import { UNKNOWN } from "../dockerfile/shell-pattern.ts";
import type { Lookup } from "../dockerfile/word.ts";

/**
 * The variables that a stage's words see. Two sets, as in BuildKit: what ENV says stays with the image and holds again
 * in a stage that is built from this one, whatever ARG said in between.
 */
export class Environment {
  readonly #values: Map<string, string>;
  readonly #image: Map<string, string>;
  /** The base image has variables of its own, and nobody knows which. */
  #open: boolean;

  private constructor(values: Map<string, string>, image: Map<string, string>, open: boolean) {
    this.#values = values;
    this.#image = image;
    this.#open = open;
  }

  /** Of an image from elsewhere. */
  static ofImage(): Environment {
    return new Environment(new Map(), new Map(), true);
  }

  /** Of `scratch`: only the PATH that BuildKit gives to every image without one. */
  static ofScratch(): Environment {
    const path: [string, string] = ["PATH", "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"];
    return new Environment(new Map([path]), new Map([path]), false);
  }

  /** Of a stage that is built from this one's. */
  inherited(): Environment {
    const values = new Map(this.#values);
    // What only ARG has set may be set anew by the base image's own ENV.
    if (this.#open) for (const name of values.keys()) values.set(name, UNKNOWN);
    for (const [name, value] of this.#image) values.set(name, value);
    return new Environment(values, new Map(this.#image), this.#open);
  }

  /** Of this moment: an instruction fills in all of its words before it sets any. */
  lookup(): Lookup {
    return (name) => this.#values.get(name) ?? (this.#open ? UNKNOWN : undefined);
  }

  /** By ARG. */
  setArgument(name: string, value: string): void {
    this.#values.set(name, value);
  }

  /** By ENV. */
  setVariable(name: string, value: string): void {
    if (name.includes(UNKNOWN)) {
      this.forget();
      return;
    }
    this.#values.set(name, value);
    this.#image.set(name, value);
  }

  /** From here on nothing is known. */
  forget(): void {
    this.#values.clear();
    this.#image.clear();
    this.#open = true;
  }
}
