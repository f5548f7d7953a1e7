import type { ReadStore, SignatureState, TrustPolicy } from "@fanfold/digest-tools/internal";
import { isFanfoldError } from "@fanfold-internal/kit/process/errors";
import type { Environment } from "@fanfold-internal/kit/process/host";
import { WorkflowsError } from "../base/error.ts";
import type { Family } from "../config/family.ts";
import type { ImageContent } from "../content/image-content.ts";
import type { PlannedSigning } from "../sign/planned-signing.ts";
import { trustOf } from "../sign/trust.ts";
import { type PlannedReuse, planReuse, type ReuseInput } from "./plan-reuse.ts";
import { checkReuse, type ReuseSetting, reuseSetting } from "./reuse-setting.ts";
import type { AskSignatures } from "./trusted-states.ts";
import { heldTo, type WatchedBases, watchedBases } from "./watched-bases.ts";

/** How registries are asked. */
export interface ReuseAccess {
  /** What a flag says, which wins over the config. */
  readonly asked?: "published" | "off" | undefined;
  /** Images stand elsewhere than the config says, and the registry that it names says nothing of them. */
  readonly elsewhere?: boolean | undefined;
  /** Whether images are signed by those whose signatures count. */
  readonly signatures: (references: readonly string[], policy: TrustPolicy) => ReturnType<AskSignatures>;
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
  sign: PlannedSigning | null,
  access: ReuseAccess | undefined,
  env: Environment,
): Promise<FamilyReuse | undefined> {
  const { request, family } = input;
  const setting = settingFor(request, family, access);
  if (setting === undefined || access === undefined) return undefined;
  const problems = checkReuse(family, askedFor(request, access));
  if (problems.length > 0) {
    throw new WorkflowsError({ code: "bad-group", message: "what is published cannot be reused", problems });
  }
  return access.withStores(async (openStore) => {
    const { contents, contexts, warnings } = await contentsHeld({ ...input, setting }, openStore);
    const signatures = signaturesBy(sign, access);
    const planned = await planReuse({ ...input, contents, setting }, { openStore, env, signatures });
    if (planned === undefined) return undefined;
    return { ...planned, contents, contexts, warnings: [...warnings, ...planned.warnings] };
  });
}

interface HeldContents extends Pick<FamilyReuse, "contents" | "contexts" | "warnings"> {}

/** What images are built from, with what the bases stand for that are watched, which is asked for now. */
export async function contentsHeld(
  { setting, graph, images, contents }: Pick<ReuseInput, "setting" | "graph" | "images" | "contents">,
  openStore: (name: string) => ReadStore,
): Promise<HeldContents> {
  if (!setting.watch) return { contents, contexts: new Map(), warnings: [] };
  const watched = await watchedBases(graph, images, openStore);
  return { contents: heldTo(contents, watched), contexts: watched.contexts, warnings: watched.warnings };
}

/** Undefined: images are not signed. What cannot be asked is not known, and a plan goes on without it. */
export function signaturesBy(
  sign: PlannedSigning | null,
  access: Pick<ReuseAccess, "signatures">,
): AskSignatures | undefined {
  if (sign === null) return undefined;
  const policy = trustOf(sign);
  const unknown = (references: readonly string[], reason: string): ReadonlyMap<string, SignatureState> =>
    new Map(references.map((reference) => [reference, { kind: "unknown", reason }]));
  return async (references) => {
    if (policy === undefined) return unknown(references, "GITHUB_REPOSITORY does not say whose workflow signs");
    try {
      return await access.signatures(references, policy);
    } catch (error) {
      if (isFanfoldError(error)) return unknown(references, error.message);
      throw error;
    }
  };
}

/** Undefined: what is published is nobody's concern. */
export function settingFor(
  request: Pick<ReuseInput["request"], "event">,
  { config }: Pick<Family, "config">,
  access: ReuseAccess | undefined,
): ReuseSetting | undefined {
  if (access === undefined) return undefined;
  const setting = reuseSetting(config.config, askedFor(request, access));
  return setting === undefined || access.elsewhere !== true ? setting : { ...setting, registry: undefined };
}

/** On somebody's own machine no registry is asked without his saying so. */
function askedFor({ event }: Pick<ReuseInput["request"], "event">, { asked }: ReuseAccess): ReuseAccess["asked"] {
  return event.name === "local" ? (asked ?? "off") : asked;
}
