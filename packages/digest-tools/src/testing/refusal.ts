import { DigestToolsError } from "../base/error.ts";

/** For tests: the error that some work must end in. Any other end is thrown on. */
export async function refusal(work: Promise<unknown> | (() => unknown)): Promise<DigestToolsError> {
  const error = await (typeof work === "function" ? Promise.resolve().then(work) : work).then(
    () => new Error("expected a DigestToolsError, but it succeeded"),
    (thrown: unknown) => thrown,
  );
  if (error instanceof DigestToolsError) return error;
  throw error;
}
