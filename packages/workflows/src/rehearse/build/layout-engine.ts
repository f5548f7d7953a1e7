import { mkdtemp, rm } from "node:fs/promises";
import { join } from "node:path";
import { type PushOptions, pushLayout } from "@fanfold/digest-tools/internal";
import { contextOf } from "./build-arguments.ts";
import type { BuildEngine, Say } from "./build-engine.ts";
import type { RehearsedBuild } from "./builds.ts";
import { type PackedLayer, packContext } from "./context-layer.ts";
import { writePackedImage } from "./packed-image.ts";

export interface LayoutGround extends PushOptions {
  /** The repository's root. */
  readonly root: string;
  /** Files that git tracks, from the root. */
  readonly tracked: readonly string[];
  /** A directory for what is not kept. */
  readonly scratch: string;
}

/** Packs contexts in the place of building them: what the machinery does with an image is rehearsed, the image is not. */
export function layoutEngine({ root, tracked, scratch, ...options }: LayoutGround): BuildEngine {
  const layers = new Map<string, Promise<PackedLayer>>();
  const layerOf = (context: string): Promise<PackedLayer> => {
    const known = layers.get(context);
    const packed = known ?? packContext(root, tracked, context, join(scratch, `layer-${layers.size}.tar`));
    layers.set(context, packed);
    return packed;
  };
  const packed = async <T>(build: RehearsedBuild, say: Say, use: (directory: string) => Promise<T>): Promise<T> => {
    const layer = await layerOf(contextOf(build.entry));
    const directory = await mkdtemp(join(scratch, "leg-"));
    try {
      await writePackedImage(directory, build, layer);
      say(`packed ${contextOf(build.entry)}: ${layer.descriptor.size} bytes for ${build.platforms}`);
      return await use(directory);
    } finally {
      await rm(directory, { recursive: true, force: true });
    }
  };
  return {
    publish: (build, input, say) => packed(build, say, (directory) => pushLayout(input, directory, options)),
    build: (build, say) => packed(build, say, async () => {}),
  };
}
