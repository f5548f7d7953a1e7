import { type Group, groupEntries, judgeGroups, MAX_JOBS_PER_MATRIX, type Verdict } from "@fanfold/merge-matrix";
import type { Place } from "@fanfold-internal/kit/process/errors";
import type { MatrixFile } from "@fanfold-internal/matrix/matrix-file";
import { sanitizeTag } from "@fanfold-internal/matrix/tag-text";

/** What is wrong with an image of a matrix file, and where. */
export interface ImageVerdict extends Omit<Verdict, "code"> {
  readonly code: Verdict["code"] | "unknown-tag-latest" | "same-tags" | "group-too-large";
  readonly at: Place;
}

interface PlacedGroup {
  readonly list: string;
  readonly group: Group;
}

/** Verdicts on all images of a file: on each group, and on what its lists share. */
export function judgeImages(matrix: MatrixFile): readonly ImageVerdict[] {
  const groups = matrix.lists.flatMap(({ name, entries }) =>
    groupEntries(entries).map((group): PlacedGroup => ({ list: name, group })),
  );
  const perList = matrix.lists.flatMap(({ name, entries }) =>
    judgeGroups(groupEntries(entries)).map((verdict) => ({
      ...verdict,
      at: matrix.place(name, verdict.entry, verdict.key),
    })),
  );
  return [
    ...perList,
    ...groups.flatMap((placed) => [...judgeTagLatest(placed, matrix), ...judgeSize(placed, matrix)]),
    ...judgeTags(groups, matrix),
    ...judgeAcrossLists(matrix),
  ];
}

// Said here, because in the merge it would cost an image that is built already.
function judgeTagLatest({ list, group }: PlacedGroup, matrix: MatrixFile): readonly ImageVerdict[] {
  return group.legs.flatMap(({ index, tagLatest }) => {
    if (["auto", "true", "false"].includes(tagLatest)) return [];
    const message = `image ${JSON.stringify(group.tagSuffix)}: tag-latest is ${JSON.stringify(tagLatest)}`;
    const fix = "it is one of auto, true, false";
    const about = { entry: index, key: "tag-latest" };
    return [error("unknown-tag-latest", { list, group }, { ...about, message, fix }, matrix)];
  });
}

function judgeSize({ list, group }: PlacedGroup, matrix: MatrixFile): readonly ImageVerdict[] {
  const { legs, tagSuffix } = group;
  if (legs.length <= MAX_JOBS_PER_MATRIX) return [];
  const message = `image ${JSON.stringify(tagSuffix)} has ${legs.length} entries; one matrix takes ${MAX_JOBS_PER_MATRIX} jobs, and a group is never cut`;
  const fix = "give some of its entries a tag-suffix of their own";
  const about = { entry: legs[0].index, key: "tag-suffix" };
  return [error("group-too-large", { list, group }, { ...about, message, fix }, matrix)];
}

/** What no tag can hold becomes a dash in it, and two suffixes may become one. */
function judgeTags(groups: readonly PlacedGroup[], matrix: MatrixFile): readonly ImageVerdict[] {
  const owners = new Map<string, string>();
  return groups.flatMap(({ list, group }) => {
    const { legs, tagSuffix } = group;
    // Behind a branch's name, as it always stands.
    const tag = sanitizeTag(`x${tagSuffix}`).slice(1);
    const owner = owners.get(tag);
    owners.set(tag, owner ?? tagSuffix);
    if (owner === undefined || owner === tagSuffix) return [];
    const message = `images ${JSON.stringify(owner)} and ${JSON.stringify(tagSuffix)} would be published under the same tags, …${JSON.stringify(tag).slice(1, -1)}`;
    const fix = "write suffixes in letters, digits and _ . - that differ";
    const about = { entry: legs[0].index, key: "tag-suffix" };
    return [error("same-tags", { list, group }, { ...about, message, fix }, matrix)];
  });
}

/** All lists of a file are built in one workflow run, whose artifacts share their names' space. */
function judgeAcrossLists(matrix: MatrixFile): readonly ImageVerdict[] {
  const plain = matrix.lists.find(({ entries }) => entries.some((entry) => entry["tag-suffix"] === ""));
  return matrix.lists.flatMap(({ name, entries }) => {
    const entry = entries.findIndex((each) => each["tag-suffix"] === "-core");
    if (entry === -1 || plain === undefined || plain.name === name) return [];
    return [
      {
        severity: "error",
        code: "reserved-suffix",
        tagSuffix: "-core",
        message: `tag-suffix "-core" stands in ${name} and "" in ${plain.name}: artifact names would collide, an empty suffix is called -core in them`,
        fix: 'rename "-core"',
        entry,
        key: "tag-suffix",
        at: matrix.place(name, entry, "tag-suffix"),
      } as const,
    ];
  });
}

function error(
  code: ImageVerdict["code"],
  { list, group }: PlacedGroup,
  about: Pick<ImageVerdict, "entry" | "key" | "message" | "fix">,
  matrix: MatrixFile,
): ImageVerdict {
  const at = matrix.place(list, about.entry, about.key);
  return { severity: "error", code, tagSuffix: group.tagSuffix, ...about, at };
}
