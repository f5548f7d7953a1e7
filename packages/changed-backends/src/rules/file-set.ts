/** Some of a list of files, by their positions in it: small and quick for many sets of many files. */
export class FileSet {
  #words = new Uint32Array();

  static union(sets: readonly FileSet[]): FileSet {
    const [first] = sets;
    if (first !== undefined && sets.length === 1) return first;
    const union = new FileSet();
    union.#words = new Uint32Array(Math.max(0, ...sets.map((set) => set.#words.length)));
    for (const set of sets) set.#addTo(union.#words);
    return union;
  }

  get isEmpty(): boolean {
    return this.#words.length === 0;
  }

  /** The same for sets of the same files. */
  get key(): string {
    const used = this.#words.findLastIndex((word) => word !== 0) + 1;
    return Buffer.from(this.#words.slice(0, used).buffer).toString("latin1");
  }

  add(position: number): void {
    const index = position >>> 5;
    if (index >= this.#words.length) {
      const longer = new Uint32Array(Math.max(index + 1, 2 * this.#words.length));
      longer.set(this.#words);
      this.#words = longer;
    }
    this.#words[index] = (this.#words[index] ?? 0) | (1 << (position & 31));
  }

  clear(): void {
    this.#words = new Uint32Array();
  }

  /** In their order. */
  positions(): readonly number[] {
    const positions: number[] = [];
    const words = this.#words;
    for (let index = 0; index < words.length; index++) {
      for (let rest = words[index] ?? 0; rest !== 0; rest &= rest - 1) {
        positions.push(index * 32 + 31 - Math.clz32(rest & -rest));
      }
    }
    return positions;
  }

  #addTo(words: Uint32Array): void {
    const own = this.#words;
    for (let index = 0; index < own.length; index++) words[index] = (words[index] ?? 0) | (own[index] ?? 0);
  }
}
