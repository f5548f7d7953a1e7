/**
 * Why a Dockerfile, or a word of it, is not one that BuildKit would build. The reader is total: whatever the text, it
 * gives a result or one of these.
 */
export interface Refusal {
  readonly kind: "refused";
  /** 1-based; 0 where no line is to blame. */
  readonly line: number;
  readonly reason: string;
}

/** A step that failed, before it is known on which line. */
export class RefusedText extends Error {
  readonly line: number;

  constructor(reason: string, line = 0) {
    super(reason);
    this.line = line;
  }
}

/** Runs a step that may throw `RefusedText`, and gives the refusal as a value. */
export function refusalOr<T>(step: () => T, line = 0): T | Refusal {
  try {
    return step();
  } catch (error) {
    if (error instanceof RefusedText) return { kind: "refused", line: error.line || line, reason: error.message };
    throw error;
  }
}
