/** A complaint about a key of one entry. */
export interface Verdict {
  readonly key: string;
  readonly message: string;
  readonly fix: string;
}
