import { ambiguousArtifacts } from "@fanfold-internal/matrix/names";
import type { Group, Leg } from "./group.ts";
import { about, type GroupDiagnostic, quote, title } from "./group-finding.ts";

/** Names of artifacts that would be equal, or taken for each other. */
export function checkArtifactNames(groups: readonly Group[]): readonly GroupDiagnostic[] {
  return [...groups.flatMap((group) => checkCore(group, groups)), ...checkArtifacts(groups), ...checkUploads(groups)];
}

/** An empty suffix is called `-core` in artifact names. */
function checkCore(group: Group, groups: readonly Group[]): readonly GroupDiagnostic[] {
  if (group.tagSuffix !== "-core" || !groups.some((other) => isPlainBeside(other, group))) return [];
  return [
    {
      code: "reserved-suffix",
      severity: "error",
      ...about(group, group.legs[0], "tag-suffix"),
      message: `tag-suffix "-core" stands beside "": artifact names would collide, because an empty suffix is called -core in them`,
      fix: 'rename "-core"',
    },
  ];
}

function isPlainBeside(one: Group, core: Group): boolean {
  return one.tagSuffix === "" && core.tagSuffix === "-core" && one.identity.artifact === core.identity.artifact;
}

/** Records are found by artifact name alone, so no two entries of a matrix may share one, whatever made them equal. */
function checkArtifacts(groups: readonly Group[]): readonly GroupDiagnostic[] {
  const owners = new Map<string, { readonly group: Group; readonly leg: Leg }>();
  return groups.flatMap((group) =>
    group.legs.flatMap((leg): readonly GroupDiagnostic[] => {
      const owner = owners.get(leg.artifact);
      owners.set(leg.artifact, owner ?? { group, leg });
      if (owner === undefined || isFoundOtherwise(owner, { group, leg })) return [];
      const within = owner.group === group;
      const whose = within ? "" : ` (${title(owner.group)})`;
      return [
        {
          code: "duplicate-artifact",
          severity: "error",
          ...about(group, leg, within ? "platform-tag" : "tag-suffix"),
          message: `${title(group)}: entries ${owner.leg.index}${whose} and ${leg.index} share the artifact name ${quote(leg.artifact)}`,
          fix: within
            ? "give each leg of an image its own platform-tag"
            : "change the tag-suffix, or a value of the keys that tell images apart",
        },
      ];
    }),
  );
}

/** Legs without a platform-tag, and suffixes that are reserved for this reason, have a finding of their own. */
function isFoundOtherwise(
  one: { readonly group: Group; readonly leg: Leg },
  other: { readonly group: Group; readonly leg: Leg },
): boolean {
  if (one.group === other.group) return one.leg.platformTag === undefined && other.leg.platformTag === undefined;
  return isPlainBeside(one.group, other.group) || isPlainBeside(other.group, one.group);
}

/** An upload is the artifact's name and an attempt, so that no name may be another's with a number behind it. */
function checkUploads(groups: readonly Group[]): readonly GroupDiagnostic[] {
  const owners = new Map(groups.flatMap((group) => group.legs.map((leg) => [leg.artifact, { group, leg }] as const)));
  return ambiguousArtifacts(owners.keys()).flatMap(([artifact, other]): readonly GroupDiagnostic[] => {
    const owner = owners.get(artifact);
    if (owner === undefined) return [];
    return [
      {
        code: "duplicate-artifact",
        severity: "error",
        ...about(owner.group, owner.leg, "platform-tag"),
        message: `${title(owner.group)}: the artifact name ${quote(artifact)} is ${quote(other)} with an attempt`,
        fix: "end its platform-tag otherwise than in a dash and a number",
      },
    ];
  });
}
