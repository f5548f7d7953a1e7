import { checkArtifactNames } from "./artifact-checks.ts";
import type { Group } from "./group.ts";
import type { GroupDiagnostic } from "./group-finding.ts";
import { checkGroup } from "./leg-checks.ts";

/** How strict `checkGroups` is. */
export interface CheckOptions {
  /** Differing `tag-latest` values are an error instead of a warning. */
  readonly strict?: boolean;
}

/** All findings about all groups of a list: about each in the groups' order, then about the names of their artifacts. */
export function checkGroups(
  groups: readonly Group[],
  { strict = false }: CheckOptions = {},
): readonly GroupDiagnostic[] {
  return [...groups.flatMap((group) => checkGroup(group, strict)), ...checkArtifactNames(groups)];
}
