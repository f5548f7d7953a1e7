import { FanfoldError } from "@fanfold-internal/kit/process/errors";

/**
 * - `unavailable`: this machine cannot run it; the message is the reason, in one line.
 * - `not-started`: a program of the test bed was started and did not become healthy.
 * - `bad-file`: what FANFOLD_TESTBED names is not a test bed's description.
 */
export type TestbedErrorCode = "unavailable" | "not-started" | "bad-file";

export class TestbedError extends FanfoldError<TestbedErrorCode> {}

export function unavailable(message: string, cause?: unknown): TestbedError {
  return new TestbedError({ code: "unavailable", message, cause });
}
