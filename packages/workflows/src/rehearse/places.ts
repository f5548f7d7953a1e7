import { join, resolve } from "node:path";
import { DigestToolsError, parsePlan } from "@fanfold/digest-tools";
import { parseReference } from "@fanfold/digest-tools/internal";
import { UsageError } from "@fanfold-internal/kit/process/command";
import { jsonText } from "@fanfold-internal/kit/text/json-text";
import { WorkflowsError } from "../base/error.ts";
import type { Plan } from "../plan/plan.ts";
import { rehearsedPlan } from "./build/builds.ts";

/** Where a rehearsal publishes. */
export type Target =
  /** OCI layouts below a directory, one for each image of the config. Undefined: in the workspace. */
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

/**
 * The places of a plan's images, each image once and in the one spelling that merges give it.
 * @throws WorkflowsError `rehearsal`: there is no image; DigestToolsError `invalid-reference`: one is no repository
 */
export function placesOf(plan: Plan, target: Target, workspace: string): readonly Place[] {
  const images = target.kind === "registries" ? target.names : plan.images;
  const names = [...new Set(parsePlan(jsonText(rehearsedPlan(plan, images)), "the plan").images)];
  if (names.length === 0) {
    throw new WorkflowsError({
      code: "rehearsal",
      message: "the config names no images to publish to",
      fix: 'list them under "images" in the config, or name repositories with --registry',
    });
  }
  return names.map((image) => {
    if (target.kind === "registries") return { image, store: image, directory: undefined };
    const directory = join(target.directory ?? join(workspace, "images"), image);
    return { image, store: `oci:${directory}`, directory };
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
