import type { ReadStore } from "@fanfold/digest-tools/internal";
import type { Environment } from "@fanfold-internal/kit/process/host";
import { WorkflowsError } from "../base/error.ts";
import type { ImageContent } from "../content/image-content.ts";
import { type PlannedReuse, planReuse, type ReuseInput } from "./plan-reuse.ts";
import { checkReuse, reuseSetting } from "./reuse-setting.ts";
import { heldTo, type WatchedBases, watchedBases } from "./watched-bases.ts";

/** How registries are asked. */
export interface ReuseAccess {
  /** What a flag says, which wins over the config. */
  readonly asked?: "published" | "off" | undefined;
  /** Runs what asks registries, and ends their connections after it. */
  readonly withStores: <T>(ask: (openStore: (name: string) => ReadStore) => Promise<T>) => Promise<T>;
}

export interface FamilyReuse extends PlannedReuse {
  /** What images are built from, with what their builds are held to. */
  readonly contents: ReadonlyMap<string, ImageContent>;
  /** By artifact name, build contexts that hold builds to images from elsewhere. */
  readonly contexts: WatchedBases["contexts"];
}

/**
 * What is published of a family, and what follows; undefined: neither config nor flag want to know, or the event builds nothing.
 * @throws WorkflowsError `bad-group`: nobody could know what is published
 */
export async function reuseOfFamily(
  input: Omit<ReuseInput, "setting">,
  access: ReuseAccess | undefined,
  env: Environment,
): Promise<FamilyReuse | undefined> {
  const { request, family, graph, images } = input;
  // On somebody's own machine no registry is asked without his saying so.
  const asked = request.event.name === "local" ? (access?.asked ?? "off") : access?.asked;
  const setting = reuseSetting(family.config.config, asked);
  if (setting === undefined || access === undefined) return undefined;
  const problems = checkReuse(family, asked);
  if (problems.length > 0) {
    throw new WorkflowsError({ code: "bad-group", message: "what is published cannot be reused", problems });
  }
  return access.withStores(async (openStore) => {
    const watched = setting.watch ? await watchedBases(graph, images, openStore) : undefined;
    const contents = watched === undefined ? input.contents : heldTo(input.contents, watched);
    const planned = await planReuse({ ...input, contents, setting }, { openStore, env });
    if (planned === undefined) return undefined;
    const { contexts = new Map(), warnings = [] } = watched ?? {};
    return { ...planned, contents, contexts, warnings: [...warnings, ...planned.warnings] };
  });
}
