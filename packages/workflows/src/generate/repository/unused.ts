import type { Diagnostic } from "@fanfold-internal/kit/process/diagnostic";
import { didYouMean } from "@fanfold-internal/kit/read/nearest";
import type { CheckCode } from "../../base/codes.ts";
import { unusedKeys } from "../../config/entry-keys.ts";
import type { Family } from "../../config/family.ts";
import { BUILT_LIST } from "../../config/lists.ts";

/** What a generated workflow could be meant to use, and never does. `branches`: undefined where not all are known. */
export function checkUnused(
  family: Family,
  branches: ReadonlySet<string> | undefined,
): readonly Diagnostic<CheckCode>[] {
  // By hand-written workflows, any key may be used.
  if (family.config.config.workflow === undefined) return [];
  return [...checkKeys(family), ...checkBranches(family, branches)];
}

function checkKeys({ config, matrix, metadata, baked }: Family): readonly Diagnostic<CheckCode>[] {
  // Those of bake targets are Fanfold's.
  if (baked) return [];
  const entries = matrix.lists.find(({ name }) => name === BUILT_LIST)?.entries ?? [];
  return [...unusedKeys(config.config, metadata, entries)].map(([key, [first = 0, ...others]]) => ({
    code: "unused-key",
    severity: "notice",
    message: `nothing uses the key ${JSON.stringify(key)}${others.length === 0 ? "" : ` of ${others.length + 1} entries`}`,
    at: matrix.place(BUILT_LIST, first, key),
    fix: `take it up as {${key}}, in build.args say, or remove it`,
  }));
}

function checkBranches({ config }: Family, known: ReadonlySet<string> | undefined): readonly Diagnostic<CheckCode>[] {
  const { branches = [] } = config.config.workflow ?? {};
  if (known === undefined) return [];
  return branches.flatMap((branch, index): readonly Diagnostic<CheckCode>[] => {
    // Any of these makes it a pattern, and one may be for branches to come.
    if (/[*?+!\\[\]]/.test(branch) || known.has(branch)) return [];
    return [
      {
        code: "unknown-branch",
        severity: "warning",
        message: `there is no branch ${JSON.stringify(branch)}${didYouMean(branch, [...known])}`,
        at: config.place(["workflow", "branches", index]),
        fix: "name a branch of the repository, or fetch if it is new",
      },
    ];
  });
}
