import { backendOf } from "@fanfold-internal/matrix/entry-values";
import type { MatrixEntry } from "@fanfold-internal/matrix/matrix-file";
import { sanitizeTag } from "@fanfold-internal/matrix/names";
import type { Group, Leg } from "./group.ts";
import { about, type GroupDiagnostic, type KEY_CODES, quote, title } from "./group-finding.ts";

type KeyDiagnostic = GroupDiagnostic<keyof typeof KEY_CODES>;

/**
 * What the keys that tell images apart say of them, where nothing else is known of their repositories and tags: suffixes that
 * no tag tells apart, and legs of one image that went apart.
 */
export function checkKeys(groups: readonly Group[]): readonly KeyDiagnostic[] {
  return [...checkSuffixes(groups), ...checkLegsApart(groups)];
}

/** What no tag can hold becomes a dash in it. Images whose names differ in more are told apart by more. */
function checkSuffixes(groups: readonly Group[]): readonly KeyDiagnostic[] {
  const owners = new Map<string, Group>();
  return groups.flatMap((group): readonly KeyDiagnostic[] => {
    // Behind a branch's name, where it always stands.
    const tag = sanitizeTag(`main${group.tagSuffix}`);
    const key = JSON.stringify([group.identity.artifact, tag]);
    const owner = owners.get(key);
    owners.set(key, owner ?? group);
    if (owner === undefined || owner.tagSuffix === group.tagSuffix) return [];
    return [
      {
        code: "suffixes-alike",
        severity: "error",
        ...about(group, group.legs[0], "tag-suffix"),
        message: `${title(owner)} and ${title(group)} would be published under the same tags, such as ${tag}`,
        fix: "write suffixes in letters, digits and _ . - that differ",
      },
    ];
  });
}

function checkLegsApart(groups: readonly Group[]): readonly KeyDiagnostic[] {
  return legsApart(groups).map(({ single, other }) => {
    const [leg] = single.legs;
    return {
      code: "legs-apart",
      severity: "error",
      ...about(single, leg, "platform-tag"),
      message: `${title(other)} (${platformTags(other)}) and ${title(single)} (${leg.platformTag}) look like legs of one image: both are of backend ${quote(backendOf(leg.entry) ?? "")}`,
      fix: "give their entries the same values of the keys that tell images apart, or remove platform-tag from an image of one leg",
    };
  });
}

/** An image of one leg, and the image that it may have been meant for. */
export interface LegApart {
  readonly single: Group;
  readonly other: Group;
}

/**
 * A slip in a key makes two images of what was meant as the legs of one: an image of one leg, and another of the same backend
 * and suffix that lacks just this platform. Images of several legs each may share a backend, and an image of one leg needs no
 * `platform-tag`. `mayBeOne` says of two entries what else is known of them.
 */
export function legsApart(
  groups: readonly Group[],
  mayBeOne: (single: MatrixEntry, other: MatrixEntry) => boolean = () => true,
): readonly LegApart[] {
  const alike = Map.groupBy(groups.filter(isOfLegs), ({ tagSuffix, legs: [{ entry }] }) =>
    JSON.stringify([backendOf(entry), tagSuffix]),
  );
  return [...alike.values()].flatMap((images) =>
    images.flatMap((single, at): readonly LegApart[] => {
      const [leg, ...others] = single.legs;
      if (others.length > 0) return [];
      // Of two that are alone, the second one is told of.
      const other = images.find(
        (each, position) =>
          each !== single &&
          lacks(each, leg) &&
          (position < at || each.legs.length > 1) &&
          mayBeOne(leg.entry, each.legs[0].entry),
      );
      return other === undefined ? [] : [{ single, other }];
    }),
  );
}

/** `amd64 and arm64` */
export function platformTags({ legs }: Group): string {
  return legs.map(({ platformTag = "" }) => platformTag).join(" and ");
}

function isOfLegs({ legs }: Group): boolean {
  return backendOf(legs[0].entry) !== undefined && legs.every(({ platformTag }) => platformTag !== undefined);
}

function lacks({ legs }: Group, { platformTag }: Leg): boolean {
  return legs.every((leg) => leg.platformTag !== platformTag);
}
