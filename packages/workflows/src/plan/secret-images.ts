import type { SelectedChanges } from "@fanfold/changed-backends";
import { dependentsOf } from "@fanfold/changed-backends/internal";
import type { Diagnostic } from "@fanfold-internal/kit/process/diagnostic";
import { fewNames } from "@fanfold-internal/kit/text/words";
import { imageText } from "@fanfold-internal/matrix/identity";
import type { FamilyGraph } from "../bases/family-graph.ts";
import { usesCredentials } from "../build/credentials.ts";
import type { BuildTargets } from "../build/targets.ts";
import type { PublishedImage } from "../published/published-images.ts";

type Builds = Pick<BuildTargets, "targets" | "linked">;

/**
 * Images that cannot be built without secrets or an SSH agent, which only pushes have. `pull-requests: build` on an entry says that it can.
 * An image is left out whole, as it is built whole.
 */
export function needCredentials(
  images: readonly PublishedImage[],
  { targets, linked }: Builds,
): readonly PublishedImage[] {
  const needs = (artifact: string): boolean =>
    [targets[artifact] ?? {}, ...Object.values(linked[artifact] ?? {})].some(usesCredentials);
  return images.filter(({ group }) =>
    group.legs.some(({ artifact, entry }) => needs(artifact) && entry["pull-requests"] !== "build"),
  );
}

/** The images of a proposal that are not built: those, and what would be built from them, since it makes its bases itself. */
export function leftOutOfProposal(
  touched: readonly PublishedImage[],
  builds: Builds,
  graph: FamilyGraph,
): readonly PublishedImage[] {
  return withTheirDependents(needCredentials(touched, builds), touched, graph);
}

function withTheirDependents(
  secret: readonly PublishedImage[],
  images: readonly PublishedImage[],
  { list, graph }: FamilyGraph,
): readonly PublishedImage[] {
  const ids = new Set(secret.flatMap((image) => (image.list === list.name ? [image.group.identity.id] : [])));
  const dependents = dependentsOf(ids, graph.edges.flat());
  return images.filter(
    (image) => secret.includes(image) || (image.list === list.name && dependents.has(image.group.identity.id)),
  );
}

/** The selection without those images. */
export function leftOut(changes: SelectedChanges, images: readonly PublishedImage[]): SelectedChanges {
  const gone = new Set(images.flatMap(({ list, group }) => group.legs.map(({ index }) => `${list} ${index}`)));
  const { selection } = changes;
  const lists = selection.lists.map((list) => ({
    ...list,
    selected: list.selected.filter((index) => !gone.has(`${list.name} ${index}`)),
  }));
  const causes = selection.causes.filter(({ matrix, entry }) => !gone.has(`${matrix} ${entry}`));
  return { ...changes, selection: { ...selection, lists, causes } };
}

export function leftOutWarnings(images: readonly PublishedImage[]): readonly Diagnostic[] {
  if (images.length === 0) return [];
  const names = fewNames(
    images.map(({ group }) => imageText(group.identity.name)),
    10,
  );
  return [
    {
      code: "needs-secrets",
      severity: "warning",
      message: `not built, because builds of a pull request have no secrets and no SSH agent: ${names}`,
      fix: "write pull-requests: build in an entry that can be built without them",
    },
  ];
}
