import { join, relative, resolve } from "node:path";
import { DigestToolsError } from "@fanfold/digest-tools";
import { canonicalStoreName } from "@fanfold/digest-tools/internal";
import { parseReference } from "@fanfold/digest-tools/planning";
import { UsageError } from "@fanfold-internal/kit/process/command";
import { jsonText } from "@fanfold-internal/kit/text/json-text";
import { WorkflowsError } from "../base/error.ts";
import { BUILT_LIST } from "../config/lists.ts";
import type { Plan } from "../plan/plan.ts";
import type { PublishedImage } from "../published/published-images.ts";

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

/** Something of an earlier rehearsal may stand there. */
export function lasts(target: Target): boolean {
  return target.kind === "registries" || target.directory !== undefined;
}

function layoutsIn(target: Target, workspace: string): string {
  return (target.kind === "layouts" ? target.directory : undefined) ?? join(workspace, "images");
}

/**
 * Images as they are rehearsed: with stores in the place of their repositories. Where images have repositories of their own,
 * those that `--registry` names are what their paths are put below; the whole family decides that, so that the next rehearsal
 * finds them whatever it builds. Those of lists that other workflows build are not published.
 * @throws DigestToolsError `invalid-reference`: an image's repository is none
 */
export function placedImages(
  images: readonly PublishedImage[],
  target: Target,
  workspace: string,
): readonly PublishedImage[] {
  const built = new Map(
    images
      .filter(({ list }) => list === BUILT_LIST)
      .map((image) => [image, [...new Set(image.repositories.map(canonicalStoreName))]]),
  );
  const [first = [], ...others] = built.values();
  const shared = others.every((names) => jsonText(names) === jsonText(first));
  const storesOf = (names: readonly string[]): readonly string[] => {
    if (target.kind === "layouts") return names.map((name) => `oci:${join(layoutsIn(target, workspace), name)}`);
    const paths = shared ? [""] : names.map((name) => name.replace(/^[^/]*/, ""));
    return target.names.flatMap((name) => paths.map((path) => `${name}${path}`));
  };
  return images.map((image) => {
    const names = built.get(image);
    if (names === undefined) return { ...image, merged: false };
    return { ...image, repositories: [...new Set(storesOf(names).map(canonicalStoreName))] };
  });
}

/**
 * The places of a plan's images, each once.
 * @throws WorkflowsError `rehearsal`: an image has none
 */
export function placesOf({ groups }: Pick<Plan, "groups">, target: Target, workspace: string): readonly Place[] {
  if (groups.some(({ images }) => images.length === 0)) {
    throw new WorkflowsError({
      code: "rehearsal",
      message: "the config names no images to publish to",
      fix: 'list them under "images" in the config, or name repositories with --registry',
    });
  }
  const parent = layoutsIn(target, workspace);
  return [...new Set(groups.flatMap(({ images }) => images))].map((store): Place => {
    if (!store.startsWith("oci:")) return { image: store, store, directory: undefined };
    const directory = store.slice("oci:".length);
    return { image: relative(parent, directory), store, directory };
  });
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
