import type { SelectedChanges } from "@fanfold/changed-backends";
import type { Diagnostic } from "@fanfold-internal/kit/process/diagnostic";
import { isFanfoldError } from "@fanfold-internal/kit/process/errors";
import { tagSuffixOf } from "@fanfold-internal/matrix/entry-values";
import type { CheckCode } from "../base/codes.ts";
import type { Family } from "../config/family.ts";
import { imageFindings, repositoryName } from "../config/images.ts";
import { clashingFiles } from "../generate/checks/family-clashes.ts";
import { makePlan } from "../plan/plan.ts";
import { placedOutputProblems, planOutputs } from "../plan/plan-outputs.ts";
import { checkFiles, type TrackedFiles } from "./files.ts";
import { checkRules } from "./rules.ts";

/** A family against the files that git tracks; `everything` is a survey that selects all of its entries. */
export function checkFamily(family: Family, tracked: TrackedFiles, everything: SelectedChanges): readonly Diagnostic[] {
  const { config, matrix } = family;
  return [
    ...config.warnings,
    ...matrix.warnings,
    ...checkImages(family),
    ...family.matrixFindings,
    ...checkFiles(family, tracked),
    ...checkRules(family, tracked.files),
    ...checkOutputs(family, everything),
  ];
}

function checkImages({ config }: Family): readonly Diagnostic[] {
  const { images = [], workflow } = config.config;
  // Of a config that workflows are generated from, it is an error.
  if (config.file === null || images.length > 0 || workflow !== undefined) return imageFindings(config);
  const missing: Diagnostic<CheckCode> = {
    code: "no-images",
    severity: "warning",
    message: "no images: what is built is published nowhere",
    at: { file: config.file },
    fix: "add images: [ghcr.io/owner/name]",
  };
  return [missing];
}

const NO_EVENT = { name: "local", ref: null, sha: null, defaultBranch: null } as const;

/** The outputs of a plan that builds everything. */
function checkOutputs({ matrix, matrixFindings: found }: Family, everything: SelectedChanges): readonly Diagnostic[] {
  // There is no plan of images that cannot be merged.
  if (found.some(({ severity }) => severity === "error")) return [];
  try {
    const plan = makePlan({ event: NO_EVENT, lists: matrix.lists, images: [], changes: everything, warnings: [] });
    return placedOutputProblems(planOutputs(plan, matrix.lists), matrix);
  } catch (error) {
    if (!isFanfoldError(error)) throw error;
    return error.diagnostics.map((found) => ({ ...found, at: found.at ?? { file: matrix.file } }));
  }
}

/** What two families of one repository would do to each other. */
export function checkFamilies(families: readonly Family[]): readonly Diagnostic[] {
  return [
    ...clashingFiles(families.map(({ config }) => config)),
    ...families.flatMap((family, position) => families.slice(0, position).flatMap((other) => checkTags(family, other))),
  ];
}

function checkTags(family: Family, other: Family): readonly Diagnostic[] {
  const theirs = new Set(other.config.config.images?.map(repositoryName));
  const shared = (family.config.config.images ?? []).filter((image) => theirs.has(repositoryName(image)));
  const taken = new Set(other.matrix.lists.flatMap(({ entries }) => entries.map(tagSuffixOf)));
  if (shared.length === 0) return [];
  // One file may be the matrix of both, and then names neither.
  const sameFile = other.matrix.file === family.matrix.file;
  const whose = `${other.config.file}${sameFile ? "" : ` (${other.matrix.file})`}`;
  return family.matrix.lists.flatMap(({ name, entries }) =>
    [...Map.groupBy(entries.keys(), (index) => tagSuffixOf(entries[index] ?? {}))].flatMap(
      ([suffix, [index]]): readonly Diagnostic<CheckCode>[] =>
        !taken.has(suffix) || index === undefined
          ? []
          : [
              {
                code: "suffix-in-two-families",
                severity: "error",
                message: `tag-suffix ${JSON.stringify(suffix)} is built by ${whose} too, and both are published to ${shared.join(", ")}`,
                at: family.matrix.place(name, index, "tag-suffix"),
                fix: sameFile
                  ? "give one of the families a matrix file of its own, or publish it elsewhere"
                  : "rename one of them, or publish one of the families elsewhere",
              },
            ],
    ),
  );
}
