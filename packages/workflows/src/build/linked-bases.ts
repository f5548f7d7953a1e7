import { parsePlatform } from "@fanfold/digest-tools/planning";
import { formatPlatformName } from "@fanfold-internal/matrix/platform";
import { type AskedContext, renamedInner, withContexts } from "./inner-targets.ts";
import type { BuildBase, PlannedBuild, PlannedBuilds } from "./planned-build.ts";
import { includesPlatform } from "./smoke-test.ts";
import type { BakeTarget } from "./target.ts";

/** What a build of a pull request stands on: its bases as targets of the same bake file. */
export interface LinkedBases {
  /** The build's own contexts and those that its bases are. */
  readonly target: BakeTarget;
  /** By their names, and what is built inside them and the build itself. */
  readonly linked: Readonly<Record<string, BakeTarget>>;
}

/**
 * Where nothing is published, a build makes the bases of this run itself, and what those are built from: for its own
 * platforms, and for `native`, the builder's, which a stage may ask for.
 * @throws WorkflowsError `unbuildable`: one of them must not be built
 */
export function linkedBases(build: PlannedBuild, { find }: Pick<PlannedBuilds, "find">, native: string): LinkedBases {
  const linked: Record<string, BakeTarget> = {};
  const names = new Map<string, string>();
  const link = (base: PlannedBuild, platform: string): string => {
    const key = JSON.stringify([base.artifact, platform]);
    const known = names.get(key);
    if (known !== undefined) return known;
    const name = `base-${names.size + 1}`;
    names.set(key, name);
    linked[name] = {
      ...withBases({ ...base, target: unkept(base.target), platforms: [platform] }, `${name}-inner`),
      platforms: [platform],
    };
    return name;
  };
  const withBases = (own: PlannedBuild, prefix?: string): BakeTarget => {
    const contexts = own.bases.flatMap((base) =>
      contextsOf(base, offeredBy(base, find), [...own.platforms, native], link).map(
        ([context, value]): AskedContext => ({ within: base.within, context, value }),
      ),
    );
    const { target, inner } = renamedInner(withContexts(own, contexts), prefix);
    for (const [name, each] of Object.entries(inner)) linked[name] = unkept(each);
    return target;
  };
  return { target: withBases(build), linked };
}

/** What a build takes and keeps where nothing is published: no secrets and SSH agents, and caches are only read. */
export function unkept({
  secret: _secret,
  ssh: _ssh,
  "cache-to": _cache,
  attest: _attest,
  ...target
}: BakeTarget): BakeTarget {
  return target;
}

interface Offer {
  readonly build: PlannedBuild;
  readonly platform: string;
}

function offeredBy({ artifacts }: BuildBase, find: PlannedBuilds["find"]): readonly Offer[] {
  return artifacts.map(find).flatMap((build) => build.platforms.map((platform) => ({ build, platform })));
}

/**
 * Each platform is a context of its own, since its leg is a build of its own. BuildKit looks for `name::platform` first, then
 * for the plain name (`namedContext` in frontend/dockerui), under which there is nothing that could be pulled: what is
 * published is not what this run builds.
 */
function contextsOf(
  { context, image }: BuildBase,
  offers: readonly Offer[],
  asked: readonly string[],
  link: (base: PlannedBuild, platform: string) => string,
): readonly (readonly [name: string, value: string])[] {
  if (context === undefined) return [];
  const needed = offers.filter(({ platform }) => includesPlatform(asked, platform));
  const taken = needed.length === 0 ? offers : needed;
  return [
    ...taken.map(({ build, platform }) => {
      const name = formatPlatformName(parsePlatform(platform));
      return [`${context}::${name}`, `target:${link(build, platform)}`] as const;
    }),
    [context, `docker-image://not-built-for-this-platform.invalid/${lettersOf(image)}`],
  ];
}

/** As the path of a repository, for a message of BuildKit. */
function lettersOf(image: string): string {
  return (
    image
      .toLowerCase()
      .match(/[a-z0-9]+/g)
      ?.join("-") ?? "image"
  );
}
