import type { Diagnostic } from "@fanfold-internal/kit/process/diagnostic";
import type { CheckCode } from "../../base/codes.ts";
import type { Family } from "../../config/family.ts";
import type { Clone } from "./clone.ts";
import { checkPointers } from "./pointers.ts";
import { checkUnused } from "./unused.ts";

/**
 * What `check` and `generate` both find in a config that workflows can be made from, and that will not do what it seems to:
 * keys that nothing uses, branches that are not there, content that is not checked out. `clone`: undefined without git.
 */
export function checkRepository(family: Family, clone: Clone | undefined): readonly Diagnostic<CheckCode>[] {
  return [...checkUnused(family, clone?.branches), ...(clone === undefined ? [] : checkPointers(family, clone))];
}
