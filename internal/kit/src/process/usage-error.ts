// Each package bundles its own copy of this class, so `instanceof` does not hold across packages; a registered symbol does.
const brand = Symbol.for("fanfold.usage-error");

/** Thrown when flags are each fine but make no sense together. */
export class UsageError extends Error {
  constructor(message: string) {
    super(message);
    Object.defineProperty(this, brand, { value: true });
  }
}

export function isUsageError(error: unknown): error is UsageError {
  return error instanceof Error && brand in error;
}
