import type { MergePlan, Store } from "@fanfold/digest-tools";
import { type HandedOver, handOver, parsePlatforms, type RunContext } from "@fanfold/digest-tools/internal";
import { WorkflowsError } from "../base/error.ts";
import { type AskedContext, withContexts } from "./inner-targets.ts";
import type { PlannedBuild } from "./planned-build.ts";

export interface BasesGround {
  readonly plan: MergePlan;
  /** Where the records of bases lie; undefined: nowhere. */
  readonly recordDirectory: string | undefined;
  /** The platform of this machine's builder, which a stage may ask for. */
  readonly native: string;
  readonly run: RunContext | undefined;
  readonly openStore: (name: string) => Store;
}

/**
 * A build on its bases, each a named context by its digest: those of its run stand in the first repository of their image,
 * without a tag; of others the plan says where it has found them. One that is only built before must be there, too.
 * @throws WorkflowsError `unbuildable`: there are no records; DigestToolsError as `handOver`
 */
export async function onHandedBases(build: PlannedBuild, ground: BasesGround): Promise<PlannedBuild> {
  const { bases, platforms, artifact } = build;
  const { plan, recordDirectory, native, run, openStore } = ground;
  if (bases.length === 0) return build;
  const built = bases.filter(({ published }) => published === undefined);
  if (built.length > 0 && recordDirectory === undefined) {
    throw new WorkflowsError({
      code: "unbuildable",
      message: `${artifact} is built from images of this run, whose records it is not given: ${built.map(({ image }) => image).join(", ")}`,
      fix: "name the directory that holds them with --records",
    });
  }
  const asked = parsePlatforms([...platforms, native].join(","));
  const recordDirectories = recordDirectory === undefined ? [] : [recordDirectory];
  const contexts: AskedContext[] = [];
  for (const { context, image, within, published } of bases) {
    const input = { plan, image, platforms: asked, recordDirectories, run };
    const handed = published ?? (await handOver(input, { openStore }));
    if (context !== undefined) contexts.push({ within, context, value: contextOf(handed) });
  }
  return withContexts(build, contexts);
}

/** As bake takes it. A layout is read by docker's client. */
function contextOf({ store, digest }: Pick<HandedOver, "store"> & { readonly digest: string }): string {
  return store.startsWith("oci:")
    ? `oci-layout://${store.slice("oci:".length)}@${digest}`
    : `docker-image://${store}@${digest}`;
}
