import { mkdtemp, rm } from "node:fs/promises";
import { join } from "node:path";
import { type PushOptions, pushLayout } from "@fanfold/digest-tools/internal";
import { isFanfoldError } from "@fanfold-internal/kit/process/errors";
import { type LegOptions, pushInput } from "../../build/build-leg.ts";
import { nativePlatform } from "../../build/command.ts";
import { onHandedBases } from "../../build/handed-bases.ts";
import type { PlannedBuild, PlannedBuilds } from "../../build/planned-build.ts";
import type { BasedRehearsal, BuildEngine, Say } from "./build-engine.ts";
import { type PackedLayer, packContext } from "./context-layer.ts";
import { writePackedImage } from "./packed-image.ts";

export interface LayoutGround extends LegOptions, BasedRehearsal, Pick<PushOptions, "openStore"> {
  /** The repository's root. */
  readonly root: string;
  /** Files that git tracks, from the root. */
  readonly tracked: readonly string[];
  /** A directory for what is not kept. */
  readonly scratch: string;
}

/** Packs contexts in the place of building them: what the machinery does with an image is rehearsed, the image is not. */
export function layoutEngine({ root, tracked, scratch, openStore, plan, ...options }: LayoutGround): BuildEngine {
  const layers = new Map<string, Promise<PackedLayer>>();
  const layerOf = (context: string): Promise<PackedLayer> => {
    const known = layers.get(context);
    const packed = known ?? packContext(root, tracked, context, join(scratch, `layer-${layers.size}.tar`));
    layers.set(context, packed);
    return packed;
  };
  const packed = async <T>(build: PlannedBuild, say: Say, use: (directory: string) => Promise<T>): Promise<T> => {
    const layer = await layerOf(contextOf(build));
    const directory = await mkdtemp(join(scratch, "leg-"));
    try {
      await writePackedImage(directory, build, layer);
      say(`packed ${contextOf(build)}: ${layer.descriptor.size} bytes for ${build.platforms.join(",")}`);
      return await use(directory);
    } finally {
      await rm(directory, { recursive: true, force: true });
    }
  };
  return {
    publish: async (build, say) => {
      // They must be there, as for a build; what is packed does not stand on them.
      await onHandedBases(build, { ...options, plan, native: nativePlatform(), openStore });
      return packed(build, say, (directory) => pushLayout(pushInput(build, options), directory, { openStore }));
    },
    build: (build, say) => packed(build, say, async () => {}),
  };
}

/** The contexts of all builds that can be built, from the repository's root. */
export function contextsOf({ artifacts, find }: PlannedBuilds): readonly string[] {
  const contexts = artifacts.flatMap((artifact): readonly string[] => {
    try {
      return [contextOf(find(artifact))];
    } catch (error) {
      // Its build will say what is wrong with it.
      if (isFanfoldError(error)) return [];
      throw error;
    }
  });
  return [...new Set(contexts)];
}

function contextOf({ target }: PlannedBuild): string {
  return String(target["context"] ?? ".");
}
