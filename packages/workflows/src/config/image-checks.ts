import { checkGroups, type Group, type GroupDiagnostic, groupEntries } from "@fanfold/merge-matrix";
import type { Diagnostic } from "@fanfold-internal/kit/process/diagnostic";
import { tagSuffixOf } from "@fanfold-internal/matrix/entry-values";
import { bySuffix } from "@fanfold-internal/matrix/identity";
import { type IMAGE_LIST_CODES, imagesInTwoLists } from "@fanfold-internal/matrix/image-lists";
import type { MatrixFile } from "@fanfold-internal/matrix/matrix-file";
import { sanitizeTag } from "@fanfold-internal/matrix/names";
import { MAX_JOBS_PER_MATRIX } from "@fanfold-internal/matrix/shards";

/** What is found about the images of a matrix file, besides what merge-matrix finds in each. */
export const IMAGE_CODES = {
  "unknown-tag-latest": "`tag-latest` must be `auto`, `true` or `false`.",
  "same-tags": "Two images would be published under the same tags: their suffixes differ only in what no tag can hold.",
  "group-too-large": "An image has more entries than one matrix of GitHub's has jobs.",
} as const;

type ImageCode = keyof typeof IMAGE_CODES | keyof typeof IMAGE_LIST_CODES | GroupDiagnostic["code"];

export type ImageFinding = Diagnostic<ImageCode>;

interface PlacedGroup {
  readonly list: string;
  readonly group: Group;
}

/** What is wrong with the images of a matrix file, each by itself and all of them together. */
export function checkImages(matrix: MatrixFile): readonly ImageFinding[] {
  const groups = matrix.lists.flatMap(({ name, entries }) =>
    groupEntries(entries).map((group): PlacedGroup => ({ list: name, group })),
  );
  const perList = matrix.lists.flatMap(({ name, entries }) =>
    checkGroups(groupEntries(entries)).map(({ code, severity, message, fix, entry, key }) => ({
      code,
      severity,
      message,
      at: matrix.place(name, entry, key),
      fix,
    })),
  );
  return [
    ...perList,
    ...groups.flatMap((placed) => [...checkTagLatest(placed, matrix), ...checkSize(placed, matrix)]),
    ...checkTags(groups, matrix),
    ...imagesInTwoLists(matrix, bySuffix),
    ...checkAcrossLists(matrix),
  ];
}

// Reported here, because in the merge it would cost an image that is built already.
function checkTagLatest({ list, group }: PlacedGroup, matrix: MatrixFile): readonly ImageFinding[] {
  return group.legs.flatMap(({ index, tagLatest }): readonly ImageFinding[] => {
    if (["auto", "true", "false"].includes(tagLatest)) return [];
    return [
      {
        code: "unknown-tag-latest",
        severity: "error",
        message: `image ${JSON.stringify(group.tagSuffix)}: tag-latest is ${JSON.stringify(tagLatest)}`,
        at: matrix.place(list, index, "tag-latest"),
        fix: "write auto, true or false",
      },
    ];
  });
}

function checkSize({ list, group }: PlacedGroup, matrix: MatrixFile): readonly ImageFinding[] {
  const { legs, tagSuffix } = group;
  if (legs.length <= MAX_JOBS_PER_MATRIX) return [];
  return [
    {
      code: "group-too-large",
      severity: "error",
      message: `image ${JSON.stringify(tagSuffix)} has ${legs.length} entries; one matrix takes ${MAX_JOBS_PER_MATRIX} jobs, and an image is never cut`,
      at: matrix.place(list, legs[0].index, "tag-suffix"),
      fix: "give some of its entries a tag-suffix of their own",
    },
  ];
}

/** What no tag can hold becomes a dash in it, and two suffixes may become one. */
function checkTags(groups: readonly PlacedGroup[], matrix: MatrixFile): readonly ImageFinding[] {
  const owners = new Map<string, string>();
  return groups.flatMap(({ list, group: { legs, tagSuffix } }): readonly ImageFinding[] => {
    // Behind a branch's name, where it always stands.
    const tag = sanitizeTag(`x${tagSuffix}`).slice(1);
    const owner = owners.get(tag);
    owners.set(tag, owner ?? tagSuffix);
    if (owner === undefined || owner === tagSuffix) return [];
    return [
      {
        code: "same-tags",
        severity: "error",
        message: `images ${JSON.stringify(owner)} and ${JSON.stringify(tagSuffix)} would be published under the same tags, …${JSON.stringify(tag).slice(1, -1)}`,
        at: matrix.place(list, legs[0].index, "tag-suffix"),
        fix: "write suffixes in letters, digits and _ . - that differ",
      },
    ];
  });
}

/** All lists of a file are built in one workflow run, in which each artifact's name must be unique. */
function checkAcrossLists(matrix: MatrixFile): readonly ImageFinding[] {
  const plain = matrix.lists.find(({ entries }) => entries.some((entry) => tagSuffixOf(entry) === ""));
  return matrix.lists.flatMap(({ name, entries }): readonly ImageFinding[] => {
    const entry = entries.findIndex((each) => tagSuffixOf(each) === "-core");
    if (entry === -1 || plain === undefined || plain.name === name) return [];
    return [
      {
        code: "reserved-suffix",
        severity: "error",
        message: `tag-suffix "-core" stands in ${name} and "" in ${plain.name}: artifact names would collide, an empty suffix is called -core in them`,
        at: matrix.place(name, entry, "tag-suffix"),
        fix: 'rename "-core"',
      },
    ];
  });
}
