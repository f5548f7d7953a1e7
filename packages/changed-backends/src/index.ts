export type { ActionsEvent } from "@fanfold-internal/edge/actions-event";
export type { Place, Problem } from "@fanfold-internal/edge/fanfold-error";
export type { Host } from "@fanfold-internal/edge/host";
export type { Json, JsonObject } from "@fanfold-internal/edge/json";
export type { MatrixEntry, MatrixFile, MatrixList } from "@fanfold-internal/edge/matrix-file";
export { CHANGE_FLAGS, type ChangeFlag } from "./change-flags.ts";
export { type ChangeFlags, type ChangeRequest, type PlannedEvent, requestChange } from "./change-request.ts";
export { ChangedBackendsError, type ChangedBackendsErrorCode } from "./changed-backends-error.ts";
export { type Checkout, openCheckout } from "./checkout.ts";
export { type Comparison, comparisonOf } from "./comparison.ts";
export {
  type ChangedFile,
  changedPaths,
  DIFF_REASONS,
  DIFF_SOURCES,
  type Diff,
  type DiffReason,
  type DiffSource,
  FILE_STATUSES,
  type FileStatus,
  PRECISIONS,
  type Precision,
} from "./diff.ts";
export { type BaseFile, type Changes, findChanges } from "./diff-ladder.ts";
export type { EntryCondition } from "./entry-condition.ts";
export type { RemoteAccess } from "./git-diff.ts";
export type { Answer, GitHubAccess } from "./github-client.ts";
export { type CompareAnswer, type GitHub, openGitHub, type PullRequestAnswer, type TreeAnswer } from "./github-diff.ts";
export {
  checkOwnPaths,
  compileInputs,
  DEFAULT_INPUTS,
  type InputProblem,
  type InputRuleConfig,
  type Inputs,
  type InputsConfig,
  type KnownNames,
  rulesOf,
} from "./input-rule.ts";
export { readInputs } from "./inputs-file.ts";
export { inputsProperties } from "./inputs-schema.ts";
export { type InputRule, matchRules, type RuleHit, type RuleMatches } from "./match-rules.ts";
export { loadMatrix } from "./matrix-input.ts";
export { emitted, selectionOutputs } from "./outputs.ts";
export { causeLine, diffLine, renumbered, type SelectionDocument, selectionDocument } from "./render-selection.ts";
export { fromRoot } from "./repository-root.ts";
export type { DiffSources } from "./rung.ts";
export {
  backendOf,
  type Cause,
  type ListSelection,
  type Selection,
  type SelectionQuestion,
  select,
} from "./selection.ts";
export { type Ground, type Survey, survey } from "./survey.ts";
