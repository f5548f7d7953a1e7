export type { Place, Problem } from "@fanfold-internal/kit/process/errors";
export type { Host } from "@fanfold-internal/kit/process/host";
export type { Json, JsonObject } from "@fanfold-internal/kit/read/json";
export type { ActionsEvent } from "@fanfold-internal/matrix/event";
export type { MatrixEntry, MatrixFile, MatrixList } from "@fanfold-internal/matrix/matrix-file";
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
} from "./base/diff.ts";
export { ChangedBackendsError, type ChangedBackendsErrorCode } from "./base/error.ts";
export { CHANGE_FLAGS, type ChangeFlag } from "./command/change-flags.ts";
export { type ChangeFlags, type ChangeRequest, type PlannedEvent, requestChange } from "./command/change-request.ts";
export { readInputs } from "./command/inputs-file.ts";
export { loadMatrix } from "./command/matrix-input.ts";
export { emitted, selectionOutputs } from "./command/outputs.ts";
export {
  causeLine,
  diffLine,
  renumbered,
  type SelectionDocument,
  selectionDocument,
} from "./command/render-selection.ts";
export { type Ground, type Survey, survey } from "./command/survey.ts";
export { type BaseFile, type Changes, findChanges } from "./diff/ladder.ts";
export type { DiffSources } from "./diff/rung.ts";
export { type Comparison, comparisonOf } from "./event/comparison.ts";
export { type Checkout, openCheckout } from "./git/checkout.ts";
export type { RemoteAccess } from "./git/git-diff.ts";
export { fromRoot } from "./git/repository-root.ts";
export type { Answer, GitHubAccess } from "./github/client.ts";
export {
  type CompareAnswer,
  type GitHub,
  openGitHub,
  type PullRequestAnswer,
  type TreeAnswer,
} from "./github/compare.ts";
export type { EntryCondition } from "./rules/entry-condition.ts";
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
} from "./rules/input-rule.ts";
export { inputsProperties } from "./rules/inputs-schema.ts";
export { type InputRule, matchRules, type RuleHit, type RuleMatches } from "./rules/match-rules.ts";
export {
  backendOf,
  type Cause,
  type ListSelection,
  type Selection,
  type SelectionQuestion,
  select,
  selectEverything,
} from "./rules/selection.ts";
