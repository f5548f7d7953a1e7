import type { Survey } from "@fanfold/changed-backends";
import { isFanfoldError, type Problem } from "@fanfold-internal/kit/process/errors";
import type { Family } from "../config/family.ts";
import { fullImageName } from "../config/image-name.ts";
import { imageProblems } from "../config/images.ts";
import { clashingFiles } from "../generate/checks/family-clashes.ts";
import { makePlan } from "../plan/plan.ts";
import { placedOutputProblems, planOutputs } from "../plan/plan-outputs.ts";
import { checkFiles } from "./files.ts";
import type { Finding } from "./finding.ts";
import { checkRules } from "./rules.ts";

/** A family against the files that git tracks; `everything` is a survey that selects all of its entries. */
export function checkFamily(family: Family, tracked: readonly string[], everything: Survey): readonly Finding[] {
  const { config, matrix, verdicts } = family;
  return [
    ...[...config.warnings, ...matrix.warnings].map((warning) => ({ ...warning, severity: "warning" as const })),
    ...checkImages(family),
    ...verdicts,
    ...checkFiles(family, tracked),
    ...checkRules(family, tracked),
    ...checkOutputs(family, everything),
  ];
}

function checkImages({ config }: Family): readonly Finding[] {
  const { images = [], workflow } = config.config;
  // Of a config that workflows are generated from, it is an error.
  if (config.file === null || images.length > 0 || workflow !== undefined) return imageProblems(config).map(asError);
  return [
    {
      severity: "warning",
      message: "no images: what is built is published nowhere",
      at: { file: config.file },
      fix: "images: [ghcr.io/owner/name]",
    },
  ];
}

const NO_EVENT = { name: "local", ref: null, sha: null, defaultBranch: null } as const;

/** The outputs of a plan that builds everything. */
function checkOutputs({ matrix, verdicts }: Family, everything: Survey): readonly Finding[] {
  // Groups that are no groups make no plan.
  if (verdicts.some(({ severity }) => severity === "error")) return [];
  try {
    const plan = makePlan({ event: NO_EVENT, lists: matrix.lists, images: [], survey: everything, warnings: [] });
    return placedOutputProblems(planOutputs(plan, matrix.lists), matrix).map(asError);
  } catch (error) {
    if (!isFanfoldError(error)) throw error;
    return error.problems.map((problem) => asError({ at: { file: matrix.file }, ...problem }));
  }
}

/** What two families of one repository would do to each other. */
export function checkFamilies(families: readonly Family[]): readonly Finding[] {
  return [
    ...clashingFiles(families.map(({ config }) => config)).map(asError),
    ...families.flatMap((family, position) => families.slice(0, position).flatMap((other) => checkTags(family, other))),
  ];
}

function checkTags(family: Family, other: Family): readonly Finding[] {
  const theirs = new Set(other.config.config.images?.map(fullImageName));
  const shared = (family.config.config.images ?? []).filter((image) => theirs.has(fullImageName(image)));
  const taken = new Set(other.matrix.lists.flatMap(({ entries }) => entries.map((entry) => entry["tag-suffix"])));
  if (shared.length === 0) return [];
  // One file may be the matrix of both, and then names neither.
  const sameFile = other.matrix.file === family.matrix.file;
  const whose = `${other.config.file}${sameFile ? "" : ` (${other.matrix.file})`}`;
  return family.matrix.lists.flatMap(({ name, entries }) =>
    [...Map.groupBy(entries.keys(), (index) => entries[index]?.["tag-suffix"] ?? "")].flatMap(
      ([suffix, [index]]): readonly Finding[] =>
        !taken.has(suffix) || index === undefined
          ? []
          : [
              {
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

function asError(problem: Problem): Finding {
  return { ...problem, severity: "error" };
}
