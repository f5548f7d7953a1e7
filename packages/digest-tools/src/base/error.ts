import type { Diagnostic } from "@fanfold-internal/kit/process/diagnostic";
import { FanfoldError } from "@fanfold-internal/kit/process/errors";

/** Why something failed, for programs. The message says what was expected, what was found, where, and what to do. */
export type DigestToolsErrorCode =
  // Input
  | "invalid-reference"
  | "invalid-platform"
  | "invalid-tag"
  | "invalid-plan"
  | "invalid-record"
  | "invalid-manifest"
  | "invalid-options"
  | "invalid-event"
  | "no-tag"
  | "unusable-metadata"
  // Images and publishing
  | "missing-leg"
  | "unplanned-leg"
  | "refused-base"
  | "missing-repository"
  | "duplicate-record"
  | "duplicate-platform"
  | "wrong-platform"
  | "wrong-revision"
  | "wrong-run"
  | "foreign-plan"
  | "diverging-digests"
  | "tag-conflict"
  | "tag-exists"
  | "verification-failed"
  | "signing-failed"
  | "unsigned"
  | "build-failed"
  // Credentials
  | "docker-config"
  | "credential-helper"
  | "insecure"
  // Registries: what they answered, or that they did not
  | "unauthorized"
  | "denied"
  | "not-found"
  | "rate-limited"
  | "rejected"
  | "tag-protected"
  | "quota-exceeded"
  | "read-only"
  | "server-error"
  | "bad-response"
  | "network"
  // Content
  | "digest-mismatch"
  | "too-large"
  // OCI image layouts
  | "invalid-layout"
  | "layout-locked"
  | "ambiguous-root"
  // Files and programs
  | "io";

/** What is reported although the image is published. */
export type DigestToolsWarningCode =
  | "docker-media-type"
  | "record-differs"
  | "tag-kept"
  | "git-tag-not-taken"
  | "value-not-taken"
  | "untagged"
  | "more-findings"
  | "no-summary";

/** The one error of this package. */
export class DigestToolsError extends FanfoldError<DigestToolsErrorCode> {}

interface FindingText {
  readonly message: string;
  readonly fix: string;
}

/** A finding for which an image is refused. */
export function problem(code: DigestToolsErrorCode, { message, fix }: FindingText): Diagnostic {
  return { code, severity: "error", message, fix };
}

export function warning(code: DigestToolsWarningCode, { message, fix }: FindingText): Diagnostic {
  return { code, severity: "warning", message, fix };
}
