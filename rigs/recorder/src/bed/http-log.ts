/** The requests that a server has answered, one a line. */
export class HttpLog {
  #lines: string[] = [];

  add(line: string): void {
    this.#lines.push(`${line}\n`);
  }

  /** What came since the last time. */
  take(): string {
    const text = this.#lines.join("");
    this.#lines = [];
    return text;
  }
}
