import { groupEntries } from "@fanfold/merge-matrix";
import type { Identify } from "@fanfold-internal/matrix/identity";
import type { MatrixList } from "@fanfold-internal/matrix/matrix-file";
import { parseTemplate, templateKeys } from "@fanfold-internal/matrix/template";
import type { WorkflowConfig } from "./config.ts";

export { BUILT_LIST } from "../base/built-list.ts";

/** The key that the plan gives to every entry it emits. */
export const ARTIFACT_KEY = "artifact-name";

/** What `workflow.lists` says of a list. */
type ListConfig = NonNullable<WorkflowConfig["lists"]>[string];

/** Whether a hand-written workflow is told under which names the merge looks for its records. */
export function handsOverArtifacts({ with: inputs = {} }: Pick<ListConfig, "with">): boolean {
  return Object.values(inputs).some(
    (value) => typeof value === "string" && templateKeys(parseTemplate(value)).includes(ARTIFACT_KEY),
  );
}

/** Whether a list has images of several legs. */
export function hasMultiGroups({ entries }: MatrixList, identify: Identify): boolean {
  return groupEntries(entries, identify).some(({ legs }) => legs.length > 1);
}
