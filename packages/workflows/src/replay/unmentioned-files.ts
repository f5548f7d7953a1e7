// More are not worth their memory: what changes often comes again.
const MOST_KEPT = 100_000;

/** Files that nothing mentions, by how often they changed. */
export class UnmentionedFiles {
  #changes = new Map<string, number>();
  #forgotten = 0;

  add(paths: readonly string[]): void {
    for (const path of paths) this.#changes.set(path, (this.#changes.get(path) ?? 0) + 1);
    if (this.#changes.size <= MOST_KEPT) return;
    const often = [...this.#changes].filter(([, changes]) => changes > 1);
    this.#forgotten += this.#changes.size - often.length;
    this.#changes = new Map(often.slice(-MOST_KEPT / 2));
  }

  /** Those that changed most often first. */
  sorted(most: number): {
    readonly files: readonly { readonly path: string; readonly changes: number }[];
    readonly more: number;
  } {
    const files = [...this.#changes]
      .map(([path, changes]) => ({ path, changes }))
      .toSorted((left, right) => right.changes - left.changes || (left.path < right.path ? -1 : 1));
    return { files: files.slice(0, most), more: Math.max(0, files.length - most) + this.#forgotten };
  }
}
