import type { OpenProgram } from "@fanfold-internal/kit/process/open-program";
import type { Checkout } from "./checkout.ts";
import { type GitAccess, openGit } from "./git-command.ts";

/** Reads objects of a clone one after the other, in one run of git. */
export interface BlobReader {
  /** Undefined: the clone does not have it, or it is no file. */
  read(id: string): Promise<Uint8Array | undefined>;
  close(): Promise<void>;
}

export function openBlobReader(checkout: Checkout, access: GitAccess): BlobReader {
  return new Batch(checkout, access);
}

/** As many as a push needs again: a matrix file and its Dockerfiles. */
const KEPT = 16;
const MAX_KEPT_BYTES = 1024 * 1024;
// An older git ends when a partial clone lacks an object, rather than say so.
const MAX_STARTS = 50;

class Batch implements BlobReader {
  readonly #checkout: Checkout;
  readonly #access: GitAccess;
  readonly #kept = new Map<string, Promise<Uint8Array | undefined>>();
  #git: { readonly program: OpenProgram; readonly bytes: ByteQueue } | undefined;
  #starts = 0;
  #turn: Promise<unknown> = Promise.resolve();

  constructor(checkout: Checkout, access: GitAccess) {
    this.#checkout = checkout;
    this.#access = access;
  }

  read(id: string): Promise<Uint8Array | undefined> {
    const known = this.#kept.get(id);
    if (known !== undefined) return known;
    // Answers come in the order of the questions.
    const answer = this.#turn.then(() => this.#ask(id));
    this.#turn = answer.catch(() => undefined);
    this.#kept.set(id, answer);
    const [oldest] = this.#kept.keys();
    if (this.#kept.size > KEPT && oldest !== undefined) this.#kept.delete(oldest);
    return answer;
  }

  async close(): Promise<void> {
    await this.#turn;
    await this.#git?.program.close();
  }

  async #ask(id: string): Promise<Uint8Array | undefined> {
    const git = await this.#opened();
    if (git === undefined) return undefined;
    git.program.write(`${id}\n`);
    // `<id> blob <bytes>`, a line break, the bytes and another one; `<id> missing`.
    const line = await git.bytes.line();
    if (line === undefined) {
      await git.program.close();
      this.#git = undefined;
    }
    const [, type, size] = line?.split(" ") ?? [];
    if (type === undefined || size === undefined) return undefined;
    const content = await git.bytes.take(Number(size));
    await git.bytes.take(1);
    if (content !== undefined && content.length > MAX_KEPT_BYTES) this.#kept.delete(id);
    return type === "blob" ? content : undefined;
  }

  async #opened() {
    if (this.#git === undefined && this.#starts < MAX_STARTS) {
      this.#starts += 1;
      const place = { directory: this.#checkout.root, network: "offline" } as const;
      const program = await openGit(["cat-file", "--batch"], place, this.#access);
      this.#git = { program, bytes: new ByteQueue(program.output) };
    }
    return this.#git;
  }
}

/** Takes lines and numbers of bytes from an output. */
class ByteQueue {
  readonly #chunks: AsyncIterator<Uint8Array>;
  #bytes: Buffer = Buffer.alloc(0);

  constructor(output: AsyncIterable<Uint8Array>) {
    this.#chunks = output[Symbol.asyncIterator]();
  }

  async line(): Promise<string | undefined> {
    for (;;) {
      const end = this.#bytes.indexOf(10);
      if (end !== -1) {
        const line = this.#bytes.toString("latin1", 0, end);
        this.#bytes = this.#bytes.subarray(end + 1);
        return line;
      }
      if (!(await this.#more())) return undefined;
    }
  }

  async take(count: number): Promise<Uint8Array | undefined> {
    const parts: Buffer[] = [];
    for (let left = count; left > 0; ) {
      if (this.#bytes.length === 0 && !(await this.#more())) return undefined;
      const part = this.#bytes.subarray(0, left);
      parts.push(part);
      this.#bytes = this.#bytes.subarray(part.length);
      left -= part.length;
    }
    return Buffer.concat(parts);
  }

  async #more(): Promise<boolean> {
    const { done, value } = await this.#chunks.next();
    if (done === true) return false;
    this.#bytes = this.#bytes.length === 0 ? Buffer.from(value) : Buffer.concat([this.#bytes, value]);
    return true;
  }
}
