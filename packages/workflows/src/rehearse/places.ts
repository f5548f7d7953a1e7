import { join, resolve } from "node:path";
import { DigestToolsError, parsePlan } from "@fanfold/digest-tools";
import { parseReference } from "@fanfold/digest-tools/planning";
import { UsageError } from "@fanfold-internal/kit/process/command";
import { jsonText } from "@fanfold-internal/kit/text/json-text";
import { WorkflowsError } from "../base/error.ts";
import { BUILT_LIST } from "../config/lists.ts";
import type { Plan } from "../plan/plan.ts";

/** Where a rehearsal publishes. */
export type Target =
  /** OCI layouts below a directory, one for each repository of the config. Undefined: in the workspace. */
  | { readonly kind: "layouts"; readonly directory: string | undefined }
  /** These repositories, in the place of the config's. */
  | { readonly kind: "registries"; readonly names: readonly string[] };

/** A repository, and the store that stands in for it. */
export interface Place {
  /** As people know it: `quay.io/example/backends`. */
  readonly image: string;
  /** The store's name: `oci:DIR/quay.io/example/backends`. */
  readonly store: string;
  /** Undefined: a registry. */
  readonly directory: string | undefined;
}

/** @throws UsageError */
export function targetOf(store: string | undefined, registries: readonly string[] | undefined, cwd: string): Target {
  if (store !== undefined && registries !== undefined) {
    throw new UsageError("--store and --registry exclude each other: each says where to publish");
  }
  if (registries !== undefined) {
    for (const name of registries) assertRepository(name);
    return { kind: "registries", names: [...new Set(registries)] };
  }
  if (store === undefined) return { kind: "layouts", directory: undefined };
  const directory = store.slice("oci:".length);
  if (!store.startsWith("oci:") || directory === "") {
    throw new UsageError(`--store must be oci:DIR, found ${JSON.stringify(store)}; registries are named by --registry`);
  }
  return { kind: "layouts", directory: resolve(cwd, directory) };
}

/** A plan whose images are published to places of a rehearsal. */
export interface PlacedPlan {
  readonly plan: Plan;
  /** Each once, in the one spelling that merges give it. */
  readonly places: readonly Place[];
}

/**
 * The plan as far as it is rehearsed, without the images of lists that other workflows build, and with stores in the place of
 * its repositories. Where images have repositories of their own, those that `--registry` names are what their paths are put
 * below.
 * @throws WorkflowsError `rehearsal`: an image has no repository; DigestToolsError `invalid-reference`: one is not a repository
 */
export function placedPlan(plan: Plan, target: Target, workspace: string): PlacedPlan {
  const built = plan.groups.filter(({ matrix }) => matrix === BUILT_LIST);
  const { groups } = parsePlan(jsonText({ ...plan, groups: built }), "the plan");
  const repositories = groups.map((group) => group.repositories);
  const shared = repositories.every((names) => jsonText(names) === jsonText(repositories[0]));
  const placesOf = (names: readonly string[]): readonly Place[] => {
    if (target.kind === "layouts")
      return names.map((name) => layoutPlace(name, target.directory ?? join(workspace, "images")));
    const paths = shared ? [""] : [...new Set(names.map((name) => name.replace(/^[^/]*/, "")))];
    return target.names.flatMap((name) => paths.map((path) => registryPlace(`${name}${path}`)));
  };
  const placed = repositories.map(placesOf);
  if (placed.some((places) => places.length === 0)) {
    throw new WorkflowsError({
      code: "rehearsal",
      message: "the config names no images to publish to",
      fix: 'list them under "images" in the config, or name repositories with --registry',
    });
  }
  const places = new Map(placed.flat().map((place) => [place.store, place]));
  return {
    plan: {
      ...plan,
      groups: built.map((group, index) => ({ ...group, images: (placed[index] ?? []).map(({ store }) => store) })),
    },
    places: [...places.values()],
  };
}

function layoutPlace(image: string, parent: string): Place {
  const directory = join(parent, image);
  return { image, store: `oci:${directory}`, directory };
}

function registryPlace(name: string): Place {
  return { image: name, store: name, directory: undefined };
}

function assertRepository(name: string): void {
  try {
    const { tag, digest } = parseReference(name);
    if (tag === undefined && digest === undefined) return;
  } catch (error) {
    if (error instanceof DigestToolsError) throw new UsageError(`--registry: ${error.message}`);
    throw error;
  }
  throw new UsageError(`--registry: ${JSON.stringify(name)} must be a repository, HOST/NAME, without a tag or digest`);
}
