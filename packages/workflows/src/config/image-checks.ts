import { checkGroups, type Group, type GroupDiagnostic, groupEntries } from "@fanfold/merge-matrix";
import type { Diagnostic } from "@fanfold-internal/kit/process/diagnostic";
import type { Identify } from "@fanfold-internal/matrix/identity";
import { type IMAGE_LIST_CODES, imagesInTwoLists } from "@fanfold-internal/matrix/image-lists";
import type { MatrixFile } from "@fanfold-internal/matrix/matrix-file";
import { ambiguousArtifacts } from "@fanfold-internal/matrix/names";
import { MAX_JOBS_PER_MATRIX } from "@fanfold-internal/matrix/shards";

/** What is found about the images of a matrix file, besides what merge-matrix finds in each. */
export const IMAGE_CODES = {
  "unknown-tag-latest": "`tag-latest` must be `auto`, `true` or `false`.",
  "group-too-large": "An image has more entries than one matrix of GitHub's has jobs.",
} as const;

type ImageCode = keyof typeof IMAGE_CODES | keyof typeof IMAGE_LIST_CODES | GroupDiagnostic["code"];

export type ImageFinding = Diagnostic<ImageCode>;

interface PlacedGroup {
  readonly list: string;
  readonly group: Group;
}

/** What is wrong with the images of a matrix file, each by itself and all of them together. */
export function checkImages(matrix: MatrixFile, identify: Identify): readonly ImageFinding[] {
  const groups = matrix.lists.flatMap(({ name, entries }) =>
    groupEntries(entries, identify).map((group): PlacedGroup => ({ list: name, group })),
  );
  const perList = matrix.lists.flatMap(({ name, entries }) =>
    checkGroups(groupEntries(entries, identify)).map(({ code, severity, message, fix, entry, key }) => ({
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
    ...imagesInTwoLists(matrix, identify),
    ...checkAcrossLists(groups, matrix),
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
        message: `image ${JSON.stringify(group.identity.name)}: tag-latest is ${JSON.stringify(tagLatest)}`,
        at: matrix.place(list, index, "tag-latest"),
        fix: "write auto, true or false",
      },
    ];
  });
}

function checkSize({ list, group }: PlacedGroup, matrix: MatrixFile): readonly ImageFinding[] {
  const { legs, identity } = group;
  if (legs.length <= MAX_JOBS_PER_MATRIX) return [];
  return [
    {
      code: "group-too-large",
      severity: "error",
      message: `image ${JSON.stringify(identity.name)} has ${legs.length} entries; one matrix takes ${MAX_JOBS_PER_MATRIX} jobs, and an image is never cut`,
      at: matrix.place(list, legs[0].index, "tag-suffix"),
      fix: "give some of its entries a tag-suffix of their own",
    },
  ];
}

/** All lists of a file are built in one workflow run, in which each artifact's name must be unique. */
function checkAcrossLists(groups: readonly PlacedGroup[], matrix: MatrixFile): readonly ImageFinding[] {
  const reserved = groups.flatMap(({ list, group }): readonly ImageFinding[] => {
    const plain = groups.find(
      (other) =>
        other.list !== list &&
        other.group.tagSuffix === "" &&
        other.group.identity.artifact === group.identity.artifact,
    );
    if (group.tagSuffix !== "-core" || plain === undefined) return [];
    return [
      {
        code: "reserved-suffix",
        severity: "error",
        message: `tag-suffix "-core" stands in ${list} and "" in ${plain.list}: artifact names would collide, an empty suffix is called -core in them`,
        at: matrix.place(list, group.legs[0].index, "tag-suffix"),
        fix: 'rename "-core"',
      },
    ];
  });
  return reserved.length > 0 ? reserved : checkArtifacts(groups, matrix);
}

/** What lists do to each other; what an image or a list does by itself, merge-matrix finds. */
function checkArtifacts(groups: readonly PlacedGroup[], matrix: MatrixFile): readonly ImageFinding[] {
  const legs = groups.flatMap(({ list, group }) => group.legs.map((leg) => ({ list, group, leg })));
  const owners = new Map<string, (typeof legs)[number]>();
  const finding = ({ list, group, leg }: (typeof legs)[number], message: string): ImageFinding => ({
    code: "duplicate-artifact",
    severity: "error",
    message: `image ${JSON.stringify(group.identity.name)}: ${message}`,
    at: matrix.place(list, leg.index, leg.platformTag === undefined ? undefined : "platform-tag"),
    fix: "change the suffix, the platform-tag, or a value that images and group-by use",
  });
  const same = legs.flatMap((each): readonly ImageFinding[] => {
    const { artifact } = each.leg;
    const owner = owners.get(artifact);
    if (owner === undefined) owners.set(artifact, each);
    if (owner === undefined || owner.list === each.list) return [];
    return [
      finding(each, `the artifact name ${JSON.stringify(artifact)} is one of ${owner.list}[${owner.leg.index}] too`),
    ];
  });
  const taken = ambiguousArtifacts(owners.keys()).flatMap(([artifact, other]): readonly ImageFinding[] => {
    const [here, there] = [owners.get(artifact), owners.get(other)];
    if (here === undefined || here.list === there?.list) return [];
    return [finding(here, `the artifact name ${JSON.stringify(artifact)} is ${JSON.stringify(other)} with an attempt`)];
  });
  return [...same, ...taken];
}
