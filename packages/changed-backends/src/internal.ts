// For Fanfold's other packages; it may change at any time.

export { CHANGE_CODES } from "./base/codes.ts";
export { DIFF_REASONS, DIFF_SOURCES, FILE_STATUSES, PRECISIONS } from "./base/diff.ts";
export { type BaseGraph, baseGraph, dependentsOf } from "./bases/base-graph.ts";
export { BASE_CODES } from "./bases/codes.ts";
export type { BasedEntry, Edge, LinkedBuild, Unread } from "./bases/edges.ts";
export { type ExternalImage, externalImages } from "./bases/external-images.ts";
export type { FamilyImage } from "./bases/find-base.ts";
export { contextOf, imageReferences, targetName } from "./bases/image-references.ts";
export { apiAccess } from "./command/api-access.ts";
export { compareInputs } from "./command/compare-inputs.ts";
export { CHANGE_FLAGS } from "./command/flags.ts";
export { commitFiles, InputFileError, type InputFiles } from "./command/input-files.ts";
export { causeLine, diffLine, type ImageLine, type ListLines, listLines } from "./command/list-lines.ts";
export { backendFlags, emitted, jobOutputs, selectedIn, shardsOf } from "./command/outputs.ts";
export { type Paint, renderLists, summarizeLists, summarizeWarnings, summaryCode } from "./command/render-lists.ts";
export { renumbered } from "./command/render-selection.ts";
export { changeByValue, refuseUnusable, selectionGround } from "./command/select-changes.ts";
export { type AskedEntries, type FileByValue, inputHashes } from "./content/input-hashes.ts";
export { type ReadInputHashes, readInputHashes } from "./content/read-input-hashes.ts";
export { type Dockerfile, parseDockerfile } from "./dockerfile/dockerfile.ts";
export { type BlobReader, openBlobReader } from "./git/blob-reader.ts";
export { type Checkout, openCheckout } from "./git/checkout.ts";
export { type CommittedFile, LINK } from "./git/git-diff.ts";
export { commitsBetween, type HistoryLog, readHistoryLog } from "./git/history-log.ts";
export { fromRoot } from "./git/repository-root.ts";
export { emptyTreeOf, type TreeChange, type TreeObject } from "./git/tree-diffs.ts";
export type { RunJob, WorkflowRun } from "./github/answers.ts";
export { type GitHub, openGitHub } from "./github/api.ts";
export type { Answer } from "./github/client.ts";
export { ChangesToday } from "./history/changes-today.ts";
export { FollowedInference, rememberedDockerfiles } from "./history/followed-inference.ts";
export { FollowedTree, type TreeFact, WatchedTree } from "./history/followed-tree.ts";
export {
  countRewritten,
  type GroupedPushes,
  groupPushes,
  type HistoryPush,
  type PushRecord,
} from "./history/pushes.ts";
export { recentChanges } from "./history/recent-changes.ts";
export { readPushReflog } from "./history/reflog.ts";
export { changedFiles, type WalkedPush, walkHistory } from "./history/walk-history.ts";
export { type AskedSource, askedSources, ignoreRules } from "./infer/asked-sources.ts";
export type { BuildQuestion, Inferred } from "./infer/build-inputs.ts";
export { isElsewhere } from "./infer/build-inputs.ts";
export { findPath } from "./infer/found-path.ts";
export { findDockerfile, Inference } from "./infer/inference.ts";
export { RepositoryTree } from "./infer/tree.ts";
export {
  asWritten,
  type BuildOf,
  buildQuestion,
  isBuiltByDockerfile,
  linkedQuestions,
} from "./inferred/build-question.ts";
export { inferInputs } from "./inferred/infer-inputs.ts";
export { type EntryQuestions, entryQuestions, inferredBy, wantedFiles } from "./inferred/inferred-inputs.ts";
export { dockerfileIn, type ReadDockerfile, readDockerfiles } from "./inferred/read-dockerfiles.ts";
export { type ListGraph, withDependents } from "./rules/dependents.ts";
export { entryRules, INFERRED, type InferredInputs } from "./rules/entry-rules.ts";
export {
  checkOwnPaths,
  compileInputs,
  DEFAULT_INPUTS,
  type InputRuleConfig,
  type Inputs,
  type InputsConfig,
  RULE_CODES,
  rulesOf,
} from "./rules/input-rule.ts";
export { inputsProperties } from "./rules/inputs-schema.ts";
export { type InputRule, matchRules, RuleMatcher } from "./rules/match-rules.ts";
export { select, selectEverything, selectNothing, selector } from "./rules/selection.ts";
